import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes
import PopulusStringCodec
import ResultText
import Testing

/// What a result with noise says of itself: intervals, the promise, and the strings that a task cannot encode.
@Suite struct NoisyResultTests {
    private static let noise = NoiseFacts(
        guarantee: PrivacyGuarantee(epsilon: 1.99, delta: 1e-8), sigma: 31.6, halfWidth: 87)

    // MARK: Intervals

    @Test func anIntervalIsTheCountWithHalfItsWidthUpAndDownAndNeverBelowZero() {
        let rows: [(count: Int128, low: UInt128, high: UInt128)] = [
            (300, 213, 387), (87, 0, 174), (86, 0, 173), (0, 0, 87), (-20, 0, 67), (-87, 0, 0), (-1_000, 0, 0),
            (.max, UInt128(Int128.max) - 87, UInt128(Int128.max)), (.min, 0, 0),
        ]
        for row in rows {
            let interval = Self.noise.interval(of: row.count)
            #expect(interval.low == row.low && interval.high == row.high, "\(row)")
        }
    }

    @Test func theHalfWidthIsTheLeastThatHoldsNinetyFiveOfHundred() throws {
        for epsilon in [0.5, 2, 8] {
            let gaussian = try #require(WalkGaussianNoise(epsilon: epsilon, inverseDelta: 100_000_000, steps: 64))
            let walk = try DiscoveryTask.sample(minThreshold: 5, margin: 3, noise: .discreteGaussian(gaussian)).walk
            let facts = try #require(NoiseFacts(walk))
            let mass = NoiseMass(gaussian: gaussian.leaf)
            #expect(mass.probability(within: facts.halfWidth) >= 0.95)
            #expect(mass.probability(within: facts.halfWidth - 1) < 0.95)
            #expect(facts.sigma == gaussian.leaf.sigma && abs(facts.deviation / gaussian.leafDeviation - 1) < 1e-12)
            #expect(facts.guarantee == walk.guarantee)
        }
        #expect(NoiseFacts(try DiscoveryTask.sample().walk) == nil)
    }

    @Test func csvFilesHaveIntervalsOnlyWhereThereIsNoise() {
        let strings = [("a", 300), ("b", 20), ("c", -4)].map { PopularString(value: Array($0.0.utf8), count: $0.1) }
        #expect(
            String(decoding: CSVWriter().file(of: strings, total: 250, noise: Self.noise), as: UTF8.self)
                == "value,count,fraction,low,high\r\na,300,1.000000,213,387\r\nb,20,0.080000,0,107\r\n"
                + "c,0,0.000000,0,83\r\n")
        #expect(
            String(decoding: CSVWriter().file(of: [], total: 0, noise: Self.noise), as: UTF8.self)
                == "value,count,fraction,low,high\r\n")
        #expect(String(decoding: CSVWriter().file(of: [], total: 0), as: UTF8.self) == "value,count,fraction\r\n")
    }

    // MARK: Records

    private static func record(
        other: Int64?, margin: UInt64 = 0, noise: NoiseFacts? = nil
    ) -> WalkRecord {
        WalkRecord(
            facts: ResultFacts(
                version: "1", task: .random(), vdaf: "poplar1", batchMode: .leaderSelected, asked: nil, interval: nil,
                began: 700, ended: 800, reports: 1_000),
            walk: .random(), threshold: "393", margin: margin, noise: noise, levels: [3, 63],
            result: DiscoveryResult(
                strings: [PopularString(value: Array("a".utf8), count: 300)], other: other, reports: 1_000,
                acceptedAtStart: 1_000, votes: 393, unfinished: 0, steps: 2, seconds: 1))
    }

    /// What an earlier version kept says neither how much noise there is nor how far below the threshold strings are listed.
    @Test func theTaskCompletesARecordOfAnEarlierVersion() throws {
        let gaussian = try #require(WalkGaussianNoise(epsilon: 2, inverseDelta: 100_000_000, steps: 64))
        let walk = try DiscoveryTask.sample(minThreshold: 5, margin: 3, noise: .discreteGaussian(gaussian)).walk
        var record = Self.record(other: nil)
        record.complete(by: walk)
        #expect(record.noise == NoiseFacts(walk) && record.margin == walk.thresholdMargin && record.margin > 0)
        var known = Self.record(other: nil, margin: 123, noise: Self.noise)
        known.complete(by: walk)
        #expect(known.margin == 123 && known.noise == Self.noise)
        var exact = Self.record(other: nil)
        exact.complete(by: try DiscoveryTask.sample().walk)
        #expect(exact.noise == nil && exact.margin == 0)
    }

    @Test func aRecordSaysWhatTheNoisePromises() throws {
        let record = Self.record(other: 280, margin: 123, noise: Self.noise)
        let members =
            #""votes":393,"margin":123,"guarantee":{"epsilon":1.99,"delta":1e-08},"noise":{"sigma":31.6,"#
            + #""standard_deviation":44.6"#
        #expect(record.json.contains(members) && record.sidecar(csv: "a.csv").contains(members))
        let other = #""strings":1,"other":{"count":280,"low":193,"high":367}"#
        #expect(record.json.contains(other + #","result":[{"value":"a","count":300,"fraction":0.300000,"#))
        #expect(record.json.contains(#""fraction":0.300000,"low":213,"high":387}]}"#))
        #expect(record.sidecar(csv: "a.csv").contains(other + #","csv":"a.csv"}"#))
        #expect(try JSONSerialization.jsonObject(with: Data(record.json.utf8)) is [String: Any])
        let read = try #require(WalkRecord(json: Array(record.json.utf8)))
        #expect(read == record && read.json == record.json)
    }

    @Test func anExactRecordSaysNothingOfNoise() throws {
        let record = Self.record(other: 280)
        for word in ["guarantee", "noise", "margin", "low", "high"] {
            #expect(!record.json.contains("\"\(word)\""), "\(word)")
        }
        #expect(record.json.contains(#""other":{"count":280}"#))
        #expect(try #require(WalkRecord(json: Array(record.json.utf8))) == record)
        #expect(!Self.record(other: nil).json.contains("other"))
    }

    // MARK: The reserved word

    /// At the leaf the word has a count, which is none of a string.
    @Test func theStringsThatATaskCannotEncodeAreShownApart() async throws {
        let task = try DiscoveryTask.sample()
        let strings = Array(repeating: Array("abc".utf8), count: 20)
        let path = FileManager.default.temporaryDirectory.path + "/other-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (threshold, isShown) in [("10", true), ("31", false)] {
            let leader = FakeLeader(
                try PlaintextOracle(strings: strings, other: 30, bits: task.bits, encoding: task.encoding), task)
            let discovery = Discovery(task: task, jobs: leader, statePath: path) { _ in }
            let record = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: threshold)))
            #expect(record.result.other == (isShown ? 30 : nil) && record.result.reports == 50)
            #expect(record.result.strings == leader.oracle.popular(isShown ? 10 : 31))
            let csv = CSVWriter().file(of: record.result.strings, total: record.result.reports)
            #expect(String(decoding: csv, as: UTF8.self).split(separator: "\r\n").count == (isShown ? 2 : 1))
        }
    }

    // MARK: The promise in words

    @Test func epsilonIsRoundedUpToThreeDigits() {
        let rows: [(Double, String)] = [
            (2, "2"), (1.999_999, "2"), (2.000_000_000_000_000_4, "2"), (2.001, "2.01"), (0.688_002_455, "0.689"),
            (0.688, "0.688"), (9.991, "10"), (99.95, "100"), (123.4, "124"), (0.000_123_45, "0.000124"),
            (1, "1"), (0, "0"), (.infinity, "infinity"),
        ]
        for (epsilon, text) in rows { #expect(PrivacyWords.epsilon(epsilon) == text, "\(epsilon)") }
    }

    @Test func deltaIsAShortNumberOrAFraction() {
        let rows: [(Double, String)] = [
            (1e8, "1e-8"), (1e9, "1e-9"), (4e6, "2.5e-7"), (2, "5e-1"), (123, "1/123"), (3e7, "1/30000000"),
        ]
        for (inverse, text) in rows { #expect(PrivacyWords.delta(1 / inverse) == text, "\(inverse)") }
        #expect(PrivacyWords.delta(0) == "0")
    }

    @Test func aWalksPromiseIsOneSentence() throws {
        let noise = try #require(WalkGaussianNoise(epsilon: 2, inverseDelta: 100_000_000, steps: 64))
        let walk = try DiscoveryTask.sample(
            minThreshold: 200, margin: 150, maxSteps: 64, noise: .discreteGaussian(noise)
        ).walk
        let words = PrivacyWords(walk)
        #expect(
            words.sentence
                == "Whatever the Collector, one aggregator and all other clients do together, what a whole walk releases is "
                + "(2, 1e-8)-differentially private for each report, under replacement of its string, as long as the "
                + "other aggregator is honest.")
        #expect(words.facts.first { $0.name == "sigma" }?.value == "31.6")
        #expect(words.facts.first { $0.name == "standard deviation of a count" }?.value == "44.7")
        #expect(
            words.facts.first { $0.name == "least sensible threshold" }?.value == "\(walk.leastThreshold) votes")
        // Of a task of an earlier version: 2 / scale a step, and the deviation of two such samples.
        let laplace = PrivacyWords(
            try DiscoveryTask.sample(noise: .discreteLaplace(scaleNumerator: 128, scaleDenominator: 1)).walk)
        #expect(laplace.sentence.contains("(1, 0)-differentially private"))
        #expect(laplace.line.hasPrefix("noise: discrete Laplace, scale 128, standard deviation of a count 256, "))
        let exact = PrivacyWords(try DiscoveryTask.sample().walk)
        #expect(exact.sentence.hasPrefix("Counts are exact: ") && exact.facts.isEmpty && exact.line.isEmpty)
    }

    @Test func aBatchsPromiseIsOneSentence() throws {
        let noise = try #require(BatchNoise(epsilon: 1, inverseDelta: 100_000_000, vdaf: .prio3Count))
        let words = PrivacyWords(noise, vdaf: .prio3Count)
        #expect(words.sentence.contains("what is released of a batch is (1, 1e-8)-differentially private"))
        #expect(words.sentence.contains("under replacement of its measurement, "))
        #expect(words.line.hasPrefix("noise: discrete Gaussian, sigma 5.39, standard deviation of a count 7.62"))
        let sum = VdafConfiguration.prio3Sum(maxMeasurement: 100)
        let sums = PrivacyWords(BatchNoise(epsilon: 2, inverseDelta: 100_000_000, vdaf: sum), vdaf: sum)
        #expect(sums.line.contains(", standard deviation of a sum 39"), "\(sums.line)")
        #expect(PrivacyWords(noise, vdaf: .poplar1(bits: 64)).sentence.contains("of its string, "))
        #expect(PrivacyWords(nil, vdaf: .prio3Count).sentence.hasPrefix("Results are exact: "))
    }
}
