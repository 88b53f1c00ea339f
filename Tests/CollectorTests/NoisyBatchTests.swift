import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import ResultText
import Testing

/// Batches whose numbers have noise: signed as they were counted, and with intervals.
@Suite struct NoisyBatchTests {
    private static func noise(_ vdaf: VdafConfiguration) throws -> BatchNoise {
        try #require(BatchNoise(epsilon: 1, inverseDelta: 100_000_000, vdaf: vdaf))
    }

    private static func answer(
        _ task: BatchTask, _ numbers: [Int64], elementSize: Int, candidates: CandidateList? = nil
    ) async throws -> BatchAnswer {
        let request = task.configuration.collectionRequest(
            .leaderSelected, aggregationParameter: candidates?.aggregationParameter ?? [])
        let body = try await FakeBatchLeader(task, numbers: numbers, elementSize: elementSize, reports: 9)
            .body(of: request)
        return try BatchAnswer(body: body, request: request, task: task)
    }

    /// Each scheme, with numbers that nine reports could not have.
    @Test(arguments: [
        (VdafConfiguration.prio3Count, [-5], 8), (.prio3Count, [40], 8), (.prio3Sum(maxMeasurement: 10), [-300], 8),
        (.prio3SumVec(length: 2, maxMeasurement: 3, chunkLength: 1), [-1, 99], 16),
        (.prio3Histogram(length: 3, chunkLength: 1), [-3, 20, 7], 16),
        (.prio3MultihotCountVec(length: 3, chunkLength: 1, maxWeight: 2), [12, -9, 0], 16),
    ])
    func numbersAreThoseNearestToZero(vdaf: VdafConfiguration, numbers: [Int64], elementSize: Int) async throws {
        let noise = try Self.noise(vdaf)
        let answer = try await Self.answer(.sample(vdaf, noise: noise), numbers, elementSize: elementSize)
        #expect(answer.result.numbers == numbers.map { Int128($0) } && answer.reports == 9)
        let isVector = if case .vector = answer.result { true } else { false }
        #expect(isVector == (elementSize == 16))
        // Without noise the very same answer is refused.
        let exact = try BatchTask.sample(vdaf)
        await #expect(throws: CollectorError.self) {
            try await Self.answer(exact, numbers, elementSize: elementSize)
        }
    }

    /// A share of another sum, or one that an aggregator made up, gives numbers from all of the field.
    @Test func numbersThatNoNoiseComesToAreRefused() async throws {
        let vdaf = VdafConfiguration.prio3Sum(maxMeasurement: 10)
        let noise = try Self.noise(vdaf)
        let task = try BatchTask.sample(vdaf, noise: noise)
        let reach = Int64(noise.reach)
        for number in [-reach, 90 + reach] as [Int64] {
            #expect(try await Self.answer(task, [number], elementSize: 8).result.numbers == [Int128(number)])
        }
        for number in [-reach - 1, 91 + reach, Int64.max / 2] as [Int64] {
            await #expect(throws: CollectorError.self, "\(number)") {
                try await Self.answer(task, [number], elementSize: 8)
            }
        }
    }

    private static func report(
        _ vdaf: VdafConfiguration, _ numbers: [Int64], elementSize: Int, candidates: CandidateList? = nil
    ) async throws -> BatchReport {
        let noise = try noise(vdaf)
        let task = try BatchTask.sample(vdaf, noise: noise)
        return try BatchReport(
            vdaf: vdaf, answer: try await answer(task, numbers, elementSize: elementSize, candidates: candidates),
            precision: task.configuration.timePrecision, candidates: candidates, noise: NoiseFacts(noise, vdaf))
    }

    private static func facts(_ report: BatchReport) -> ResultFacts {
        ResultFacts(
            version: "1", task: .random(), vdaf: report.vdaf.name, batchMode: .leaderSelected, asked: nil,
            interval: nil, began: 700, ended: 800, reports: report.answer.reports)
    }

    @Test func filesHaveTheNumbersAsTheyWereCountedAndTheirIntervals() async throws {
        let report = try await Self.report(
            .prio3Histogram(length: 3, chunkLength: 1), [-3, 200, 7], elementSize: 16)
        let half = try #require(report.noise?.halfWidth)
        #expect(half > 7 && half < 200 && report.shownNumbers == [0, 200, 7])
        #expect(
            report.json(Self.facts(report)).hasSuffix(
                ",\"result\":[-3,200,7],\"low\":[0,\(200 - half),0],\"high\":[\(half - 3),\(200 + half),\(half + 7)]}\n"
            ))
        #expect(report.sidecar(Self.facts(report), csv: "a.csv").contains(#""guarantee":{"epsilon":"#))
        #expect(
            String(decoding: report.csv(), as: UTF8.self)
                == "index,result,report_count,interval_start,interval_end,low,high\r\n"
                + "0,-3,9,420,540,0,\(half - 3)\r\n1,200,9,420,540,\(200 - half),\(200 + half)\r\n"
                + "2,7,9,420,540,0,\(half + 7)\r\n")
    }

    @Test func aNumberHasOneInterval() async throws {
        let report = try await Self.report(.prio3Sum(maxMeasurement: 10), [-4], elementSize: 8)
        let half = try #require(report.noise?.halfWidth)
        #expect(report.json(Self.facts(report)).hasSuffix(",\"result\":-4,\"low\":0,\"high\":\(half - 4)}\n"))
    }

    /// Votes for given strings, at the leaf and above it, in the order in which they were asked for.
    @Test(arguments: [(CandidateList.Kind.strings, 32), (.beginnings, 8)])
    func candidatesStandInTheirOrder(kind: CandidateList.Kind, elementSize: Int) async throws {
        let list = try CandidateList(
            lines: [(1, Array("b".utf8)), (2, Array("a".utf8))], kind: kind, bits: 64, encoding: BytesEncoding())
        let report = try await Self.report(
            .poplar1(bits: 64), [-11, 30], elementSize: elementSize, candidates: list)
        #expect(report.numbers == [30, -11])
        #expect(
            String(decoding: report.csv(), as: UTF8.self).hasPrefix(
                "candidate,result,report_count,interval_start,interval_end,low,high\r\nb,30,9,"))
    }
}
