/// Calls the gadget and keeps its inputs, one row a call; the first row is the wire seeds.
private struct RecordingCaller<G: Gadget>: GadgetCaller {
    let gadget: G
    var rows: [G.Field]
    var calls = 0

    mutating func call(_ inputs: Span<G.Field>) -> G.Field {
        calls += 1
        let start = calls * inputs.count
        var rows = self.rows.mutableSpan
        for j in inputs.indices { rows[start + j] = inputs[j] }
        return gadget.eval(inputs)
    }
}

extension Flp {
    /// The proof that a measurement is valid: the wire seeds, then the gadget polynomial.
    ///
    /// Constant-time in the measurement and the randomness.
    ///
    /// - Precondition: the arguments have the lengths of this proof system.
    ///
    /// Spec: VDAF §7.3.3 (`prove`).
    package func prove(measurement: Span<Field>, proveRand: Span<Field>, jointRand: Span<Field>) -> [Field] {
        precondition(measurement.count == measurementLength && proveRand.count == proveRandLength)
        precondition(jointRand.count == jointRandLength)
        let arity = gadget.arity
        var rows = [Field](repeating: .zero, count: wireLength * arity)
        for j in 0..<arity { rows[j] = proveRand[j] }
        var caller = RecordingCaller(gadget: gadget, rows: rows)
        rows = []
        _ = circuit.eval(measurement: measurement, jointRand: jointRand, sharesInverse: .one, gadget: &caller)

        var proof = [Field](repeating: .zero, count: arity + step * wireLength)
        for j in 0..<arity { proof[j] = proveRand[j] }
        let wires = caller.rows
        evaluateGadget(wires.span, coset: 0, into: &proof)
        wireExtension.forEachCoset(of: wires, width: arity) { coset, rows in
            evaluateGadget(rows, coset: coset, into: &proof)
        }
        proof.removeLast(gadgetOrder - gadgetLength)
        return proof
    }

    /// The gadget polynomial's values of one coset, from the wire polynomials'.
    private func evaluateGadget(_ rows: Span<Field>, coset: Int, into proof: inout [Field]) {
        let arity = gadget.arity
        for i in 0..<wireLength {
            proof[arity + i * step + coset] = gadget.eval(rows.extracting(i * arity..<(i + 1) * arity))
        }
    }
}
