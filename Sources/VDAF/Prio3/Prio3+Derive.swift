// Spec: VDAF §7.2.6.
extension Prio3 {
    private func expand(
        _ usage: Usage, ctx: [UInt8], seed: Seed, binder: [UInt8], count: Int
    ) throws(VDAFError) -> [Field] {
        try XofTurboShake128.expandIntoVec(
            Field.self, seed: seed, dst: domainSeparationTag(usage, ctx: ctx), binder: binder, count: count)
    }

    func helperMeasurementShare(ctx: [UInt8], aggregatorID: Int, seed: Seed) throws(VDAFError) -> [Field] {
        try expand(
            .measurementShare, ctx: ctx, seed: seed, binder: [UInt8(aggregatorID)], count: flp.measurementLength)
    }

    func helperProofsShare(ctx: [UInt8], aggregatorID: Int, seed: Seed) throws(VDAFError) -> [Field] {
        try expand(
            .proofShare, ctx: ctx, seed: seed, binder: [UInt8(proofs), UInt8(aggregatorID)],
            count: flp.proofLength * proofs)
    }

    func proveRands(ctx: [UInt8], seed: Seed) throws(VDAFError) -> [Field] {
        try expand(
            .proveRandomness, ctx: ctx, seed: seed, binder: [UInt8(proofs)], count: flp.proveRandLength * proofs)
    }

    func queryRands(verifyKey: [UInt8], ctx: [UInt8], nonce: [UInt8]) throws(VDAFError) -> [Field] {
        try expand(
            .queryRandomness, ctx: ctx, seed: verifyKey, binder: [UInt8(proofs)] + nonce,
            count: flp.queryRandLength * proofs)
    }

    func jointRands(ctx: [UInt8], seed: Seed) throws(VDAFError) -> [Field] {
        try expand(
            .jointRandomness, ctx: ctx, seed: seed, binder: [UInt8(proofs)], count: flp.jointRandLength * proofs)
    }

    func jointRandPart(
        ctx: [UInt8], aggregatorID: Int, blind: Seed, measurementShare: [Field], nonce: [UInt8]
    ) throws(VDAFError) -> Seed {
        try XofTurboShake128.deriveSeed(
            seed: blind, dst: domainSeparationTag(.jointRandPart, ctx: ctx),
            binder: [UInt8(aggregatorID)] + nonce + measurementShare.encode())
    }

    /// - Parameter parts: One seed an aggregator, end to end.
    func jointRandSeed(ctx: [UInt8], parts: [UInt8]) throws(VDAFError) -> Seed {
        try XofTurboShake128.deriveSeed(
            seed: [UInt8](repeating: 0, count: Self.seedSize), dst: domainSeparationTag(.jointRandSeed, ctx: ctx),
            binder: parts)
    }
}
