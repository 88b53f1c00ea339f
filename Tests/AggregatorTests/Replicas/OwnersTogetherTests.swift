import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Owners whose verdicts are each within a walk's bounds, and together beyond them: bounds are of sums over shards (rules 3
/// and 5), checked in the transaction that seals, whoever has committed what.
@Suite struct OwnersTogetherTests {
    /// Two of twenty reports may be rejected late.
    private func simulation() throws -> Simulation {
        var bounds = TestTask.Bounds()
        bounds.maxLateRejectionsPPM = 100_000
        let simulation = try Simulation(try TestTask(bounds: bounds), shardReports: 10)
        // Each process has one shard at a time, so that two have one each.
        simulation.settings.shardsInFlight = 1
        return simulation
    }

    /// Two shards of ten reports, and in each so many that are rejected at step 1.
    private func upload(_ late: Int, to simulation: Simulation) async throws {
        for _ in 0..<2 {
            try await simulation.upload([Int](repeating: 0x1234, count: 10 - late))
            guard late > 0 else { continue }
            try await simulation.upload(
                try (0..<late).map { _ in
                    try simulation.factory.report(0x1234) { share, _ in share.inner[7].authenticator += .one }
                })
        }
    }

    /// Step 0, with one shard each for two Leaders.
    private func stepZero(_ simulation: Simulation, _ replicas: Replicas, _ walk: WalkID) async throws {
        let gates = try ["l1", "l2"].map { Gate("commit step 0 of a shard", of: try replicas.leader($0).store) }
        let parameter = try simulation.level3()
        let collector = Task { try await simulation.collect(walk, 0, parameter).reportCount }
        for gate in gates { try await gate.arrivals() }
        for gate in gates { gate.open() }
        #expect(try await collector.value == 20)
    }

    private func committed(_ steps: UInt16, _ store: any TaskStore, _ walk: WalkID) async throws -> Int {
        try await store.read("test") { try $0.shards(walk).count { $0.committedSteps == steps } }
    }

    /// Nothing of a step was sealed, and the walk has ended.
    private func expectNothingIsSealed(_ store: any TaskStore, _ walk: WalkID) async throws {
        try await eventually { try await store.read("test") { try $0.walk(walk)?.end } != nil }
        let (end, step) = try await store.read("test") { (try $0.walk(walk)?.end, try $0.step(walk, 1)) }
        #expect(end != .completed)
        #expect(step?.reportCount == nil)
    }

    /// Two Leaders have a verdict each, and commit one after the other: as with one process nothing is released.
    @Test(arguments: ReplicaKind.allCases, [["l1", "l2"], ["l2", "l1"]])
    func twoLeaders(on kind: ReplicaKind, _ order: [String]) async throws {
        let simulation = try simulation()
        let replicas = try await simulation.replicate(on: kind)
        try await upload(2, to: simulation)
        let walk = WalkID.random()
        try await stepZero(simulation, replicas, walk)
        let gates = try order.map { Gate("commit a step of a shard", of: try replicas.leader($0).store) }
        let next = try simulation.level7(0x1234)
        let collector = Task { await problem { _ = try await simulation.collect(walk, 1, next) } }
        for gate in gates { try await gate.arrivals() }
        let store = try replicas.leader("l1").store
        for (place, gate) in gates.enumerated() {
            #expect(try await committed(2, store, walk) == place)
            gate.open()
            try await eventually { try await committed(2, store, walk) > place }
        }
        #expect(await collector.value == .lateRejectionsExceeded)
        for store in [store, try replicas.helper("h1").store] { try await expectNothingIsSealed(store, walk) }
        // The Helper was not asked for it.
        #expect(simulation.peer.sent.withLock { $0.count { $0.call == .share } } == 1)
        try await replicas.stop()
    }

    /// What a Leader has summed is another sum by the time that it is sealed.
    ///
    /// Red where the bounds are checked on what was read before the transaction: without the closure of `WalkLeader.finish`
    /// that looks at the shards once more, the answer goes out with 18 reports, of which 15 are left.
    @Test(arguments: ReplicaKind.allCases) func aLeadersSumThatChanges(on kind: ReplicaKind) async throws {
        let simulation = try simulation()
        let replicas = try await simulation.replicate(on: kind)
        try await upload(1, to: simulation)
        let walk = WalkID.random()
        try await stepZero(simulation, replicas, walk)
        let gates = try ["l1", "l2"].map { Gate("release a result", of: try replicas.leader($0).store) }
        let next = try simulation.level7(0x1234)
        let collector = Task { await problem { _ = try await simulation.collect(walk, 1, next) } }
        try await eventually { gates.contains { $0.hasArrivals } }
        try await replicas.leader("l2").store.write("test") { transaction in
            guard var shard = try transaction.shards(walk).last else { return }
            shard.count -= 3
            try transaction.updateJob(shard)
        }
        for gate in gates { gate.open() }
        #expect(await collector.value == .lateRejectionsExceeded)
        try await expectNothingIsSealed(try replicas.leader("l1").store, walk)
        try await replicas.stop()
    }

    // MARK: - Helpers

    /// Has each Helper have one shard of a walk: they are asked in turn.
    private func alternate(_ simulation: Simulation, _ replicas: Replicas) throws {
        let turns = Turns()
        let helper = try HelperBalancer(replicas) { try $0.helper(turns.next() % 2 == 0 ? "h1" : "h2").aggregator }
        simulation.peer.helper.withLock { $0 = helper }
    }

    /// Two Helpers commit a verdict each of a Leader that does not keep the bound: the share of the step is refused for good.
    @Test(arguments: ReplicaKind.allCases, [["h1", "h2"], ["h2", "h1"]])
    func twoHelpers(on kind: ReplicaKind, _ order: [String]) async throws {
        let simulation = try simulation()
        let replicas = try await simulation.replicate(on: kind)
        try alternate(simulation, replicas)
        try await upload(0, to: simulation)
        let walk = WalkID.random()
        try await stepZero(simulation, replicas, walk)
        let share = try #require(simulation.peer.sent.withLock { $0.last { $0.call == .share } }).body
        // Two reports fewer in each shard; and the Leader that notices does not come to say so.
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                if call == .post(.walkVerdictReq) { body[body.count - 2] ^= 0b11 }
                return call == .delete || call == .share ? .loseRequest : .none
            }
        }
        let gates = try order.map { Gate("commit a step of a shard", of: try replicas.helper($0).store) }
        let next = try simulation.level7(0x1234)
        let id = try await replicas.leader("l1").aggregator.createCollectionJob(
            body: simulation.request(walk, 1, next).encoded())
        for gate in gates { try await gate.arrivals() }
        let store = try replicas.helper("h1").store
        for (place, gate) in gates.enumerated() {
            #expect(try await committed(2, store, walk) == place)
            gate.open()
            try await eventually { try await committed(2, store, walk) > place }
        }
        let honest = try WalkAggregateShareReq(decoding: share).request
        let asked = WalkAggregateShareReq(
            request: AggregateShareReq(
                collectionJobReq: simulation.request(walk, 1, next), batchSelector: honest.batchSelector,
                reportCount: 16, checksum: honest.checksum),
            lateRejections: 4
        ).encoded()
        for (name, wanted) in zip(order, [ProblemType.lateRejectionsExceeded, .walkEnded]) {
            let refused = await problem {
                _ = try await replicas.helper(name).aggregator.createAggregateShare(
                    mediaType: .walkAggregateShareReq, body: asked)
            }
            #expect(refused == wanted)
        }
        try await expectNothingIsSealed(store, walk)
        try await replicas.leader("l2").aggregator.deleteCollectionJob(id: id)
        try await replicas.stop()
    }

    /// A share is asked of one Helper while another one takes a shard out of the walk.
    ///
    /// Red where the bounds are checked on what was read before the transaction: a `WalkShareRequest` that had the shards from
    /// before `admit` would seal the share of twenty reports, of which ten are left.
    @Test(arguments: ReplicaKind.allCases, [false, true])
    func aShareAndADeletion(on kind: ReplicaKind, isShareFirst: Bool) async throws {
        let simulation = try simulation()
        let replicas = try await simulation.replicate(on: kind)
        try await upload(0, to: simulation)
        let walk = WalkID.random()
        try await stepZero(simulation, replicas, walk)
        let stores = try ["h1", "h2"].map { try replicas.helper($0).store }
        let name = isShareFirst ? "delete aggregation job" : "admit an aggregate share"
        let gates = stores.map { Gate(name, of: $0) }
        let shard = try #require(try await stores[0].read("test") { try $0.shards(walk).last?.jobID })
        // By the Helper that has not got it: the other one goes on with its messages meanwhile.
        let owner = try await stores[0].read("test") { try $0.owner(of: .job(shard))?.replica }
        let deleting = stores[0].replica.id == owner ? "h2" : "h1"
        let next = try simulation.level7(0x1234)
        let leaf = try Poplar1AggregationParameter(level: 15, prefixes: [simulation.factory.path(0x1234)])
        if isShareFirst {
            let deletion = Task { try await replicas.helper(deleting).aggregator.deleteAggregationJob(id: shard) }
            try await eventually { gates.contains { $0.hasArrivals } }
            #expect(try await simulation.collect(walk, 1, next).reportCount == 20)
            for gate in gates { gate.open() }
            try await deletion.value
            // What is asked next is of a walk without the shard.
            #expect(await problem { _ = try await simulation.collect(walk, 2, leaf) } != nil)
        } else {
            let collector = Task { await problem { _ = try await simulation.collect(walk, 1, next) } }
            try await eventually { gates.contains { $0.hasArrivals } }
            try await replicas.helper(deleting).aggregator.deleteAggregationJob(id: shard)
            for gate in gates { gate.open() }
            #expect(await collector.value == .lateRejectionsExceeded)
            try await expectNothingIsSealed(stores[0], walk)
        }
        try await replicas.stop()
    }
}

/// Numbers one after the other.
private final class Turns: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
}
