/// The non-affine part of a validity circuit: a polynomial in `arity` variables.
///
/// Spec: VDAF §7.3.2, appendix "FLP Gadgets".
package protocol Gadget<Field>: Sendable {
    associatedtype Field: NTTFriendlyField

    /// Input wires.
    var arity: Int { get }
    /// The arithmetic degree, at least 1.
    var degree: Int { get }

    /// - Precondition: `inputs.count == arity`.
    func eval(_ inputs: Span<Field>) -> Field
}

/// The product of two wires.
///
/// Spec: VDAF, appendix "Multiplication".
package struct Mul<Field: NTTFriendlyField>: Gadget {
    package init() {}

    package var arity: Int { 2 }
    package var degree: Int { 2 }

    @inlinable package func eval(_ inputs: Span<Field>) -> Field { inputs[0] * inputs[1] }
}

/// A polynomial in one wire.
///
/// Spec: VDAF, appendix "Polynomial Evaluation".
package struct PolyEval<Field: NTTFriendlyField>: Gadget {
    /// The coefficients, the constant one first.
    @usableFromInline let coefficients: [Field]

    /// - Parameter coefficients: The constant one first; the last one not zero, and not the only one.
    ///
    /// - Precondition: `coefficients.count > 1`.
    package init(_ coefficients: [Int]) {
        precondition(coefficients.count > 1 && coefficients.last != 0)
        self.coefficients = coefficients.map { $0 < 0 ? -Field(UInt64($0.magnitude)) : Field(UInt64($0.magnitude)) }
    }

    package var arity: Int { 1 }
    package var degree: Int { coefficients.count - 1 }

    @inlinable package func eval(_ inputs: Span<Field>) -> Field {
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

    @usableFromInline let subcircuit: Subcircuit
    @usableFromInline let count: Int

    /// - Precondition: `count > 0`, and `count` times the subcircuit's arity does not overflow.
    package init(_ subcircuit: Subcircuit, count: Int) {
        precondition(count > 0)
        self.subcircuit = subcircuit
        self.count = count
    }

    package var arity: Int { subcircuit.arity * count }
    package var degree: Int { subcircuit.degree }

    @inlinable package func eval(_ inputs: Span<Field>) -> Field {
        let width = subcircuit.arity
        var sum = Field.zero
        for i in 0..<count { sum += subcircuit.eval(inputs.extracting(i * width..<(i + 1) * width)) }
        return sum
    }
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
}
