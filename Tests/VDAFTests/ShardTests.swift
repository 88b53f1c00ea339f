import PopulusKernels
import PopulusVDAF
import Testing

/// `shard` computes its streams in step and its IDPF in C; here one thing comes after another, as in the specification.
@Suite struct ShardTests {
    /// Sizes around those at which streams fill their blocks, and levels share a byte of the public share.
    @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 9, 20, 21, 22, 23, 41, 42, 43, 64, 65, 255, 256, 257, 300])
    func sharesAreThoseOfTheSpecification(bits: Int) throws {
        var stream = try TestStream("shard \(bits)")
        // The last of these contexts make messages that take a sponge more than one block.
        for (limit, context) in [(Field64.modulus, 38), (1 << 63, 0), (1 << 61, 110), (Field64.modulus, 400)] {
            try check(bits: bits, limit: limit, ctx: stream.bytes(context), &stream)
        }
    }

    private func check(bits: Int, limit: UInt64, ctx: [UInt8], _ stream: inout TestStream) throws {
        let (nonce, rand) = (stream.bytes(Poplar1.nonceSize), stream.bytes(Poplar1.randSize))
        let measurement = stream.prefix(bits: bits)
        let report = try Poplar1(bits: bits, samplingLimit: limit).shard(
            ctx: ctx, measurement: measurement, nonce: nonce, rand: rand)
        let reference = Reference(bits: bits, limit: limit, ctx: ctx, nonce: nonce, rand: rand)
        let expected = try reference.shard(measurement)
        let comment: Comment = "\(bits) bits, limit \(limit), \(ctx.count) bytes of context"
        #expect(report.publicShare.encode() == expected.publicShare, comment)
        #expect(report.inputShares.map { $0.encode() } == expected.inputShares, comment)
        #expect(try IdpfPublicShare(decoding: expected.publicShare, bits: bits) == report.publicShare, comment)
        #expect(
            try expected.inputShares.map { try Poplar1InputShare(decoding: $0, bits: bits) } == report.inputShares,
            comment)
    }

    private struct Reference {
        let bits: Int
        let limit: UInt64
        let ctx: [UInt8]
        let nonce: [UInt8]
        let rand: [UInt8]

        func shard(_ alpha: Prefix) throws -> (publicShare: [UInt8], inputShares: [[UInt8]]) {
            let seeds = (1...3).map { Array(rand[32 * $0..<32 * $0 + 32]) }
            var common = try xof(.shardRandomness, seeds[2], nonce)
            let inner = field64(&common, bits - 1)
            let leaf = common.nextVec(Field255.self, count: 1)[0]
            let randSpan = rand.span
            let generated = try IdpfBBCGGI21(bits: bits, samplingLimit: limit, usesKernel: false).gen(
                alpha: alpha, betaInner: inner.map { IdpfValue(data: .one, authenticator: $0) },
                betaLeaf: IdpfValue(data: .one, authenticator: leaf), ctx: ctx, nonce: nonce,
                rand: randSpan.extracting(first: 32))
            let other = (field64(&common, 2 * (bits - 1)), common.nextVec(Field255.self, count: 2))
            var triples: [([Field64], [Field255])] = []
            for id in 0..<2 {
                var innerXof = try xof(.correlatedInner, seeds[id], [UInt8(id)] + nonce)
                var leafXof = try xof(.correlatedLeaf, seeds[id], [UInt8(id)] + nonce)
                triples.append((field64(&innerXof, 3 * (bits - 1)), leafXof.nextVec(Field255.self, count: 3)))
            }
            let shares = [
                rand[..<16] + seeds[0] + share(inner, triples[0].0, triples[1].0, other.0).encode()
                    + share([leaf], triples[0].1, triples[1].1, other.1).encode(),
                rand[16..<32] + seeds[1] + other.0.encode() + other.1.encode(),
            ]
            return (encode(generated.publicShare), shares.map { Array($0) })
        }

        private func xof(_ usage: Poplar1.Usage, _ seed: [UInt8], _ binder: [UInt8]) throws -> XofTurboShake128 {
            try XofTurboShake128(seed: seed, dst: Poplar1.domainSeparationTag(usage, ctx: ctx), binder: binder)
        }

        private func field64(_ xof: inout XofTurboShake128, _ count: Int) -> [Field64] {
            (0..<count).map { _ in xof.nextVec(Field64.self, count: 1) { $0.value < limit }[0] }
        }

        private func share<F: FieldElement>(_ k: [F], _ triples0: [F], _ triples1: [F], _ other: [F]) -> [F] {
            k.indices.flatMap { i -> [F] in
                let (a, b, c) = (
                    triples0[3 * i] + triples1[3 * i], triples0[3 * i + 1] + triples1[3 * i + 1],
                    triples0[3 * i + 2] + triples1[3 * i + 2]
                )
                return [k[i] - a - a - other[2 * i], a * a + b - a * k[i] + c - other[2 * i + 1]]
            }
        }

        /// Spec: VDAF §8.2.6.1.
        private func encode(_ share: IdpfPublicShare) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: (2 * bits + 7) / 8)
            for level in 0..<bits { bytes[level / 4] |= share.controlBits[level] << UInt8(2 * (level % 4)) }
            bytes += share.seeds.flatMap(\.bytes)
            bytes += share.inner.flatMap { [$0.data, $0.authenticator].encode() }
            return bytes + [share.leaf.data, share.leaf.authenticator].encode()
        }
    }
}
