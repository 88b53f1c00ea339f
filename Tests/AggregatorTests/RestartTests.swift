import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Lost, repeated and late messages, and restarts in the middle of a step: the result is the same.
@Suite struct RestartTests {
    static let values = WholeWalkTests.values
    static let found = [0xABCD: 9, 0x1234: 6, 0xABCE: 5]

    static let calls: [FaultyPeer.Call] = [
        .create, .post(.aggregationJobContinueReq), .post(.walkEvaluateReq), .post(.walkVerdictReq), .share, .finish,
    ]

    @Test(arguments: [TestTask.Bounds(), .finishing]) func betweenSteps(_ bounds: TestTask.Bounds) async throws {
        let simulation = try Simulation(try TestTask(bounds: bounds))
        try await simulation.upload(Self.values)
        let found = try await simulation.walk(
            Self.values, threshold: 5,
            beforeStep: { _ in
                try await simulation.restartLeader()
                try simulation.stopHelper()
                try simulation.startHelper()
            })
        #expect(found == Self.found)
    }

    @Test(arguments: [TestTask.Bounds(), .finishing])
    func everyMessageIsLostOnce(_ bounds: TestTask.Bounds) async throws {
        let simulation = try Simulation(try TestTask(bounds: bounds))
        try await simulation.upload(Self.values)
        let counter = SeenBefore()
        simulation.peer.set { hooks in
            hooks.onRequest = { _, body in
                switch counter.next(body) {
                case 0: .loseRequest
                case 1: .loseAnswer
                default: .duplicate
                }
            }
        }
        #expect(try await simulation.walk(Self.values, threshold: 5) == Self.found)
    }

    @Test(arguments: calls) func leaderKilledWhileAsking(_ call: FaultyPeer.Call) async throws {
        for helperActs in [false, true] {
            try await interrupted(at: call, helperActs: helperActs) { simulation in
                try await simulation.stopLeader()
                simulation.peer.set { $0 = FaultyPeer.Hooks() }
                try simulation.startLeader()
            }
        }
    }

    @Test(arguments: calls) func helperKilledWhileAsked(_ call: FaultyPeer.Call) async throws {
        for helperActs in [false, true] {
            try await interrupted(at: call, helperActs: helperActs) { simulation in
                try simulation.stopHelper()
                simulation.peer.set { $0 = FaultyPeer.Hooks() }
                try await Task.sleep(for: .milliseconds(30))
                try simulation.startHelper()
            }
        }
    }

    /// The Helper has released the last share, and its walk is over: a Leader that never got it repeats what it said last.
    @Test(arguments: [FaultyPeer.Call.share, .finish])
    func leaderKilledBeforeItHasTheLastShare(_ call: FaultyPeer.Call) async throws {
        let simulation = try Simulation(try TestTask(bounds: call.bounds))
        try await simulation.upload(Self.values)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { asked, _ in
                guard asked == call else { return .none }
                stuck.continuation.yield()
                return .loseAnswer
            }
        }
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
        let request = simulation.request(walk, 1, leaf)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        // At the second the first was answered.
        var times = 0
        for await _ in stuck.stream {
            times += 1
            if times == 2 { break }
        }
        try await simulation.stopLeader()
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try simulation.startLeader()
        #expect(try simulation.open(try await simulation.ready(id), request, leaf).counts == [6, 9])
    }

    @Test func leaderKilledWhenAShardWasEmptied() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 3)
        try await simulation.upload([Int](repeating: 0x1234, count: 6))
        try await simulation.upload(
            try (0..<3).map { _ in try simulation.factory.report(0x1234, truncating: [.helper]) })
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { asked, _ in
                guard asked == .share else { return .none }
                stuck.continuation.yield()
                return .loseRequest
            }
        }
        let level3 = try simulation.level3()
        let request = simulation.request(.random(), 0, level3)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        try await simulation.stopLeader()
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try simulation.startLeader()
        let counts = try simulation.open(try await simulation.ready(id), request, level3).counts
        #expect(counts.reduce(0, +) == 6)
    }

    /// Walks; at the first call of a kind nothing comes back any more, until `recover` has run.
    private func interrupted(
        at call: FaultyPeer.Call, helperActs: Bool, recover: @escaping (Simulation) async throws -> Void
    ) async throws {
        let simulation = try Simulation(try TestTask(bounds: call.bounds))
        try await simulation.upload(Self.values)
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { asked, _ in
                guard asked == call else { return .none }
                stuck.continuation.yield()
                return helperActs ? .loseAnswer : .loseRequest
            }
        }
        let walk = WalkID.random()
        let (first, second) = (try simulation.level3(), try simulation.level7(0x1234, 0xABCD))
        let isLater = call.isOfLaterSteps
        if isLater { _ = try await simulation.collect(walk, 0, first) }
        let request = simulation.request(walk, isLater ? 1 : 0, isLater ? second : first)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        try await recover(simulation)
        let answer = try simulation.open(try await simulation.ready(id), request, isLater ? second : first)
        let expected = (isLater ? second : first).prefixes.map { prefix in
            Self.values.count { simulation.factory.path($0).ancestor(level: prefix.level) == prefix }
        }
        #expect(answer.counts == expected)
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
        #expect(try await simulation.collect(walk, isLater ? 2 : 1, leaf).counts == [6, 9])
    }
}

extension FaultyPeer.Call {
    /// Whether step 0 has no such call.
    var isOfLaterSteps: Bool { [.post(.walkEvaluateReq), .post(.walkVerdictReq), .finish].contains(self) }

    /// Of a task whose Leader makes such a call.
    var bounds: TestTask.Bounds { self == .finish ? .finishing : TestTask.Bounds() }
}

/// Counts how often the same bytes were seen.
final class SeenBefore: Sendable {
    private let seen = Mutex<[[UInt8]: Int]>([:])

    func next(_ body: [UInt8]) -> Int {
        seen.withLock { seen in
            defer { seen[body, default: 0] += 1 }
            return seen[body, default: 0]
        }
    }
}
