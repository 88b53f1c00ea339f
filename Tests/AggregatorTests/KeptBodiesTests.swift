import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Where segments are a cache both sides keep what they received of a walk's reports, and nothing of it once the walk has ended
/// (rule 8).
@Suite struct KeptBodiesTests {
    private static let values = [Int](repeating: 9, count: 12)

    /// How a walk ends.
    enum Ending: CaseIterable, Sendable {
        case completed, deleted, refused, expired
    }

    /// Two aggregators that both do their own work.
    private func begin(_ mode: BatchMode = .leaderSelected) async throws -> (Simulation, MemoryDisks, Task<Void, Never>)
    {
        var bounds = TestTask.Bounds()
        bounds.maxLateRejectionsPPM = 500_000
        let simulation = try Simulation(try TestTask(batchMode: mode, bounds: bounds), shardReports: 3)
        let disks = try MemoryDisks(simulation.folder, segmentsAreCache: true)
        try await disks.restart(simulation)
        return (simulation, disks, run(simulation.helper))
    }

    private func run(_ helper: Helper) -> Task<Void, Never> { Task { try? await helper.run() } }

    private func query(_ mode: BatchMode, _ simulation: Simulation) -> Query {
        guard mode == .timeInterval else { return .leaderSelected }
        let start = simulation.clock.now - 10
        return .timeInterval(Interval(start: Time(units: start), duration: TimeDuration(units: 20)))
    }

    private func parameter(_ simulation: Simulation, _ level: Int) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(level: level, prefixes: [simulation.factory.path(9).ancestor(level: level)])
    }

    /// How many bodies each side has.
    private func kept(_ simulation: Simulation) async throws -> [Int] {
        let leader = try await simulation.leaderStore.read("test") { try $0.countReports(in: 0..<UInt64.max) }
        return [leader, try await keptByShard(simulation).reduce(0, +)]
    }

    /// The Helper's, by shard.
    private func keptByShard(_ simulation: Simulation) async throws -> [Int] {
        try await simulation.helperStore.read("test") { transaction in
            try transaction.walks().flatMap { try transaction.shards($0.id) }
                .map { try transaction.keptBodies(job: $0.row, from: 0, limit: .max).count }
        }
    }

    private func expect(
        _ wanted: [Int], in simulation: Simulation, _ count: (Simulation) async throws -> [Int]
    ) async throws {
        for _ in 0..<1000 {
            if try await count(simulation) == wanted { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("\(try await count(simulation)) bodies are kept, not \(wanted)")
    }

    private func end(
        _ walk: WalkID, by ending: Ending, of simulation: Simulation, _ query: Query
    ) async throws {
        switch ending {
        case .completed:
            _ = try await simulation.collect(walk, 2, try parameter(simulation, 15), query: query)
        case .deleted:
            let step = simulation.request(walk, 1, try parameter(simulation, 7), query: query)
            let id = try await simulation.leader.createCollectionJob(body: step.encoded())
            try await simulation.leader.deleteCollectionJob(id: id)
        case .refused:
            simulation.peer.set { hooks in
                hooks.onRequest = { call, _ in call == .post(.walkEvaluateReq) ? .refuse(.invalidMessage) : .none }
            }
            let last = try parameter(simulation, 15)
            let refusal = await problem { _ = try await simulation.collect(walk, 2, last, query: query) }
            #expect(refusal == .invalidMessage)
        case .expired: simulation.clock.advance(seconds: 4 * 3600)
        }
    }

    @Test(arguments: [BatchMode.leaderSelected, .timeInterval], Ending.allCases)
    func nothingIsKeptAfterTheEnd(_ mode: BatchMode, _ ending: Ending) async throws {
        let (simulation, _, work) = try await begin(mode)
        defer { work.cancel() }
        try await simulation.upload(Self.values)
        let (walk, query) = (WalkID.random(), query(mode, simulation))
        if mode == .timeInterval { simulation.clock.advance(seconds: 60) }
        _ = try await simulation.collect(walk, 0, try simulation.level3(), query: query)
        _ = try await simulation.collect(walk, 1, try parameter(simulation, 7), query: query)
        #expect(try await kept(simulation) == [12, 12])
        #expect(try await simulation.leader.status().reports?.count == 0)
        try await end(walk, by: ending, of: simulation, query)
        try await expect([0, 0], in: simulation, kept)
        #expect(try await segmentsVanish(of: simulation.leaderStore))
        #expect(try await segmentsVanish(of: simulation.helperStore))
        let bound = try await simulation.helperStore.read("test") { transaction in
            try transaction.shards(walk).map { try transaction.boundReports(job: $0.row).count }
        }
        #expect(bound == [3, 3, 3, 3])
    }

    /// What a shard that was deleted has kept goes at once; the walk goes on without it.
    @Test func aDeletedShardKeepsNothing() async throws {
        let (simulation, _, work) = try await begin()
        defer { work.cancel() }
        try await simulation.upload(Self.values)
        _ = try await simulation.collect(.random(), 0, try simulation.level3())
        let job = try await RogueLeader(simulation: simulation).job()
        try await simulation.helper.deleteAggregationJob(id: try #require(job.jobID))
        try await expect([0, 3, 3, 3], in: simulation, keptByShard)
        #expect(try await kept(simulation)[0] == 12)
    }

    /// A process that ends before it has erased leaves it to the next one.
    @Test func whatAKillLeavesIsErasedAtTheStart() async throws {
        let (simulation, disks, work) = try await begin()
        try await simulation.upload(Self.values)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        for store in [simulation.leaderStore, simulation.helperStore] {
            store.beforeWrite.withLock { hook in
                hook = { name in
                    if ["erase uploads", "erase bodies"].contains(name) { throw StoreError.database("held") }
                }
            }
        }
        _ = try await simulation.collect(walk, 1, try parameter(simulation, 15))
        #expect(try await kept(simulation) == [12, 12])
        work.cancel()
        await work.value
        try await disks.restart(simulation)
        let again = run(simulation.helper)
        defer { again.cancel() }
        try await expect([0, 0], in: simulation, kept)
    }

    /// A file that comes after the end of its walk is not left behind.
    @Test func aSegmentThatComesTooLateIsRemoved() async throws {
        let (simulation, disks, work) = try await begin()
        defer { work.cancel() }
        try await simulation.upload(Self.values)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        _ = try await simulation.collect(walk, 1, try parameter(simulation, 7))
        let rogue = RogueLeader(simulation: simulation)
        let job = try await rogue.job()
        let request = try #require(
            simulation.peer.sent.withLock { sent in
                sent.last { $0.call == .post(.walkEvaluateReq) && $0.job == job.jobID }?.body
            })
        work.cancel()
        await work.value
        try simulation.stopHelper()
        try SegmentDamage.deleted.apply(to: disks)
        let store = try TestStore(on: disks.helper, try simulation.task.aggregator(.helper))
        try simulation.startHelper(on: store)
        // The walk ends while the bodies are read.
        store.beforeRead.withLock { hook in
            hook = { name, store in
                guard name == "bodies of a shard" else { return }
                try await store.write("test") { transaction in
                    guard var walk = try transaction.walk(walk), walk.end == nil else { return }
                    walk.end = .abandoned
                    try transaction.updateWalk(walk)
                }
            }
        }
        #expect(await problem { _ = try await rogue.post(request, .walkEvaluateReq) } == .stepMismatch)
        #expect(try SegmentImage.files(in: disks.helper.segmentsDirectory).isEmpty)
    }
}
