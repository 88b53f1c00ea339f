import PrefixWalk
import Testing

@Suite struct ReportBitmapTests {
    @Test func encodesLeastSignificantBitFirst() throws {
        var bitmap = ReportBitmap(count: 11)
        for position in [0, 3, 8, 10] { bitmap[position] = true }
        #expect(bitmap.encoded == [0b0000_1001, 0b0000_0101])
        #expect(bitmap.positions == [0, 3, 8, 10])
        #expect(bitmap.population == 4)
        #expect(try ReportBitmap(encoded: bitmap.encoded, count: 11) == bitmap)
        #expect(ReportBitmap(count: 11, filled: true).encoded == [0xff, 0b111])
        #expect(ReportBitmap(count: 0, filled: true).encoded == [])
    }

    @Test func refusesWrongLengthAndPadding() {
        #expect(throws: PrefixWalkError.bitmapMismatch) { try ReportBitmap(encoded: [0], count: 9) }
        #expect(throws: PrefixWalkError.bitmapMismatch) { try ReportBitmap(encoded: [0, 0], count: 8) }
        #expect(throws: PrefixWalkError.bitmapMismatch) { try ReportBitmap(encoded: [0, 0b10], count: 9) }
        #expect(throws: PrefixWalkError.bitmapMismatch) { try ReportBitmap(encoded: [], count: -1) }
    }

    @Test func packsOverLiveReports() throws {
        var live = ReportBitmap(count: 20, filled: true)
        for position in [0, 5, 19] { live[position] = false }
        var accepted = live
        for position in [1, 7] { accepted[position] = false }
        let packed = accepted.packed(over: live)
        // Seventeen live reports; those at 1 and 7 have ranks 0 and 5.
        #expect(packed == [0b1101_1110, 0xff, 0b1])
        #expect(try ReportBitmap(packed: packed, over: live) == accepted)
        #expect(throws: PrefixWalkError.bitmapMismatch) { try ReportBitmap(packed: [0xff, 0xff, 0b10], over: live) }
        #expect(throws: PrefixWalkError.bitmapMismatch) { try ReportBitmap(packed: [0xff, 0xff], over: live) }
        #expect(accepted.isSubset(of: live) && !live.isSubset(of: accepted))
        #expect(live.subtracting(accepted).positions == [1, 7])
        #expect(accepted.union(live) == live && accepted.intersection(live) == accepted)
        #expect(!accepted.isSubset(of: ReportBitmap(count: 24, filled: true)))
    }
}
