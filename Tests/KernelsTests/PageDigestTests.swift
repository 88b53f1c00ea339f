import PopulusKernels
import Testing

/// The digest by which a page of a database is known.
@Suite struct PageDigestTests {
    private static func digest(_ page: [UInt8], _ number: UInt64 = 7) -> UInt64 {
        page.withUnsafeBytes { DamageDigest.ofPage($0, number: number) }
    }

    @Test(arguments: [512, 4096]) func everyBitCounts(size: Int) {
        var page = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        var seen: Set<UInt64> = [Self.digest(page)]
        for bit in 0..<8 * size {
            page[bit / 8] ^= 1 << UInt8(bit % 8)
            seen.insert(Self.digest(page))
            page[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        #expect(seen.count == 8 * size + 1)
    }

    /// Pages that change places, and words that do, within a page.
    @Test func placesCount() {
        let page = (0..<4096).map { UInt8(truncatingIfNeeded: $0 / 8) }
        #expect(Set((1...1000).map { Self.digest(page, $0) }).count == 1000)
        var other = page
        for offset in [8, 32] {
            for place in 0..<8 { other.swapAt(place, place + offset) }
            #expect(Self.digest(other) != Self.digest(page))
            other = page
        }
        #expect(Self.digest([UInt8](repeating: 0, count: 512)) != Self.digest([UInt8](repeating: 0, count: 4096)))
    }
}
