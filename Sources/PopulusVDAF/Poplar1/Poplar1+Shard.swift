import PopulusKernels

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
    public func shard(
        ctx: [UInt8], measurement: Prefix, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> VdafReport<IdpfPublicShare, Poplar1InputShare> {
        guard nonce.count == Self.nonceSize, rand.count == Self.randSize else { throw .wrongSize }
        let inner = bits - 1
        // The seeds of the Leader's and the Helper's correlated randomness, and of what the client alone knows.
        let seedSize = XofTurboShake128.seedSize
        var seeds = (0..<3).map { i in
            Array(rand[IdpfBBCGGI21.randSize + i * seedSize..<IdpfBBCGGI21.randSize + (i + 1) * seedSize])
        }
        var streams = try streams(seeds, ctx: ctx, nonce: nonce)
        let randSpan = rand.span
        var generation = try IdpfGeneration(
            idpf, alpha: measurement, ctx: ctx, nonce: nonce, rand: randSpan.extracting(first: IdpfBBCGGI21.randSize))
        generation.descend(squeezing: &streams)
        var authenticators = streams.field64(0, count: inner, below: samplingLimit)
        let leafAuthenticator = streams.field255(0)
        var betaInner = authenticators.map { IdpfValue(data: .one, authenticator: $0) }
        let publicShare = try generation.publicShare(
            betaInner: betaInner, betaLeaf: IdpfValue(data: .one, authenticator: leafAuthenticator))

        let inner1 = streams.field64(0, count: 2 * inner, below: samplingLimit)
        let leaf1 = [streams.field255(0), streams.field255(0)]
        var inner0 = [Field64](repeating: .zero, count: 2 * inner)
        var triples0 = streams.field64(1, count: 3 * inner, below: samplingLimit)
        var triples1 = streams.field64(2, count: 3 * inner, below: samplingLimit)
        ShardKernels.correlate(authenticators, triples: (triples0, triples1), other: inner1, into: &inner0)
        let leaf0 = Self.correlatedShare(
            try leafTriple(0, seeds, ctx: ctx, nonce: nonce), try leafTriple(1, seeds, ctx: ctx, nonce: nonce),
            authenticator: leafAuthenticator, other: leaf1)
        // What the client alone knows. The rest is in the shares.
        seeds[2].wipe()
        authenticators.wipe()
        betaInner.wipe()
        triples0.wipe()
        triples1.wipe()
        return Poplar1Report(
            publicShare: publicShare,
            inputShares: [
                Poplar1InputShare(
                    idpfKey: generation.keys[0], correlatedSeed: seeds[0], correlatedInner: inner0,
                    correlatedLeaf: leaf0),
                Poplar1InputShare(
                    idpfKey: generation.keys[1], correlatedSeed: seeds[1], correlatedInner: inner1,
                    correlatedLeaf: leaf1),
            ])
    }

    /// The three long streams: what the client alone knows, and each one's correlated randomness of inner levels.
    private func streams(_ seeds: [[UInt8]], ctx: [UInt8], nonce: [UInt8]) throws(VDAFError) -> TurboShake128Lanes {
        var randomness = try input(.shardRandomness, seeds[2], ctx: ctx)
        randomness.absorb(nonce)
        let (correlated0, correlated1) = (
            try correlated(.correlatedInner, 0, seeds, ctx: ctx, nonce: nonce),
            try correlated(.correlatedInner, 1, seeds, ctx: ctx, nonce: nonce)
        )
        return TurboShake128Lanes(
            [randomness.finish().sponge, correlated0.sponge, correlated1.sponge, TurboShake128()], count: 3,
            byteCount: 3 * Field64.encodedSize * (bits - 1) + 3 * Field255.encodedSize)
    }

    /// One aggregator's stream of shares of `a`, `b` and `c`, level after level.
    private func correlated(
        _ usage: Usage, _ aggregatorID: UInt8, _ seeds: [[UInt8]], ctx: [UInt8], nonce: [UInt8]
    ) throws(VDAFError) -> XofTurboShake128 {
        var input = try input(usage, seeds[Int(aggregatorID)], ctx: ctx)
        input.absorb(aggregatorID)
        input.absorb(nonce)
        return input.finish()
    }

    private func input(
        _ usage: Usage, _ seed: [UInt8], ctx: [UInt8]
    ) throws(VDAFError) -> XofTurboShake128Input {
        try XofTurboShake128Input(seed: seed, .vdaf, algorithm: Self.id, usage: usage.rawValue, ctx: ctx)
    }

    private func leafTriple(
        _ aggregatorID: UInt8, _ seeds: [[UInt8]], ctx: [UInt8], nonce: [UInt8]
    ) throws(VDAFError) -> (a: Field255, b: Field255, c: Field255) {
        var xof = try correlated(.correlatedLeaf, aggregatorID, seeds, ctx: ctx, nonce: nonce)
        return (xof.nextField255(), xof.nextField255(), xof.nextField255())
    }

    /// The Leader's shares of `A = k - 2a` and `B = a^2 + b - ak + c` at the leaf level, given the Helper's.
    ///
    /// Spec: VDAF §8.2.1; BBCGGI21, appendix C.4.
    private static func correlatedShare(
        _ share0: (a: Field255, b: Field255, c: Field255), _ share1: (a: Field255, b: Field255, c: Field255),
        authenticator k: Field255, other: [Field255]
    ) -> [Field255] {
        let (a, b, c) = (share0.a + share1.a, share0.b + share1.b, share0.c + share1.c)
        return [k - (a + a) - other[0], a * (a - k) + b + c - other[1]]
    }
}

extension TurboShake128Lanes {
    /// A stream's next elements, which redraws those not below `limit`.
    fileprivate mutating func field64(_ lane: Int, count: Int, below limit: UInt64) -> [Field64] {
        var elements = [Field64](repeating: .zero, count: count)
        next(lane: lane, below: limit, into: &elements)
        return elements
    }

    /// A stream's next element.
    fileprivate mutating func field255(_ lane: Int) -> Field255 {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        while true {
            var span = bytes.mutableSpan
            next(lane: lane, into: &span)
            if let element = Field255(sampling: bytes.span, at: 0) { return element }
        }
    }
}
