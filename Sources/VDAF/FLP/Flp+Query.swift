/// Gives outputs of the gadget polynomial in the gadget's place, and adds up the wire polynomials at the test point.
private struct QueryingCaller<Field: NTTFriendlyField>: GadgetCaller {
    /// What the inputs of each call count at the test point.
    let coefficients: [Field]
    /// The gadget's output for each call; unused for the zeroth.
    let outputs: [Field]
    var wires: [Field]
    var calls = 0

    mutating func call(_ inputs: Span<Field>) -> Field {
        calls += 1
        let coefficient = coefficients[calls]
        var wires = self.wires.mutableSpan
        for j in inputs.indices { wires[j] += coefficient * inputs[j] }
        return outputs[calls]
    }
}

extension Flp {
    /// A share of the verifier: the circuit's output, the wire polynomials at the test point, the gadget polynomial
    /// there.
    ///
    /// Constant-time in the measurement and the proof.
    ///
    /// - Throws: `.verificationFailed` for a test point that would disclose a gadget's output, which chance hardly
    ///   ever chooses.
    ///
    /// - Precondition: the arguments have the lengths of this proof system.
    ///
    /// Spec: VDAF §7.3.4 (`query`).
    package func query(
        measurement: Span<Field>, proof: Span<Field>, queryRand: Span<Field>, jointRand: Span<Field>,
        sharesInverse: Field
    ) throws(VDAFError) -> [Field] {
        precondition(measurement.count == measurementLength && proof.count == proofLength)
        precondition(queryRand.count == queryRandLength && jointRand.count == jointRandLength)
        let testPoint = queryRand[queryRandLength - 1]
        guard (0..<wireLength.trailingZeroBitCount).reduce(testPoint, { x, _ in x * x }) != .one else {
            throw .verificationFailed
        }
        let arity = gadget.arity
        let coefficients = wireNodes.coefficients(at: testPoint)
        let gadgetPolynomial = proof.extracting(arity...)
        var caller = QueryingCaller(
            coefficients: coefficients, outputs: outputs(of: gadgetPolynomial),
            wires: (0..<arity).map { coefficients[0] * proof[$0] })
        let out = circuit.eval(
            measurement: measurement, jointRand: jointRand, sharesInverse: sharesInverse, gadget: &caller)

        var verifier: [Field] = []
        verifier.reserveCapacity(verifierLength)
        verifier.append(circuit.evalOutputLength > 1 ? out.span.dotProduct(queryRand) : out[0])
        verifier.append(contentsOf: caller.wires)
        let gadgetCoefficients = gadgetNodes.coefficients(at: testPoint)
        verifier.append(gadgetPolynomial.dotProduct(gadgetCoefficients.span))
        return verifier
    }

    /// The gadget's output for each call, from its polynomial.
    private func outputs(of gadgetPolynomial: Span<Field>) -> [Field] {
        (0...circuit.gadgetCalls).map { call in
            let index = call * step
            if index < gadgetLength { return gadgetPolynomial[index] }
            // Degree three and more: the proof need not carry the value, but determines it.
            let node = Field.nthRoot(log: gadgetOrder.trailingZeroBitCount).power(UInt128(index))
            let coefficients = gadgetNodes.coefficients(at: node)
            return gadgetPolynomial.dotProduct(coefficients.span)
        }
    }

    /// Whether a verifier, the sum of its shares, is that of a valid measurement.
    ///
    /// - Precondition: `verifier.count == verifierLength`.
    ///
    /// Spec: VDAF §7.3.5 (`decide`).
    package func decide(_ verifier: Span<Field>) -> Bool {
        precondition(verifier.count == verifierLength)
        let wires = verifier.extracting(1..<1 + gadget.arity)
        return verifier[0] == .zero && gadget.eval(wires) == verifier[verifierLength - 1]
    }
}
