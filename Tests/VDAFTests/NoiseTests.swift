import PopulusVDAF
import Testing

/// Signed integers in fields, and noise on encoded aggregate shares.
@Suite struct NoiseTests {
    private func roundTrip<F: FieldElement>(_ type: F.Type) {
        for value in [0, 1, -1, 1 << 31, -(1 << 32), 1 << 62, -(1 << 62)] as [Int64] {
            #expect(F(signed: value).signedValue == Int128(value), "\(value) of \(type)")
            #expect(F(signed: value) + F(signed: -value) == .zero)
        }
    }

    @Test func signedIntegersAreElements() {
        roundTrip(Field64.self)
        roundTrip(Field128.self)
        roundTrip(Field255.self)
        #expect(Field255(signed: .min).signedValue == Int128(Int64.min))
        #expect(Field128(signed: .min).signedValue == Int128(Int64.min))
    }

    /// Half of the prime is the greatest, and what is above it is negative.
    @Test func theSignTurnsAtHalfOfThePrime() {
        let half = (Field64.modulus - 1) / 2
        #expect(Field64(half).signedValue == Int128(half))
        #expect(Field64(half + 1).signedValue == -Int128(half))
        let wide = (Field128.modulus - 1) / 2
        #expect(Field128(canonical: wide).signedValue == Int128(wide))
        #expect(Field128(canonical: wide + 1).signedValue == -Int128(wide))
        // More than 64 bits, up or down, is beyond any sum.
        let large = Field255(.max) + .one
        #expect(large.signedValue == nil && (-large).signedValue == nil)
        #expect((-Field255(.max)).signedValue == -Int128(UInt64.max))
    }

    private static let parameters: [[UInt8]] = {
        let prefixes = [0x31, 0xA5].map { value in Prefix(bits: (0..<8).map { value >> (7 - $0) & 1 == 1 }) }
        return [2, 7].compactMap { level in
            try? Poplar1AggregationParameter(level: level, prefixes: prefixes.map { $0.ancestor(level: level) })
                .encode()
        }
    }()

    private func check(_ vdaf: some RunTimeVdaf, _ parameter: [UInt8], count: Int) throws {
        let vdaf = try vdaf.encoded()
        let zero = try vdaf.emptyAggregateShare(aggregationParameter: parameter)
        let noise = Array(([-5, 1 << 40, 0, -(1 << 41), 7] as [Int64]).prefix(count))
        var next = noise.makeIterator()
        let noised = try vdaf.addNoise(to: zero, aggregationParameter: parameter) { next.next() ?? 0 }
        #expect(next.next() == nil && noised.count == zero.count)
        let sums = try vdaf.signedSums(aggregationParameter: parameter, aggregateShares: [noised, noised])
        #expect(sums == noise.map { 2 * Int128($0) })
        #expect(throws: VDAFError.wrongElementCount) {
            try vdaf.signedSums(aggregationParameter: parameter, aggregateShares: [noised])
        }
        #expect(throws: VDAFError.truncated) {
            try vdaf.addNoise(to: Array(zero.dropLast()), aggregationParameter: parameter) { 0 }
        }
    }

    @Test func everyVdafTakesNoise() throws {
        try check(Prio3<Count>(), [], count: 1)
        try check(Prio3<Sum>(maxMeasurement: 1000), [], count: 1)
        try check(Prio3<SumVec<Field128>>(length: 3, maxMeasurement: 7, chunkLength: 2), [], count: 3)
        try check(Prio3<Histogram>(length: 4, chunkLength: 2), [], count: 4)
        try check(Prio3<MultihotCountVec>(length: 5, maxWeight: 2, chunkLength: 2), [], count: 5)
        #expect(Self.parameters.count == 2)
        for parameter in Self.parameters { try check(Poplar1(bits: 8), parameter, count: 2) }
    }
}
