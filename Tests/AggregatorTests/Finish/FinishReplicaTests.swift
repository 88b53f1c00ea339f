import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Requests that finish a step where several processes of the Helper have its shards: whoever is asked passes each verdict to the
/// process that has the shard, and then seals.
@Suite struct FinishReplicaTests {
    private struct Held {
        let simulation: Simulation
        let replicas: Replicas
        let walk: WalkID
        let parameter: Poplar1AggregationParameter
        let request: WalkFinishReq

        func finish(at name: String) async throws -> AggregateShareAnswer {
            try await replicas.helper(name).aggregator.createAggregateShare(
                mediaType: .walkFinishReq, body: request.encoded())
        }

        func committed() async throws -> Int {
            let (walk, store) = (walk, try replicas.helper("h1").store)
            return try await store.read("test") { try $0.shards(walk).count { $0.committedSteps == 2 } }
        }

        /// Has the Leader go on with any Helper, and gives what the Collector gets.
        func counts() async throws -> Int {
            let helper = try HelperBalancer(replicas)
            simulation.peer.helper.withLock { $0 = helper }
            simulation.peer.set { $0 = FaultyPeer.Hooks() }
            try await replicas.startLeader("l2")
            return try await simulation.collect(walk, 1, parameter).counts.reduce(0, +)
        }
    }

    /// Two shards, each of another Helper; the Leader has sent the request in vain, and is gone.
    private func held(on kind: ReplicaKind) async throws -> Held {
        let simulation = try Simulation(try TestTask(bounds: .finishing), shardReports: 10)
        simulation.settings.shardsInFlight = 1
        let replicas = try await simulation.replicate(on: kind, leaders: ["l1"])
        let turn = Atomic(0)
        let name = Mutex("h1")
        // Step 0's first message to a shard is what claims it.
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                if call == .create {
                    let next = turn.add(1, ordering: .relaxed).newValue
                    name.withLock { $0 = next % 2 == 1 ? "h1" : "h2" }
                }
                return .none
            }
        }
        let helper = try HelperBalancer(replicas) { try $0.helper(name.withLock { $0 }).aggregator }
        simulation.peer.helper.withLock { $0 = helper }
        try await simulation.upload(HelperRulesTests.values)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let parameter = try simulation.level7(0xABCD, 0x1234)
        let request = try await HeldStep.finish(of: simulation) {
            _ = try await replicas.leader("l1").aggregator.createCollectionJob(
                body: simulation.request(walk, 1, parameter).encoded())
        }
        try await replicas.killLeader("l1")
        return Held(simulation: simulation, replicas: replicas, walk: walk, parameter: parameter, request: request)
    }

    private func owners(_ held: Held) async throws -> Set<ReplicaID> {
        let walk = held.walk
        return try await held.replicas.helper("h1").store.read("test") { transaction in
            Set(
                try transaction.shards(walk).compactMap { job in
                    try job.jobID.flatMap { try transaction.owner(of: .job($0))?.replica }
                })
        }
    }

    @Test(arguments: ReplicaKind.allCases, ["h1", "h2"])
    func verdictsAreTheirOwners(on kind: ReplicaKind, _ name: String) async throws {
        let held = try await held(on: kind)
        #expect(held.request.verdicts.count == 2)
        #expect(try await owners(held).count == 2, "one process has both shards")
        let before = try held.replicas.helper(name).aggregator.moved.numbers.passedOn
        let answer = try await held.finish(at: name)
        let moved = try held.replicas.helper(name).aggregator.moved.numbers
        #expect(moved.passedOn == before + 1 && moved.takenOver == 0)
        #expect(try await owners(held).count == 2)
        for other in ["h1", "h2"] { #expect(try await held.finish(at: other) == answer) }
        #expect(try await held.counts() == 20)
        try await held.replicas.stop()
    }

    /// Both are asked at the same time: each passes on to the other, and neither waits for itself.
    @Test(arguments: ReplicaKind.allCases) func bothAtOnce(on kind: ReplicaKind) async throws {
        let held = try await held(on: kind)
        async let first = held.finish(at: "h1")
        async let second = held.finish(at: "h2")
        let answers = (try await first, try await second)
        #expect(answers.0 == answers.1)
        #expect(try await held.counts() == 20)
        try await held.replicas.stop()
    }

    /// A shard's process dies: who is asked takes the shard over.
    @Test(arguments: ReplicaKind.allCases) func anOwnerIsGone(on kind: ReplicaKind) async throws {
        let held = try await held(on: kind)
        try await held.replicas.killHelper("h2")
        _ = try await held.finish(at: "h1")
        #expect(try held.replicas.helper("h1").aggregator.moved.numbers.takenOver == 1)
        #expect(try await held.counts() == 20)
        try await held.replicas.stop()
    }

    /// A process that stands still at its commit loses the shard; its commit comes too late, and is refused.
    @Test(arguments: ReplicaKind.allCases) func aStaleOwner(on kind: ReplicaKind) async throws {
        let held = try await held(on: kind)
        let stale = try held.replicas.helper("h2").store
        let gate = Gate("commit a step of a shard", of: stale)
        let asked = Task { try await held.finish(at: "h1") }
        try await gate.arrivals()
        try await eventually { try await held.committed() == 1 }
        try held.replicas.helperDisk.expire(stale.replica.id)
        // The verdict by itself goes to whoever takes the shard over, while the request still waits for the old owner.
        let walk = held.walk
        let late = try await stale.read("test") { try $0.shards(walk).first { $0.committedSteps == 1 }?.jobID }
        let verdict = try #require(held.request.verdicts.first { $0.jobID == late })
        _ = try await held.replicas.helper("h1").aggregator.postAggregationJob(
            id: verdict.jobID, mediaType: .walkVerdictReq, body: verdict.request)
        #expect(try await held.committed() == 2)
        gate.open()
        try await gate.refused()
        #expect(gate.refusals.withLock { $0 } == ["ClaimLost"])
        await #expect(throws: AggregatorError.self) { _ = try await asked.value }
        let answer = try await held.finish(at: "h1")
        #expect(try await held.finish(at: "h1") == answer)
        #expect(try await held.counts() == 20)
        try await held.replicas.stop()
    }

    /// Two Leaders have the shards: one finishes the step, and the other sends its own verdicts before.
    @Test(arguments: ReplicaKind.allCases) func severalLeaders(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(bounds: .finishing), shardReports: 2)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(WholeWalkTests.values)
        #expect(try await simulation.walk(WholeWalkTests.values, threshold: 5) == RestartTests.found)
        try await replicas.stop()
    }
}
