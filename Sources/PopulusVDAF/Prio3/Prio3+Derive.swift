// Spec: VDAF §7.2.6.
extension Prio3 {
    private func input(_ usage: Usage, ctx: [UInt8], seed: Seed) throws(VDAFError) -> XofTurboShake128Input {
        try XofTurboShake128Input(seed: seed, .vdaf, algorithm: id, usage: usage.rawValue, ctx: ctx)
    }

    private func elements(_ input: consuming XofTurboShake128Input, count: Int) -> [Field] {
        var xof = input.finish()
        return xof.nextElements(Field.self, count: count)
    }

    private func seed(_ input: consuming XofTurboShake128Input) -> Seed {
        var xof = input.finish()
        return xof.next(Self.seedSize)
    }

    func helperMeasurementShare(ctx: [UInt8], aggregatorID: Int, seed: Seed) throws(VDAFError) -> [Field] {
        var input = try input(.measurementShare, ctx: ctx, seed: seed)
        input.absorb(UInt8(aggregatorID))
        return elements(input, count: flp.measurementLength)
    }

    func helperProofsShare(ctx: [UInt8], aggregatorID: Int, seed: Seed) throws(VDAFError) -> [Field] {
        var input = try input(.proofShare, ctx: ctx, seed: seed)
        input.absorb(UInt8(proofs))
        input.absorb(UInt8(aggregatorID))
        return elements(input, count: flp.proofLength * proofs)
    }

    func proveRands(ctx: [UInt8], seed: Seed) throws(VDAFError) -> [Field] {
        var input = try input(.proveRandomness, ctx: ctx, seed: seed)
        input.absorb(UInt8(proofs))
        return elements(input, count: flp.proveRandLength * proofs)
    }

    func queryRands(verifyKey: [UInt8], ctx: [UInt8], nonce: [UInt8]) throws(VDAFError) -> [Field] {
        var input = try input(.queryRandomness, ctx: ctx, seed: verifyKey)
        input.absorb(UInt8(proofs))
        input.absorb(nonce)
        return elements(input, count: flp.queryRandLength * proofs)
    }

    func jointRands(ctx: [UInt8], seed: Seed) throws(VDAFError) -> [Field] {
        var input = try input(.jointRandomness, ctx: ctx, seed: seed)
        input.absorb(UInt8(proofs))
        return elements(input, count: flp.jointRandLength * proofs)
    }

    func jointRandPart(
        ctx: [UInt8], aggregatorID: Int, blind: Seed, measurementShare: [Field], nonce: [UInt8]
    ) throws(VDAFError) -> Seed {
        var input = try input(.jointRandPart, ctx: ctx, seed: blind)
        input.absorb(UInt8(aggregatorID))
        input.absorb(nonce)
        input.absorb(measurementShare)
        return seed(input)
    }

    /// - Parameter parts: One seed an aggregator, end to end.
    func jointRandSeed(ctx: [UInt8], parts: [UInt8]) throws(VDAFError) -> Seed {
        var input = try input(.jointRandSeed, ctx: ctx, seed: [UInt8](repeating: 0, count: Self.seedSize))
        input.absorb(parts)
        return seed(input)
    }
}
