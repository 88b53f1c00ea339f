import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What an operator sees of a task's work, and when.
@Suite struct FiguresTests {
    private static let honest = RejectionTests.honest

    /// While a walk goes on nothing tells how many candidates it has, or how many of somebody's reports failed at one.
    @Test func ofAWalkOnceItHasEnded() async throws {
        let simulation = try Simulation(try RejectionTests.task())
        try await simulation.upload(Self.honest)
        try await simulation.upload(try RejectionTests.forged(simulation.factory))
        let (leader, helper) = (simulation.leader, simulation.helper)
        var steps: UInt64 = 0
        try await simulation.walk(
            Self.honest, threshold: 5, alsoAtLevel: RejectionTests.counted,
            beforeStep: { step in
                steps += 1
                for figures in [try await leader.figures(), try await helper.figures()] {
                    let numbers = try #require(figures.meter)
                    #expect(numbers.candidates.count == 0 && numbers.reports.count == 0 && numbers.rejected.isEmpty)
                    #expect(!figures.turnedAway.contains { $0.point.isVerification })
                    // That there is one is no secret.
                    #expect(figures.jobs[Self.walk("answered")] == (step == 0 ? nil : 1), "\(figures.jobs)")
                }
            })
        let seen = try await Self.figures(of: leader, steps: steps)
        let mirrored = try await Self.figures(of: helper, steps: steps)
        let numbers = try #require(seen.meter)
        #expect(steps > 2 && numbers.ended[.released] == steps && numbers.reports.count == steps)
        #expect(mirrored.meter?.candidates == numbers.candidates && mirrored.meter?.reports == numbers.reports)
        let rejected = numbers.rejected.map { ("\($0.key.party) \($0.key.reason)", $0.value) }
        let told = Dictionary(uniqueKeysWithValues: rejected)
        let expected = RejectionTests.told.map { ("\($0.party) \($0.reason)", $0.count) }
        #expect(told == Dictionary(uniqueKeysWithValues: expected))
        // Asked again, nothing is counted twice.
        #expect(try await leader.figures().meter?.rejected == numbers.rejected)
        #expect(seen.jobs.isEmpty && seen.oldest.isEmpty, "\(seen.jobs)")
    }

    private static func walk(_ state: String) -> TaskFigures.JobCount { .init(kind: .walk, state: state) }

    /// The figures once the last step is among them: whoever waits for it hears of it before it is counted.
    private static func figures(of aggregator: any AggregatorService, steps: UInt64) async throws -> TaskFigures {
        for _ in 0..<1000 {
            let figures = try await aggregator.figures()
            let isWhole = aggregator.task.role == .helper || figures.meter?.rejected.isEmpty == false
            if figures.meter?.candidates.count == steps, isWhole { return figures }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await aggregator.figures()
    }

    @Test func workAndKeysAreCounted() async throws {
        let simulation = try Simulation(try RejectionTests.task())
        try await simulation.upload(Self.honest)
        let before = try await simulation.leader.figures()
        #expect(before.meter?.accepted == UInt64(Self.honest.count))
        #expect(before.keyUse.values.reduce(0, +) == UInt64(Self.honest.count), "\(before.keyUse)")
        #expect(before.waiting?.count == UInt64(Self.honest.count))
        try await simulation.walk(Self.honest, threshold: 5)
        let after = try await simulation.leader.figures()
        let helper = try await simulation.helper.figures()
        #expect(helper.keyUse.values.reduce(0, +) == UInt64(Self.honest.count), "\(helper.keyUse)")
        #expect(after.meter?.collections[.firstStep]?.count == 1 && after.meter?.collections[.laterStep] != nil)
        // Each shard is created once, and has two messages at each later step.
        let shards = try #require(after.meter?.shards[.firstStep]?.count)
        #expect(shards > 0 && helper.meter?.shards[.firstStep]?.count == shards)
        let store = try #require(simulation.leader.storeMeter?.numbers)
        #expect(store[.write]?.durations.count ?? 0 > 4 && store[.upload]?.durations.count == 1)
    }

    /// A key that clients are not told of yet may have the ID of one that they are told of.
    @Test func keysOfOneIDAreOneFigure() async throws {
        let simulation = try Simulation(try RejectionTests.task())
        let receiver = simulation.leader.task.receiver
        let old = try #require(receiver.keyPairs.first)
        try receiver.replace(
            with: [HeldHpkeKey(.generate(id: old.config.id), isOffered: false), HeldHpkeKey(old, isOffered: true)])
        #expect(try await simulation.leader.figures().keys == [old.config.id: true])
    }

    /// A step that cannot go on has an age, and says which of its parts are done.
    @Test func whatWaitsHasAnAge() async throws {
        let simulation = try Simulation(try RejectionTests.task())
        try await simulation.upload(Self.honest)
        simulation.peer.set { hooks in hooks.onRequest = { _, _ in .loseRequest } }
        let parameter = try Poplar1AggregationParameter(
            level: 3, prefixes: Simulation.extensions(Prefix(), to: 3))
        let request = simulation.request(.random(), 0, parameter)
        _ = try await simulation.leader.createCollectionJob(body: request.encoded())
        simulation.clock.advance(seconds: 90)
        let figures = try await simulation.leader.figures()
        let status = try await simulation.leader.status()
        #expect(figures.jobs[.init(kind: .collection, state: "at_work")] == 1, "\(figures.jobs)")
        #expect(figures.jobs[Self.walk("at_work")] == 1)
        #expect(figures.oldest[.collection] ?? 0 >= 90 && figures.oldest[.walk] ?? 0 >= 90, "\(figures.oldest)")
        #expect(status.collection?.state == .working && status.walk?.isRunning == true)
        #expect(status.walk?.shardsDone == 0 && status.walk?.asked != nil, "\(status)")
        try await simulation.stopLeader()
    }
}

extension RejectionPoint {
    fileprivate var isVerification: Bool { if case .verification = self { true } else { false } }
}
