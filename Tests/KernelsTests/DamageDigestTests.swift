import PopulusKernels
import Testing

@Suite struct DamageDigestTests {
    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }
    }

    private static func lanes(_ pieces: [ArraySlice<UInt8>]) -> UInt64 {
        var digest = DamageLanes()
        for piece in pieces { digest.add(WalkSlice(WalkBuffer(Array(piece)))) }
        return digest.value
    }

    /// Files have such digests: a later version must come to the same.
    @Test func knownAnswers() {
        #expect(DamageDigest.of([]) == 0xf7e2_7bea_df41_96a5)
        #expect(DamageDigest.of(Self.bytes(100)) == 0x15b6_6e8e_33a1_4d32)
        #expect(Self.lanes([]) == 0x750b_cecf_2751_c291)
        #expect(Self.lanes([Self.bytes(100)[...]]) == 0x070f_1646_1e38_0838)
    }

    @Test func piecesMakeNoDifference() {
        let bytes = Self.bytes(333)
        let whole = Self.lanes([bytes[...]])
        for first in stride(from: 0, through: 320, by: 32) {
            #expect(Self.lanes([bytes[..<first], bytes[first...]]) == whole)
            #expect(Self.lanes([bytes[..<first], bytes[first..<320], bytes[320...]]) == whole)
        }
    }

    /// Whatever bit is changed, and whatever is missing or too much at the end.
    @Test func everyBitCounts() {
        let bytes = Self.bytes(103)
        var seen: Set = [Self.lanes([bytes[...]])]
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                #expect(seen.insert(Self.lanes([changed[...]])).inserted)
            }
        }
        for count in 0..<103 { #expect(seen.insert(Self.lanes([bytes[..<count]])).inserted) }
        #expect(seen.insert(Self.lanes([(bytes + [0])[...]])).inserted)
    }

    /// Side by side or one by one, whatever their lengths are and however many there are.
    @Test func sideBySideIsTheSame() {
        let bytes = Self.bytes(2000)
        for count in 0...11 {
            var (parts, next) = ([Range<Int>](), 0)
            for index in 0..<count {
                let length = [0, 1, 7, 8, 9, 40, 16, 63, 64, 65, 200][(index * 5 + count) % 11]
                parts.append(next..<next + length)
                next += length + index % 2
            }
            #expect(DamageDigest.of(parts, in: bytes) == parts.map { DamageDigest.of(Array(bytes[$0])) })
        }
    }
}
