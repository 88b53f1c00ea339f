/// The non-affine part of a validity circuit: a polynomial in `arity` variables.
///
/// Spec: VDAF §7.3.2, appendix "FLP Gadgets".
package protocol Gadget<Field>: Sendable {
    associatedtype Field: NTTFriendlyField

    /// Input wires.
    var arity: Int { get }
    /// The arithmetic degree, at least 1.
    var degree: Int { get }

    /// Whether each term of the polynomial has the degree.
    var isHomogeneous: Bool { get }

    /// - Precondition: `inputs.count == arity`.
    func eval(_ inputs: Span<Field>) -> Field

    /// The sum of `eval` of inputs laid end to end.
    ///
    /// - Precondition: `inputs.count` is a multiple of `arity`.
    func evalSum(_ inputs: Span<Field>) -> Field
}

extension Gadget {
    package var isHomogeneous: Bool { false }

    package func evalSum(_ inputs: Span<Field>) -> Field {
        var sum = Field.zero
        for start in stride(from: 0, to: inputs.count, by: arity) {
            sum += eval(inputs.extracting(start..<start + arity))
        }
        return sum
    }
}

/// The product of two wires.
///
/// Spec: VDAF, appendix "Multiplication".
package struct Mul<Field: NTTFriendlyField>: Gadget {
    package init() {}

    package var arity: Int { 2 }
    package var degree: Int { 2 }

    package var isHomogeneous: Bool { true }

    package func eval(_ inputs: Span<Field>) -> Field { inputs[0] * inputs[1] }

    package func evalSum(_ inputs: Span<Field>) -> Field { Field.dotPairs(inputs) }
}

/// A polynomial in one wire.
///
/// Spec: VDAF, appendix "Polynomial Evaluation".
package struct PolyEval<Field: NTTFriendlyField>: Gadget {
    /// The coefficients, the constant one first.
    let coefficients: [Field]

    /// - Parameter coefficients: The constant one first; the last one not zero, and not the only one.
    ///
    /// - Precondition: `coefficients.count > 1`.
    package init(_ coefficients: [Int]) {
        precondition(coefficients.count > 1 && coefficients.last != 0)
        self.coefficients = coefficients.map { $0 < 0 ? -Field(UInt64($0.magnitude)) : Field(UInt64($0.magnitude)) }
    }

    package var arity: Int { 1 }
    package var degree: Int { coefficients.count - 1 }

    package func eval(_ inputs: Span<Field>) -> Field {
        let x = inputs[0]
        var result = coefficients[coefficients.count - 1]
        for i in (0..<coefficients.count - 1).reversed() { result = result * x + coefficients[i] }
        return result
    }
}

/// The sum of `count` calls of another gadget, each on wires of its own, laid end to end.
///
/// Spec: VDAF, appendix "Parallel Sum".
package struct ParallelSum<Subcircuit: Gadget>: Gadget {
    package typealias Field = Subcircuit.Field

    let subcircuit: Subcircuit
    let count: Int

    /// - Precondition: `count > 0`, and `count` times the subcircuit's arity does not overflow.
    package init(_ subcircuit: Subcircuit, count: Int) {
        precondition(count > 0)
        self.subcircuit = subcircuit
        self.count = count
    }

    package var arity: Int { subcircuit.arity * count }
    package var degree: Int { subcircuit.degree }

    package var isHomogeneous: Bool { subcircuit.isHomogeneous }

    package func eval(_ inputs: Span<Field>) -> Field { subcircuit.evalSum(inputs) }
}

/// What a validity circuit calls in a gadget's place: the prover's and the verifiers' shims.
///
/// Spec: VDAF, appendix "Shims for Generating and Querying Proofs".
package protocol GadgetCaller<Field>: ~Copyable {
    associatedtype Field: NTTFriendlyField

    /// The gadget's output for this call.
    ///
    /// - Precondition: `inputs.count` is the gadget's arity; not more calls than the circuit announced.
    mutating func call(_ inputs: Span<Field>) -> Field

    /// The output of a parallel sum of products for the j-th pair of inputs `r^(j + 1) * elements[j]` and
    /// `elements[j] - sharesInverse`, with zeros for the elements that are missing from a chunk: one of `BitChecks`.
    ///
    /// - Precondition: the gadget has two inputs for each element of a chunk; `elements` has at most as many.
    mutating func callBitChecks(
        _ elements: Span<Field>, chunkLength: Int, r: Field, sharesInverse: Field
    ) -> Field
}
