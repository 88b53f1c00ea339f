import Kernels

package typealias Poplar1Report = VdafReport<IdpfPublicShare, Poplar1InputShare>

extension Poplar1 {
    /// Splits a measurement of `bits` bits between the aggregators.
    ///
    /// Constant-time in the measurement and in `rand`.
    ///
    /// `nonce` is the report ID; `rand` is `randSize` fresh random bytes.
    ///
    /// - Throws: `.wrongBitCount`, `.wrongSize`, `.contextTooLong`.
    ///
    /// Spec: VDAF §8.2.1.
    package func shard(
        ctx: [UInt8], measurement: Prefix, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> Poplar1Report {
        guard nonce.count == Self.nonceSize, rand.count == Self.randSize else { throw .wrongSize }
        let seedSize = XofTurboShake128.seedSize
        let seeds = (0..<3).map { i in
            Array(rand[IdpfBBCGGI21.randSize + i * seedSize..<IdpfBBCGGI21.randSize + (i + 1) * seedSize])
        }

        var xof = try XofTurboShake128(
            seed: seeds[2], dst: Self.domainSeparationTag(.shardRandomness, ctx: ctx), binder: nonce)
        let innerKeys = nextInner(&xof, count: bits - 1)
        let leafKey = xof.nextVec(Field255.self, count: 1)[0]
        let randSpan = rand.span
        let (publicShare, keys) = try idpf.gen(
            alpha: measurement, betaInner: innerKeys.map { IdpfValue(data: .one, authenticator: $0) },
            betaLeaf: IdpfValue(data: .one, authenticator: leafKey), ctx: ctx, nonce: nonce,
            rand: randSpan.extracting(first: IdpfBBCGGI21.randSize))

        let triples0 = try correlated(seed: seeds[0], aggregatorID: 0, ctx: ctx, nonce: nonce)
        let triples1 = try correlated(seed: seeds[1], aggregatorID: 1, ctx: ctx, nonce: nonce)
        let inner1 = nextInner(&xof, count: 2 * (bits - 1))
        let leaf1 = xof.nextVec(Field255.self, count: 2)
        let inner0 = Self.correlatedShare(triples0.inner, triples1.inner, authenticators: innerKeys, other: inner1)
        let leaf0 = Self.correlatedShare(triples0.leaf, triples1.leaf, authenticators: [leafKey], other: leaf1)
        return Poplar1Report(
            publicShare: publicShare,
            inputShares: [
                Poplar1InputShare(
                    idpfKey: keys[0], correlatedSeed: seeds[0], correlatedInner: inner0, correlatedLeaf: leaf0),
                Poplar1InputShare(
                    idpfKey: keys[1], correlatedSeed: seeds[1], correlatedInner: inner1, correlatedLeaf: leaf1),
            ])
    }

    /// One aggregator's shares of `a`, `b` and `c`, level after level.
    private func correlated(
        seed: [UInt8], aggregatorID: UInt8, ctx: [UInt8], nonce: [UInt8]
    ) throws(VDAFError) -> (inner: [Field64], leaf: [Field255]) {
        let binder = [aggregatorID] + nonce
        var inner = try XofTurboShake128(
            seed: seed, dst: Self.domainSeparationTag(.correlatedInner, ctx: ctx), binder: binder)
        var leaf = try XofTurboShake128(
            seed: seed, dst: Self.domainSeparationTag(.correlatedLeaf, ctx: ctx), binder: binder)
        return (nextInner(&inner, count: 3 * (bits - 1)), leaf.nextVec(Field255.self, count: 3))
    }

    /// The Leader's shares of `A = k - 2a` and `B = a^2 + b - ak + c`, given the Helper's.
    ///
    /// Spec: VDAF §8.2.1; BBCGGI21, appendix C.4.
    private static func correlatedShare<F: FieldElement>(
        _ triples0: [F], _ triples1: [F], authenticators: [F], other: [F]
    ) -> [F] {
        var share: [F] = []
        share.reserveCapacity(2 * authenticators.count)
        for (level, k) in authenticators.enumerated() {
            let a = triples0[3 * level] + triples1[3 * level]
            let b = triples0[3 * level + 1] + triples1[3 * level + 1]
            let c = triples0[3 * level + 2] + triples1[3 * level + 2]
            share.append(k - (a + a) - other[2 * level])
            share.append(a * (a - k) + b + c - other[2 * level + 1])
        }
        return share
    }
}
