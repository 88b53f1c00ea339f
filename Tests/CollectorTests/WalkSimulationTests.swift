import PopulusCollector
import PopulusStringCodec
import PopulusVDAF
import Testing
import WalkSimulation

/// Walks of the planner through plaintext counts with noise: a small share of what `walk-simulation` shows.
@Suite struct WalkSimulationTests {
    /// Strings of one to fourteen bytes, among them beginnings of others.
    private static let strings: [[UInt8]] = (0..<400).map { number in
        Array("\(number % 7 == 0 ? "a" : "b")\(number * number)\(String(repeating: "/", count: number % 9))".utf8)
    }

    private static func trial(maxSteps: Int) throws -> NoisyTrial {
        let encoding = BytesEncoding()
        let task = try #require(
            NoisyTask(epsilon: 2, inverseDelta: 100_000_000, bits: 128, encoding: encoding, maxSteps: maxSteps))
        return NoisyTrial(
            task: task, table: PathTable(strings, bits: 128, encoding: encoding),
            law: ZipfLaw(count: strings.count, exponent: 1.03), reports: 20_000, planted: 10, seed: 7)
    }

    /// The thresholds keep what they promise, at the default budget and with steps twice as long.
    @Test(arguments: [32, 16]) func thresholdsKeepTheirPromise(maxSteps: Int) throws {
        let trial = try Self.trial(maxSteps: maxSteps)
        let tally = trial.tally(walks: 0..<60)
        let seen: Comment = "seed \(trial.seed), \(tally)"
        #expect(tally.walks == 60 && tally.cutOff == 0, seen)
        #expect(tally.planted.all == 600 && 100 * tally.planted.listed >= 99 * 600, seen)
        #expect(tally.withNobodys <= 1, seen)
        #expect(tally.popular.all > 60 && tally.popular.missed == 0, seen)
        #expect(Double(tally.fewestVotesListed) >= tally.fewestVotesPermitted, seen)
        // Some two thousand candidates: three standard deviations are a point and a half.
        let coverage = Double(tally.leaf.covered) / Double(tally.leaf.all)
        #expect(tally.leaf.all > 1_000 && abs(coverage - tally.expectedCoverage) < 0.015, seen)
    }

    /// The figures can be worse than promised: a threshold that is too low lists what nobody holds.
    @Test func aLowerThresholdListsWhatNobodyHolds() throws {
        let trial = try Self.trial(maxSteps: 32)
        let batch = SimulatedBatch(trial.table, counts: [UInt64](repeating: 50, count: Self.strings.count))
        var bounds = trial.task.planner.bounds
        bounds.minThreshold = trial.task.planner.bounds.thresholdMargin + 60
        let planner = WalkPlanner(bits: 128, encoding: BytesEncoding(), bounds: bounds, bitsPerStep: .auto)
        var random = SeededGenerator(seed: 8)
        let walk = SimulatedWalk(
            planner, through: batch, threshold: bounds.minThreshold,
            noise: { Int64.random(in: -90...90, using: &random) })
        #expect(walk.leaf.contains { $0.isListed && $0.votes == 0 })
    }

    @Test func countsAreThoseOfThePlaintext() throws {
        var random = SeededGenerator(seed: 9)
        let law = ZipfLaw(count: Self.strings.count, exponent: 1.03)
        let counts = law.counts(of: 5_000, using: &random)
        #expect(counts.reduce(0, +) == 5_000 && counts[0] > 5 * counts[20])
        let encoding = BytesEncoding()
        let batch = SimulatedBatch(PathTable(Self.strings, bits: 128, encoding: encoding), counts: counts)
        let drawn = zip(Self.strings, counts).flatMap { Array(repeating: $0, count: Int($1)) }
        let oracle = try PlaintextOracle(strings: drawn, bits: 128, encoding: encoding)
        let planner = WalkPlanner(bits: 128, encoding: encoding, bounds: WalkPlannerTests.roomy, bitsPerStep: .auto)
        for length in [1, 6, 9, 16] {
            let question = WalkQuestion(level: length - 1, candidates: planner.extend([Prefix()], to: length))
            #expect(batch.counts(of: question.candidates) == oracle.answer(question))
        }
        let walk = SimulatedWalk(planner, through: batch, threshold: 3)
        let listed = walk.leaf.filter(\.isListed).map(\.votes)
        #expect(listed.sorted() == oracle.popular(3).map { UInt64($0.count) }.sorted())
    }

    /// What a seed draws, so that figures can be repeated.
    @Test func theSameSeedWalksTheSameWay() throws {
        let trial = try Self.trial(maxSteps: 32)
        let (one, two) = (trial.tally(walks: 3..<5), trial.tally(walks: 3..<5))
        #expect(one.leaf == two.leaf && one.candidates == two.candidates)
    }
}
