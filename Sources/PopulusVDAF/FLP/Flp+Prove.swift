import PopulusKernels

/// Calls the gadget and keeps its inputs, one row a call, and its outputs; the first row is the wire seeds.
private struct RecordingCaller<G: Gadget>: GadgetCaller {
    let gadget: G
    let arity: Int
    var rows: [G.Field]
    var outputs: [G.Field]

    init(gadget: G, seeds: Span<G.Field>, wireLength: Int) {
        self.gadget = gadget
        arity = gadget.arity
        rows = []
        rows.reserveCapacity(wireLength * arity)
        for j in seeds.indices { rows.append(seeds[j]) }
        outputs = []
        outputs.reserveCapacity(wireLength)
        outputs.append(gadget.eval(seeds))
    }

    mutating func call(_ inputs: Span<G.Field>) -> G.Field {
        for j in inputs.indices { rows.append(inputs[j]) }
        return evaluateLastRow()
    }

    mutating func callBitChecks(
        _ elements: Span<G.Field>, chunkLength: Int, r: G.Field, sharesInverse: G.Field
    ) -> G.Field {
        var power = r
        for j in elements.indices {
            rows.append(power * elements[j])
            rows.append(elements[j] - sharesInverse)
            power = power * r
        }
        for _ in elements.count..<chunkLength {
            rows.append(.zero)
            rows.append(-sharesInverse)
        }
        return evaluateLastRow()
    }

    private mutating func evaluateLastRow() -> G.Field {
        let output = gadget.eval(rows.span.extracting(last: arity))
        outputs.append(output)
        return output
    }

    /// Fills up with rows of zeros.
    mutating func pad(wireLength: Int) {
        guard outputs.count < wireLength else { return }
        rows.append(contentsOf: repeatElement(.zero, count: wireLength * arity - rows.count))
        let output = gadget.eval(rows.span.extracting(last: arity))
        outputs.append(contentsOf: repeatElement(output, count: wireLength - outputs.count))
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
        var caller = RecordingCaller(gadget: gadget, seeds: proveRand, wireLength: wireDomain.count)
        _ = circuit.eval(measurement: measurement, jointRand: jointRand, sharesInverse: .one, gadget: &caller)
        caller.pad(wireLength: wireDomain.count)

        let arity = gadget.arity
        var proof = [Field](repeating: .zero, count: arity + gadgetDomain.count)
        for j in 0..<arity { proof[j] = proveRand[j] }
        for i in 0..<wireDomain.count { proof[arity + i * step] = caller.outputs[i] }
        var rows = caller.rows
        caller.rows = []
        for level in 0..<(domains.count - 1) { extend(&rows, to: &proof, level: level) }
        rows.wipe()
        caller.outputs.wipe()
        proof.removeLast(gadgetDomain.count - gadgetLength)
        return proof
    }

    /// Evaluates the gadget at the odd roots of the next domain, and the wires at all of its roots if they are needed.
    private func extend(_ rows: inout [Field], to proof: inout [Field], level: Int) {
        let (arity, domain) = (gadget.arity, domains[level])
        var odd = rows
        if level == domains.count - 2 { rows = [] }
        domain.scaledOddEvaluations(&odd, width: arity)
        var scale = Field.one
        if gadget.isHomogeneous {
            for _ in 0..<gadget.degree { scale = scale * domain.inverseCount }
        } else {
            for j in odd.indices { odd[j] = odd[j] * domain.inverseCount }
        }
        let distance = gadgetDomain.count / (2 * domain.count)
        for i in 0..<domain.count {
            let output = gadget.eval(odd.span.extracting(i * arity..<(i + 1) * arity))
            proof[arity + (2 * i + 1) * distance] = gadget.isHomogeneous ? output * scale : output
        }
        odd.wipe()
        guard level < domains.count - 2 else { return }
        let doubled = domain.doubleEvaluations(rows, width: arity)
        rows.wipe()
        rows = doubled
    }
}
