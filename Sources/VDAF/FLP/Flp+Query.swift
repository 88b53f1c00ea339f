/// Gives outputs of the gadget polynomial in the gadget's place, and adds up the wire polynomials at the test point.
private struct QueryingCaller<Field: NTTFriendlyField>: GadgetCaller {
    /// What the inputs of each call count at the test point.
    let weights: [Field]
    /// The gadget polynomial's values.
    let gadgetPolynomial: [Field]
    /// From one call's value to the next's.
    let step: Int
    var wires: [Field]
    var calls = 0

    mutating func call(_ inputs: Span<Field>) -> Field {
        calls += 1
        let weight = weights[calls]
        var wires = self.wires.mutableSpan
        for j in inputs.indices { wires[j] += weight * inputs[j] }
        return gadgetPolynomial[calls * step]
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
        let wireWeights = wireDomain.weights(at: testPoint)
        guard wireWeights.pointPower != .one else { throw .verificationFailed }
        let arity = gadget.arity
        var gadgetPolynomial: [Field] = []
        gadgetPolynomial.reserveCapacity(gadgetDomain.count)
        for i in arity..<proof.count { gadgetPolynomial.append(proof[i]) }
        gadgetDomain.extend(&gadgetPolynomial)
        var caller = QueryingCaller(
            weights: wireWeights.weights, gadgetPolynomial: gadgetPolynomial, step: step,
            wires: (0..<arity).map { wireWeights.weights[0] * proof[$0] })
        let out = circuit.eval(
            measurement: measurement, jointRand: jointRand, sharesInverse: sharesInverse, gadget: &caller)

        var verifier: [Field] = []
        verifier.reserveCapacity(verifierLength)
        if out.count > 1 {
            verifier.append(Field.dot(out.span, queryRand.extracting(..<out.count)))
        } else {
            verifier.append(out[0])
        }
        verifier.append(contentsOf: caller.wires)
        verifier.append(gadgetDomain.weights(at: testPoint).evaluate(gadgetPolynomial.span))
        return verifier
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
