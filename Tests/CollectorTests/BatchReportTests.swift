import Collector
import DAP
import Foundation
import StringCodec
import Testing
import VDAF

@Suite struct BatchReportTests {
    /// The answer of a Leader to whatever request.
    private func report(
        _ vdaf: VdafConfiguration, _ numbers: [UInt64], elementSize: Int, candidates: CandidateList? = nil
    ) async throws -> BatchReport {
        let task = try BatchTask.sample(vdaf)
        let request = task.configuration.collectionRequest(
            .leaderSelected, aggregationParameter: candidates?.aggregationParameter ?? [])
        let body = try await FakeBatchLeader(task, numbers: numbers, elementSize: elementSize, reports: 9)
            .body(of: request)
        let answer = try BatchAnswer(body: body, request: request, task: task)
        return try BatchReport(
            vdaf: vdaf, answer: answer, precision: task.configuration.timePrecision, candidates: candidates)
    }

    @Test func aNumberIsANumber() async throws {
        let report = try await report(.prio3Sum(maxMeasurement: 10), [77], elementSize: 8)
        #expect(
            report.json
                == #"{"vdaf":"prio3-sum","result":77,"report_count":9,"interval":{"start":420,"end":540}}"# + "\n")
        #expect(
            String(decoding: report.csv(), as: UTF8.self)
                == "index,result,report_count,interval_start,interval_end\r\n0,77,9,420,540\r\n")
    }

    @Test func candidatesStandInTheirOrder() async throws {
        let list = try CandidateList(
            lines: [(1, Array("＝a".utf8)), (2, Array("b,\"c".utf8))], kind: .strings, bits: 64,
            encoding: BytesEncoding())
        // On the wire `b` comes before the full-width sign.
        let report = try await report(
            .poplar1(bits: 64), [1, 3], elementSize: 32, candidates: list)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
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
            #expect(lines.allSatisfy { $0.count < max(columns, 33) }, "\(lines)")
            #expect(lines[1].count < lines[3].count && lines[1].last != "%")
            #expect(lines[2].hasSuffix("0.0%") && !lines.joined().contains("\u{1b}"))
        }
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
