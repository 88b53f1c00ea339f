import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// A Collector that knows strings by heart, against each aggregator on its own.
@Suite struct DictionaryAttackTests {
    /// 300 strings with one vote each.
    private static let values = (0..<300).map { $0 * 211 }

    /// The bounds that `task new` gave before there was one on bits a step.
    private static let bounds = TestTask.Bounds(
        minThreshold: 100, maxCandidates: 65_536, firstStepMaxLevel: 15, firstStepMaxCandidates: 65_536)

    private func begin() async throws -> (simulation: Simulation, walk: WalkID) {
        let simulation = try Simulation(try TestTask(minBatchSize: 100, bounds: Self.bounds), shardReports: 300)
        for start in stride(from: 0, to: 300, by: 100) {
            try await simulation.upload(Array(Self.values[start..<start + 100]))
        }
        let walk = WalkID.random()
        let question = try Poplar1AggregationParameter(level: 0, prefixes: Simulation.extensions(Prefix(), to: 0))
        let first = try await simulation.collect(walk, 0, question)
        #expect(first.counts.reduce(0, +) == 300)
        return (simulation, walk)
    }

    /// 10,000 guesses at the leaf, the 300 strings among them.
    private func guesses(_ simulation: Simulation) throws -> Poplar1AggregationParameter {
        let values = Set(Self.values).union((0..<10_000).map { $0 * 6 + 1 }).sorted().prefix(10_000)
        return try Poplar1AggregationParameter(level: 15, prefixes: values.map(simulation.factory.path))
    }

    private func domain(level: Int = 15) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(level: level, prefixes: Simulation.extensions(Prefix(), to: level))
    }

    @Test func theLeaderRefusesTheCollector() async throws {
        let (simulation, walk) = try await begin()
        let guesses = try guesses(simulation)
        #expect(await problem { try await simulation.create(walk, 1, guesses) } == .bitsPerStepExceeded)
        let domain = try domain()
        #expect(await problem { try await simulation.create(.random(), 0, domain) } == .firstStepBoundExceeded)
        // The walk is none the worse, and goes on within its bounds.
        let next = try Poplar1AggregationParameter(level: 4, prefixes: Simulation.extensions(Prefix(), to: 4))
        #expect(try await simulation.collect(walk, 1, next).counts.reduce(0, +) == 300)
    }

    /// The Helper alone, against a Leader that checks nothing.
    @Test func theHelperRefusesTheLeader() async throws {
        let (simulation, _) = try await begin()
        let rogue = RogueLeader(simulation: simulation)
        let guesses = try guesses(simulation)
        #expect(await problem { try await rogue.evaluate(guesses) } == .bitsPerStepExceeded)
        // At the last inner level, whose verifier shares have the size of those that the honest Leader sent.
        let domain = try domain(level: 14)
        let refused = await problem { _ = try await rogue.create(walk: .random(), batch: .random(), parameter: domain) }
        #expect(refused == .firstStepBoundExceeded)
    }
}
