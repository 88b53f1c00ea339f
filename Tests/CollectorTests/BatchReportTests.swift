import Foundation
import PopulusCollector
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import ResultText
import Testing

@Suite struct BatchReportTests {
    /// The answer of a Leader to whatever request.
    private func report(
        _ vdaf: VdafConfiguration, _ numbers: [Int64], elementSize: Int, candidates: CandidateList? = nil,
        noise: BatchNoise? = nil
    ) async throws -> BatchReport {
        let task = try BatchTask.sample(vdaf, noise: noise)
        let request = task.configuration.collectionRequest(
            .leaderSelected, aggregationParameter: candidates?.aggregationParameter ?? [])
        let body = try await FakeBatchLeader(task, numbers: numbers, elementSize: elementSize, reports: 9)
            .body(of: request)
        let answer = try BatchAnswer(body: body, request: request, task: task)
        return try BatchReport(
            vdaf: vdaf, answer: answer, precision: task.configuration.timePrecision, candidates: candidates,
            noise: noise.map { NoiseFacts($0, vdaf) })
    }

    private static let task = TaskID.random()

    private static func facts(_ report: BatchReport) -> ResultFacts {
        ResultFacts(
            version: "1", task: task, vdaf: report.vdaf.name, batchMode: .timeInterval,
            asked: .init(start: 0, end: 600), interval: .init(start: report.seconds.start, end: report.seconds.end),
            began: 700, ended: 800, reports: report.answer.reports)
    }

    @Test func aNumberIsANumber() async throws {
        let report = try await report(.prio3Sum(maxMeasurement: 10), [77], elementSize: 8)
        #expect(
            report.json(Self.facts(report))
                == #"{"format":"populus-result/1","command":"collect","version":"1","task":"\#(Self.task)","#
                + #""vdaf":"prio3-sum","batch_mode":"time-interval","asked":{"start":0,"end":600},"#
                + #""interval":{"start":420,"end":540},"began":700,"ended":800,"report_count":9,"result":77}"# + "\n")
        let beside = report.sidecar(Self.facts(report), csv: "a\"b.csv")
        #expect(beside.hasSuffix(#""report_count":9,"csv":"a\"b.csv"}"# + "\n") && !beside.contains("result\":77"))
        #expect(Array(beside.utf8).starts(with: ResultFacts.beginning))
        #expect(
            String(decoding: report.csv(), as: UTF8.self)
                == "index,result,report_count,interval_start,interval_end\r\n0,77,9,420,540\r\n")
    }

    @Test func rejectedReportsStandBesideTheNumbers() async throws {
        let report = try await report(.prio3Sum(maxMeasurement: 10), [77], elementSize: 8)
        var facts = Self.facts(report)
        facts.rejections = [RejectedReports(party: .helper, reason: .vdafVerifyError, count: 2)]
        let text = #""report_count":9,"rejections":[{"party":"helper","reason":"vdaf_verify_error","count":2}],"#
        #expect(report.json(facts).contains(text) && report.sidecar(facts, csv: "a").contains(text))
        facts.rejections = []
        #expect(report.json(facts).contains(#""rejections":[],"#))
    }

    @Test func candidatesStandInTheirOrder() async throws {
        let list = try CandidateList(
            lines: [(1, Array("＝a".utf8)), (2, Array("b,\"c".utf8))], kind: .strings, bits: 64,
            encoding: BytesEncoding())
        // On the wire `b` comes before the full-width sign.
        let report = try await report(
            .poplar1(bits: 64), [1, 3], elementSize: 32, candidates: list)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.json(Self.facts(report)).utf8)) as? [String: Any])
        #expect(object["result"] as? [Int] == [3, 1] && object["level"] as? Int == 63)
        #expect(object["candidates"] as? [String] == ["＝a", "b,\"c"])
        #expect(
            String(decoding: report.csv(), as: UTF8.self)
                == "candidate,result,report_count,interval_start,interval_end\r\n'＝a,3,9,420,540\r\n\"b,\"\"c\",1,9,420,540\r\n"
        )
    }

    private static let rows = [(0, 4), (1, 0), (10, 1000)].map {
        BarChart.Row(label: "\($0.0)", number: UInt128($0.1))
    }

    @Test(arguments: [20, 40, 80, 200])
    func barsFitTheWidth(columns: Int) {
        for style in [BarChart.Style.ascii, .blocks(colour: false)] {
            let lines = BarChart.lines(
                Self.rows, heading: ("bucket", "count"), notes: ["0.4%", "0.0%", "99.6%"], columns: columns,
                style: style)
            #expect(lines.count == 4)
            #expect(lines.allSatisfy { $0.count < max(columns, 26) }, "\(lines)")
            #expect(columns < 40 || lines[1].count < lines[3].count && lines[1].last != "%")
            #expect(lines[2].hasSuffix("0.0%") && !lines.joined().contains("\u{1b}"))
        }
    }

    /// Counts are whole however long the labels are, and both ends of a label can be read.
    @Test func longLabelsLeaveRoomForNumbers() {
        let rows = ["https://example.org/a/long/path/to/the/end", "短い", "b"].map {
            BarChart.Row(label: $0, number: 123_456)
        }
        for columns in [40, 60, 100] {
            let lines = BarChart.lines(
                rows, heading: ("candidate", "count"), notes: ["1.0%", "1.0%", "1.0%"], leftLabels: true,
                columns: columns, style: .ascii)
            #expect(lines.allSatisfy { Wrapping.columns(of: $0) < columns && !$0.hasSuffix("…") }, "\(lines)")
            #expect(lines.dropFirst().allSatisfy { $0.contains("  123456  1.0%  ####") }, "\(lines)")
            #expect(lines[1].hasPrefix("https:/") && lines[1].contains(columns == 100 ? "/the/end " : "nd "))
        }
    }

    @Test func textIsWrappedAndShortenedInTheMiddle() {
        #expect(Wrapping.lines("abcdefgh", width: 4, most: 3) == ["abcd", "efgh"])
        #expect(Wrapping.lines("", width: 4, most: 3) == [""])
        #expect(Wrapping.words("to be or not", width: 7) == ["to be", "or not"])
        #expect(Wrapping.words("to be or not", width: nil) == ["to be or not"])
        #expect(Wrapping.words("longer than it", width: 5) == ["longer", "than", "it"])
        #expect(Wrapping.lines("abcdefghijklmnop", width: 4, most: 2) == ["abc…", "nop"])
        #expect(Wrapping.lines("日本語日本語", width: 5, most: 9) == ["日本", "語日", "本語"])
        #expect(Wrapping.shortened("abcdefghij", width: 10) == "abcdefghij")
        #expect(Wrapping.shortened("abcdefghij", width: 5) == "ab…ij")
        #expect(Wrapping.columns(of: "a👩‍💻日é") == 6)
        // Marks take nothing, letters of one syllable a place each, and flags two.
        for (text, columns) in [
            ("e\u{301}tude", 5), ("\u{301}", 0), ("क\u{94d}ष", 2), ("한국", 4), ("ｱｲ", 2), ("Ａ", 2), ("🇩🇪", 2), ("❤️", 2),
        ] {
            #expect(Wrapping.columns(of: text) == columns, "\(text)")
        }
        #expect(Wrapping.beginning(of: "日本語", width: 6) == "日本語")
        #expect(Wrapping.beginning(of: "日本語", width: 5) == "日本…")
        #expect(Wrapping.beginning(of: "日本語", width: 4) == "日…")
    }

    @Test func barsAreInProportion() {
        let lines = BarChart.lines(
            [1, 2, 4].map { BarChart.Row(label: "x", number: $0) }, heading: ("a", "b"), columns: 28, style: .ascii)
        #expect(lines.dropFirst().map { $0.count { $0 == "#" } } == [5, 11, 21])
        let coloured = BarChart.lines(
            Self.rows, heading: ("bucket", "count"), columns: 60, style: .blocks(colour: true))
        #expect(coloured[3].hasSuffix("\u{1b}[0m"))
    }
}
