import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes
import Results

/// Walks as a Collector has them, for tests.
package enum Sample {
    /// A task of strings.
    package static func task(
        _ id: TaskID = .random(), encoding: String = "bytes", bits: UInt16 = 256,
        leader: String = "https://leader.example/"
    ) throws -> KeptTask {
        KeptTask(
            id: id,
            configuration: try TaskConfiguration(
                taskInfo: Array("test;encoding=\(encoding)".utf8), leaderEndpoint: Array(leader.utf8),
                helperEndpoint: Array("https://helper.example/dap/".utf8), timePrecision: TimePrecision(seconds: 60),
                minBatchSize: 10, batchMode: .timeInterval, vdaf: .poplar1(bits: bits), extensions: []),
            encoding: encoding)
    }

    /// A discrete Gaussian with a sigma of 31.6 at each aggregator.
    package static let variance = NoiseVariance(numerator: 1000, denominator: 1)

    /// What a result says of it.
    package static let noise = variance.map { variance in
        NoiseFacts(
            guarantee: PrivacyGuarantee(epsilon: 2, delta: 1e-8), sigma: variance.sigma,
            halfWidth: NoiseMass(gaussian: variance).halfWidth())
    }

    /// The seconds of a day; walks of day *n* are over its reports and end an hour after it.
    package static let day: UInt64 = 86_400

    /// A finished walk.
    ///
    /// - Parameter day: counted from 1.
    package static func walk(
        _ task: KeptTask, day number: UInt64 = 1, walk: WalkID = .random(), _ strings: [PopularString],
        votes: UInt64 = 100, margin: UInt64 = 0, noise: NoiseFacts? = nil, reports: UInt64 = 100_000,
        late: UInt64 = 0, unfinished: Int = 0, beginnings: [[UInt8]] = [], other: Int64? = nil,
        threshold: String? = nil, ended: UInt64? = nil, rejections: [RejectedReports]? = nil
    ) -> WalkRecord {
        let asked = ResultFacts.Span(start: number * day, end: (number + 1) * day)
        let levels = [7, 63, 255]
        return WalkRecord(
            facts: ResultFacts(
                version: "1", task: task.id, vdaf: "poplar1", batchMode: .timeInterval, asked: asked, interval: asked,
                began: asked.end + 600, ended: ended ?? asked.end + 3600, reports: reports,
                rejections: rejections),
            walk: walk, threshold: threshold ?? "\(votes)", margin: margin, noise: noise, levels: levels,
            steps: levels.map {
                StepSummary(
                    level: $0, candidates: 2 * strings.count + 2, survivors: strings.count,
                    reports: $0 == 7 ? reports + late : reports, lateRejections: $0 == 7 ? 0 : late, seconds: 0.25)
            },
            result: DiscoveryResult(
                strings: strings.sorted(by: PopularString.precedes), other: other, reports: reports,
                acceptedAtStart: reports + late, votes: votes, unfinished: unfinished, beginnings: beginnings,
                steps: levels.count, seconds: 0.75))
    }

    /// A walk with many strings, the same whenever it is made: that of the process that is killed.
    package static func large(_ number: UInt64, of task: KeptTask, strings: Int) -> WalkRecord {
        walk(
            task, day: number + 1, walk: WalkID(words: SIMD2(number, 1)),
            (0..<strings).map { index in
                string(
                    "https://host-\(number).example/a/rather/long/path/to/make/pages/fill/\(index)",
                    100 + Int64(index % 7))
            }, reports: UInt64(strings) * 110)
    }

    package static func string(_ text: String, _ count: Int64) -> PopularString {
        PopularString(value: Array(text.utf8), count: count)
    }

    /// A task ID that every process has alike.
    package static let fixedTask = TaskID(bytes: Array(1...32 as ClosedRange<UInt8>)) ?? .random()
}
