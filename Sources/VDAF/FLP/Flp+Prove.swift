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
        var rows = [Field](repeating: .zero, count: wireDomain.count * arity)
        for j in 0..<arity { rows[j] = proveRand[j] }
        var caller = RecordingCaller(gadget: gadget, rows: rows)
        rows = []
        _ = circuit.eval(measurement: measurement, jointRand: jointRand, sharesInverse: .one, gadget: &caller)

        var proof = [Field](repeating: .zero, count: arity + gadgetDomain.count)
        for j in 0..<arity { proof[j] = proveRand[j] }
        rows = caller.rows
        evaluateGadget(rows.span, from: 0, step: step, into: &proof)
        for (i, domain) in domains.dropLast().enumerated() {
            let odd = domain.oddEvaluations(ofRows: rows, width: arity)
            let step = step >> (i + 1)
            evaluateGadget(odd.span, from: step, step: 2 * step, into: &proof)
            if step > 1 { rows = Self.interleaved(rows, odd, width: arity) }
        }
        proof.removeLast(gadgetDomain.count - gadgetLength)
        return proof
    }

    /// The gadget's values on rows of wires, every `step`-th of its polynomial's.
    private func evaluateGadget(_ rows: Span<Field>, from first: Int, step: Int, into proof: inout [Field]) {
        let arity = gadget.arity
        for i in 0..<rows.count / arity {
            proof[arity + first + i * step] = gadget.eval(rows.extracting(i * arity..<(i + 1) * arity))
        }
    }

    private static func interleaved(_ even: [Field], _ odd: [Field], width: Int) -> [Field] {
        var rows: [Field] = []
        rows.reserveCapacity(even.count + odd.count)
        for start in stride(from: 0, to: even.count, by: width) {
            rows += even[start..<start + width]
            rows += odd[start..<start + width]
        }
        return rows
    }
}
