import PopulusKernels

/// Gives outputs of the gadget polynomial in the gadget's place, and adds up the wire polynomials at the test point.
private struct QueryingCaller<Field: NTTFriendlyField>: GadgetCaller {
    /// What the inputs of each call count at the test point.
    let coefficients: [Field]
    /// The gadget polynomial's values, `step` from one call's to the next.
    var outputs: [Field]
    let step: Int
    var wires: ProductSums<Field>
    /// What every second wire is to be lessened by.
    var shift = Field.zero
    var calls = 0

    mutating func call(_ inputs: Span<Field>) -> Field {
        calls += 1
        wires.add(coefficients[calls], times: inputs)
        return outputs[calls * step]
    }

    mutating func callBitChecks(
        _ elements: Span<Field>, chunkLength: Int, r: Field, sharesInverse: Field
    ) -> Field {
        calls += 1
        wires.addBitChecks(coefficients[calls], base: r, times: elements)
        shift += coefficients[calls] * sharesInverse
        return outputs[calls * step]
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
        let weights = wireDomain.weights(at: testPoint)
        guard weights.pointPower != .one else { throw .verificationFailed }
        let arity = gadget.arity
        var outputs: [Field] = []
        outputs.reserveCapacity(gadgetDomain.count)
        for i in arity..<proof.count { outputs.append(proof[i]) }
        gadgetDomain.extend(&outputs)
        let gadgetCheck = gadgetDomain.weights(at: testPoint).evaluate(outputs.span)

        var caller = QueryingCaller(
            coefficients: weights.weights, outputs: outputs, step: step, wires: ProductSums<Field>(count: arity))
        outputs = []
        caller.wires.add(weights.weights[0], times: proof.extracting(first: arity))
        var out = circuit.eval(
            measurement: measurement, jointRand: jointRand, sharesInverse: sharesInverse, gadget: &caller)

        var verifier = [Field](repeating: .zero, count: verifierLength)
        verifier[0] =
            circuit.evalOutputLength > 1
            ? Field.dot(out.span, queryRand.extracting(first: circuit.evalOutputLength)) : out[0]
        caller.wires.reduce(into: &verifier, at: 1)
        for j in stride(from: 2, through: arity, by: 2) { verifier[j] -= caller.shift }
        verifier[verifierLength - 1] = gadgetCheck
        out.wipe()
        caller.outputs.wipe()
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
