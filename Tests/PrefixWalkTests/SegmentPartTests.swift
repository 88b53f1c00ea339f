import Foundation
import PrefixWalk
import Testing

/// Threads make parts of a segment; whatever their lengths are, the file is the same.
@Suite struct SegmentPartTests {
    private static let reports = 150

    private static func add(_ report: TestReport, to part: inout SegmentPart) throws(PrefixWalkError) {
        let (publicShare, inputShare) = (report.publicShare.encode(), report.inputShares[1].encode())
        try part.append(
            reportID: report.nonce.span, publicShare: publicShare.span, inputShare: inputShare.span)
    }

    /// Lengths around the rows that are transposed together, around the four reports of a packed byte, and none.
    @Test(arguments: [
        [150], [16, 134], [15, 135], [17, 133], [1, 149], [2, 1, 147], [3, 3, 3, 141], [64, 64, 22], [48, 0, 96, 6],
        [13, 14, 15, 16, 17, 18, 19, 20, 18], [5, 145], [149, 1], [4, 0, 1, 0, 0, 145],
    ])
    func anyPartsMakeTheSameFile(lengths: [Int]) throws {
        #expect(lengths.reduce(0, +) == Self.reports)
        try withTemporaryDirectory { directory in
            for (bits, blockReports) in [(1, 1024), (33, 1024), (33, 64), (9, 16), (9, 7)] {
                let fixture = try WalkFixture(bits: bits, reports: Self.reports, seed: 21)
                _ = try fixture.segment(aggregatorID: 1, in: directory, blockReports: blockReports)
                let account = WalkAccount.standard()
                var builder = try SegmentBuilder(
                    at: directory + "/parts", bits: bits, aggregatorID: 1, ctx: fixture.ctx, blockReports: blockReports,
                    account: account)
                var rest = fixture.reports[...]
                for length in lengths {
                    var part = SegmentPart(shape: try SegmentShape(bits: bits), capacity: length, account: account)
                    for report in rest.prefix(length) { try Self.add(report, to: &part) }
                    rest = rest.dropFirst(length)
                    part.finish()
                    #expect(part.count == length)
                    try builder.append(part)
                }
                #expect(builder.count == Self.reports)
                try builder.finish()
                let files = try ["segment-1", "parts"].map {
                    try Data(contentsOf: URL(filePath: "\(directory)/\($0)"))
                }
                #expect(files[0] == files[1])
            }
        }
    }

    /// More than it was made for, fewer, and single reports between parts.
    @Test func capacitiesAreNoBounds() throws {
        try withTemporaryDirectory { directory in
            let fixture = try WalkFixture(bits: 9, reports: Self.reports, seed: 22)
            _ = try fixture.segment(aggregatorID: 1, in: directory)
            let account = WalkAccount.standard()
            var builder = try SegmentBuilder(
                at: directory + "/parts", bits: 9, aggregatorID: 1, ctx: fixture.ctx, account: account)
            var rest = fixture.reports[...]
            for (capacity, length) in [(1, 41), (100, 3), (0, 2), (16, 90)] {
                var part = SegmentPart(shape: try SegmentShape(bits: 9), capacity: capacity, account: account)
                for report in rest.prefix(length) { try Self.add(report, to: &part) }
                rest = rest.dropFirst(length)
                part.finish()
                try builder.append(part)
                guard let next = rest.popFirst() else { continue }
                try builder.append(
                    reportID: next.nonce, publicShare: next.publicShare.encode(),
                    inputShare: next.inputShares[1].encode())
            }
            for report in rest {
                try builder.append(
                    reportID: report.nonce, publicShare: report.publicShare.encode(),
                    inputShare: report.inputShares[1].encode())
            }
            try builder.finish()
            let files = try ["segment-1", "parts"].map { try Data(contentsOf: URL(filePath: "\(directory)/\($0)")) }
            #expect(files[0] == files[1])
        }
    }

    @Test func takesNoPartOfAnotherShapeAndNoneThatIsOpen() throws {
        let account = WalkAccount.standard()
        var builder = try SegmentBuilder(at: "/none", bits: 9, aggregatorID: 0, ctx: [], account: account)
        let open = SegmentPart(shape: try SegmentShape(bits: 9), account: account)
        var other = SegmentPart(shape: try SegmentShape(bits: 8), account: account)
        other.finish()
        for part in [open, other] {
            do throws(PrefixWalkError) {
                try builder.append(part)
                Issue.record("it is not of this segment")
            } catch {
                #expect(error == .segmentMismatch)
            }
        }
        #expect(builder.count == 0)
    }
}
