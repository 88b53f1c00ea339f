import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// An old owner that wakes after its work was taken over: what it writes is refused, whatever it is.
///
/// Each new owner waits until the old one has tried: nothing but the claim's token tells them apart then.
@Suite struct StaleOwnerTests {
    static let values = WholeWalkTests.values

    @Test(
        arguments: ReplicaKind.allCases,
        ["plan shards", "bind reports", "commit step 0 of a shard", "commit a step of a shard", "release a result"])
    func aLeaderThatWakesLate(on kind: ReplicaKind, _ write: String) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let replicas = try await simulation.replicate(on: kind, leaders: ["l1"])
        try await simulation.upload(Self.values)
        let old = Gate(write, of: try replicas.leader("l1").store)
        let first = try simulation.level3()
        let walk = WalkID.random()
        let collector = Task { try await stepsOf(simulation, walk, first) }
        try await old.arrivals()
        try await replicas.startLeader("l2")
        let new = Gate(write, of: try replicas.leader("l2").store)
        try replicas.leaderDisk.expire(try replicas.leader("l1").store.replica.id)
        try await new.arrivals()
        old.open()
        try await old.refused()
        #expect(old.refusals.withLock { $0 } == ["ClaimLost"])
        new.open()
        let counts = try await collector.value
        #expect(counts == [6, 9])
        try await replicas.stop()
    }

    @Test(arguments: ReplicaKind.allCases) func aFailureThatComesLate(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let replicas = try await simulation.replicate(on: kind, leaders: ["l1"])
        try await simulation.upload(Self.values)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in call == .create ? .refuse(.invalidMessage) : .none }
        }
        let old = Gate("collection failed", of: try replicas.leader("l1").store)
        let first = try simulation.level3()
        let walk = WalkID.random()
        let collector = Task { try await stepsOf(simulation, walk, first) }
        try await old.arrivals()
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try await replicas.startLeader("l2")
        let new = Gate("commit step 0 of a shard", of: try replicas.leader("l2").store)
        try replicas.leaderDisk.expire(try replicas.leader("l1").store.replica.id)
        try await new.arrivals()
        old.open()
        try await old.refused()
        #expect(old.refusals.withLock { $0 } == ["ClaimLost"])
        new.open()
        #expect(try await collector.value == [6, 9])
        try await replicas.stop()
    }

    @Test(
        arguments: ReplicaKind.allCases,
        ["shard opened", "commit step 0 of a shard", "record a step", "commit a step of a shard"])
    func aHelperThatWakesLate(on kind: ReplicaKind, _ write: String) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let replicas = try await simulation.replicate(on: kind, helpers: ["h1"])
        try await simulation.upload(Self.values)
        let h1 = try replicas.helper("h1")
        let old = Gate(write, of: h1.store)
        let first = try simulation.level3()
        let walk = WalkID.random()
        let collector = Task { try await stepsOf(simulation, walk, first) }
        try await old.arrivals()
        let h2 = try await replicas.startHelper("h2")
        let new = Gate(write, of: h2.store)
        try replicas.helperDisk.expire(h1.store.replica.id)
        // The Leader waits for the old one: the same message once more, as it would come after a time-out.
        let sent = try #require(simulation.peer.sent.withLock { $0.last })
        let again = Task {
            switch sent.call {
            case .create: try await h2.aggregator.createAggregationJob(body: sent.body)
            case .post(let mediaType):
                try await h2.aggregator.postAggregationJob(
                    id: sent.job ?? .random(), mediaType: mediaType, body: sent.body)
            default: throw Simulation.TimedOut()
            }
        }
        try await new.arrivals()
        old.open()
        try await old.refused()
        #expect(old.refusals.withLock { $0 } == ["ClaimLost"])
        new.open()
        _ = try await again.value
        #expect(try await collector.value == [6, 9])
        try await replicas.stop()
    }

    /// Three steps, down to two whole strings.
    private func stepsOf(
        _ simulation: Simulation, _ walk: WalkID, _ first: Poplar1AggregationParameter
    ) async throws -> [Int] {
        _ = try await simulation.collect(walk, 0, first)
        _ = try await simulation.collect(walk, 1, try simulation.level7(0x1234, 0xABCD))
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
        return try await simulation.collect(walk, 2, leaf).counts
    }

    /// Two processes drive one step, each with verdicts within the bound; together they are beyond it (rule 3).
    @Test func lateRejectionsOfSeveralOwnersAreOneSum() async throws {
        var bounds = TestTask.Bounds()
        // Two of twenty.
        bounds.maxLateRejectionsPPM = 100_000
        let simulation = try Simulation(try TestTask(bounds: bounds), shardReports: 10)
        let replicas = try await simulation.replicate()
        // Two late ones in each of two shards.
        for _ in 0..<2 {
            try await simulation.upload([Int](repeating: 0x1234, count: 8))
            try await simulation.upload(
                try (0..<2).map { _ in
                    try simulation.factory.report(0x1234) { share, _ in share.inner[7].authenticator += .one }
                })
        }
        let walk = WalkID.random()
        let first = try simulation.level3()
        #expect(try await simulation.collect(walk, 0, first).reportCount == 20)
        let shards = try await replicas.leader("l1").store.read("test") { try $0.shards(walk) }
        #expect(shards.map(\.count) == [10, 10])
        let late = await problem { _ = try await simulation.collect(walk, 1, try simulation.level7(0x1234)) }
        #expect(late == .lateRejectionsExceeded)
        for store in [try replicas.leader("l1").store, try replicas.helper("h1").store] {
            // The Helper hears of it afterwards.
            try await eventually { try await store.read("test") { try $0.walk(walk)?.end } != nil }
            #expect(try await store.read("test") { try $0.walk(walk)?.end } != .completed)
        }
        try await replicas.stop()
    }
}
