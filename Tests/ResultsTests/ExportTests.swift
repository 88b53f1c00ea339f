import Foundation
import PopulusCollector
import PopulusDAP
import ResultText
import Results
import ResultsHarness
import Testing

/// Exports: whole, in one order, and harmless whatever a string is.
@Suite struct ExportTests {
    private static let hostile: [[UInt8]] = [
        [], [0], [0xff, 0xfe, 0x5c], Array("a\u{202e}b".utf8), Array("\"quoted\", 'and'\r\n\t".utf8),
        Array("\u{1b}[2J\u{7}".utf8), Array("=1+1".utf8), [0xed, 0xa0, 0x80], Array("</script>\u{2028}".utf8),
        Array("x\\x41".utf8), Array("schön 日本".utf8), Array(0...255),
    ]

    private static func walk(_ task: KeptTask, day: UInt64 = 1, plus: Int64 = 0, noise: NoiseFacts? = nil) throws
        -> KeptWalk
    {
        try KeptWalk(
            Sample.walk(
                task, day: day,
                hostile.enumerated().map { PopularString(value: $1, count: 400 + Int64($0) + plus) }, votes: 400,
                margin: noise == nil ? 0 : 150, noise: noise, late: 2, unfinished: 1, beginnings: [[0xff, 0x0a]],
                rejections: [RejectedReports(party: .helper, reason: .invalidMessage, count: 5)]),
            of: task)
    }

    private static func object(_ text: some StringProtocol) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// The bytes of a value, by either of its members.
    private static func value(_ row: [String: Any]) throws -> [UInt8] {
        let text = try #require(row["value"] as? String)
        let unescaped = try #require(CSVWriter.unescaped(Array(text.utf8)))
        if let bytes = row["bytes"] as? String {
            #expect(Data(base64Encoded: bytes).map { [UInt8]($0) } == unescaped)
        } else {
            #expect(Array(text.utf8) == unescaped)
        }
        return unescaped
    }

    /// No control, no direction and no line end leaves as it is.
    private static func checkIsHarmless(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            for scalar in line.unicodeScalars where !ForeignText.isPrintable(scalar) {
                Issue.record("U+\(String(scalar.value, radix: 16))")
            }
        }
    }

    @Test(arguments: [nil, Sample.noise]) func aWalk(noise: NoiseFacts?) throws {
        let task = try Sample.task()
        let walk = try Self.walk(task, noise: noise)
        let object = try Self.object(walk.json)
        Self.checkIsHarmless(walk.json)
        #expect(object["format"] as? String == "populus-kept/1" && object["kind"] as? String == "walk")
        let rows = try #require(object["result"] as? [[String: Any]])
        #expect(try rows.map(Self.value) == walk.strings.map(\.value))
        #expect(rows.compactMap { $0["count"] as? Int } == walk.strings.map { Int($0.count) })
        #expect(rows.allSatisfy { ($0["low"] != nil) == (noise != nil) })
        let missing = try #require(object["missing"] as? [String: Any])
        #expect(missing["below"] as? Int == (noise == nil ? 400 : 250) && missing["late"] as? Int == 2)
        #expect(missing["rejected"] as? Int == 5 && missing["cut_off"] as? Int == 1)
        #expect(missing["half_width"] as? UInt64 == noise?.halfWidth ?? 0 && missing["result"] as? Bool == false)
        #expect((object["steps"] as? [[String: Any]])?.count == 3)
        // The same lines one by one.
        let lines = walk.jsonLines.split(separator: "\n")
        #expect(lines.count == 1 + walk.strings.count)
        #expect(try Self.object(lines[0])["missing"] != nil)
        #expect(try lines.dropFirst().map { try Self.value(try Self.object($0)) } == walk.strings.map(\.value))
        #expect(try Self.object(lines[1])["walk"] as? String == walk.head.walk.base64URL)
        // What discover writes.
        #expect(walk.csv() == CSVWriter().file(of: walk.strings, total: walk.head.reports, noise: noise))
        #expect(try Self.object(walk.sidecar(csv: "a\"\u{202e}.csv"))["csv"] as? String == "a\"\\xe2\\x80\\xae.csv")
    }

    /// Members have one order: two walks differ in values only.
    @Test func theOrderIsTheSame() throws {
        let task = try Sample.task()
        func names(_ text: String) -> [Substring] {
            text.split(separator: "\n")[0].matches(of: /"([a-z_]+)":/).map(\.output.1)
        }
        #expect(names(try Self.walk(task).json) == names(try Self.walk(task, day: 2, plus: 3).json))
        let opening =
            "format kind walk version task vdaf bits encoding batch_mode leader helper asked start end interval start "
            + "end began ended threshold votes margin reports_at_start report_count rejections party reason count ending "
            + "unfinished beginnings value bytes missing below late rejected cut_off half_width result steps"
        #expect(names(try Self.walk(task).json).prefix(41).joined(separator: " ") == opening)
    }

    @Test func whatNobodyToldIsNull() throws {
        let task = try Sample.task()
        let walk = try KeptWalk(Sample.walk(task, []), of: task)
        let object = try Self.object(walk.json)
        #expect(object["rejections"] is NSNull && (object["missing"] as? [String: Any])?["rejected"] is NSNull)
        #expect(object["ending"] as? String == "complete" && object["failure"] == nil)
    }

    @Test func aComparison() throws {
        let task = try Sample.task()
        let (earlier, later) = (
            try Self.walk(task, noise: Sample.noise), try Self.walk(task, day: 2, plus: 500, noise: Sample.noise)
        )
        let comparison = try WalkComparison(from: earlier, to: later)
        let object = try Self.object(comparison.json)
        Self.checkIsHarmless(comparison.json)
        let rows = try #require(object["result"] as? [[String: Any]])
        #expect(Set(try rows.map(Self.value)) == Set(Self.hostile))
        #expect(rows.allSatisfy { $0["change"] as? String == "risen" })
        #expect((rows.first?["later"] as? [String: Any])?["fraction"] != nil)
        #expect((object["changes"] as? [String: Int])?["risen"] == Self.hostile.count)
        for side in ["earlier", "later"] {
            let walk = try #require(object[side] as? [String: Any])
            #expect(
                (walk["missing"] as? [String: Any])?["cut_off"] as? Int == 1 && walk["report_count"] as? Int == 100_000)
        }
        #expect(comparison.jsonLines.split(separator: "\n").count == 1 + Self.hostile.count)
        let csv = String(decoding: comparison.csv(), as: UTF8.self)
        #expect(csv.hasPrefix(WalkComparison.csvHeader(grouped: false, noisy: true) + "\r\n"))
        #expect(csv.contains("risen,'=1+1,"))
        Self.checkIsHarmless(csv.replacing("\r\n", with: "\n"))
    }

    @Test func aCollection() throws {
        let task = try Sample.task()
        let key = try #require(KeptCollection.Key(bytes: [UInt8](repeating: 7, count: 16)))
        let collection = try KeptCollection(
            task: task, key: key, version: "1", asked: nil, interval: ResultFacts.Span(start: 60, end: 120), began: 800,
            ended: 900, reports: 50, noise: nil,
            candidates: KeptCollection.Candidates(level: 63, values: Self.hostile), isOneNumber: false,
            numbers: Self.hostile.indices.map { Int128($0) - 1 }, rejections: nil)
        let object = try Self.object(collection.json)
        let rows = try #require(object["result"] as? [[String: Any]])
        #expect(try rows.map(Self.value) == Self.hostile && rows.first?["number"] as? Int == -1)
        Self.checkIsHarmless(collection.json)
        #expect(collection.jsonLines.split(separator: "\n").count == 1 + Self.hostile.count)
        #expect(String(decoding: collection.csv(), as: UTF8.self).hasPrefix("candidate,result,report_count,"))
    }
}
