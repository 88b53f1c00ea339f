import Aggregator
import PopulusDAP
import StoreSQLite
import Synchronization
import Testing

/// What an ended walk leaves is erased page by page: nobody waits for it, nobody can use it, and a restart goes on with the rest.
@Suite struct ErasingTests {
    private static let values = [Int](repeating: 0xABCD, count: 20)

    /// Pages of two reports, in a store that takes so many of them and then no more.
    private func begin(_ mode: BatchMode, pages: Int) async throws -> (Simulation, AsyncStream<Void>) {
        let simulation = try Simulation(try TestTask(batchMode: mode))
        simulation.settings.greatestPageUploads = 2
        try await simulation.restartLeader()
        try await simulation.upload(Self.values)
        let erased = Mutex(0)
        let held = AsyncStream.makeStream(of: Void.self)
        simulation.leaderStore.beforeWrite.withLock { hook in
            hook = { name in
                guard name == "erase uploads" else { return }
                let isHeld = erased.withLock { count in
                    count += 1
                    return count > pages
                }
                guard isHeld else { return }
                held.continuation.yield()
                throw StoreError.database("held")
            }
        }
        return (simulation, held.stream)
    }

    private func query(_ mode: BatchMode, _ simulation: Simulation) -> Query {
        guard mode == .timeInterval else { return .leaderSelected }
        let start = simulation.clock.now - 10
        return .timeInterval(Interval(start: Time(units: start), duration: TimeDuration(units: 20)))
    }

    /// Gives a walk up whose first shards are bound.
    private func giveUp(_ simulation: Simulation, _ query: Query) async throws {
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                guard call == .create else { return .none }
                stuck.continuation.yield()
                return .loseRequest
            }
        }
        let request = simulation.request(.random(), 0, try simulation.level3(), query: query)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        try await simulation.leader.deleteCollectionJob(id: id)
    }

    private func left(in simulation: Simulation) async throws -> Int {
        try await simulation.leaderStore.read("test") { try $0.countReports(in: 0..<UInt64.max) }
    }

    private func waitUntilErased(_ simulation: Simulation) async throws {
        for _ in 0..<1000 {
            if try await left(in: simulation) == 0 { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("\(try await left(in: simulation)) uploads of an ended walk stay")
    }

    @Test(arguments: [BatchMode.leaderSelected, .timeInterval], [0, 1, 4])
    func aKillAfterAnyPageLosesNothing(_ mode: BatchMode, pages: Int) async throws {
        let (simulation, held) = try await begin(mode, pages: pages)
        try await giveUp(simulation, query(mode, simulation))
        for await _ in held { break }
        #expect(try await left(in: simulation) == Self.values.count - 2 * pages)
        let bound = try await bindings(in: simulation)
        #expect(bound > 0)
        try await simulation.stopLeader()
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try simulation.startLeader()
        try await waitUntilErased(simulation)
        #expect(try await bindings(in: simulation) == bound)
        let ends = try await simulation.leaderStore.read("test") { try $0.walks().map(\.end) }
        #expect(ends == [.abandoned])
    }

    private func bindings(in simulation: Simulation) async throws -> Int {
        try await simulation.leaderStore.read("test") { transaction in
            try transaction.walks().flatMap { try transaction.shards($0.id) }
                .reduce(0) { $0 + (try transaction.boundReports(job: $1.row).count) }
        }
    }

    /// Before they are erased they are in no count and no batch.
    @Test(arguments: [BatchMode.leaderSelected, .timeInterval])
    func whatIsToBeErasedIsOfNoUse(_ mode: BatchMode) async throws {
        let (simulation, held) = try await begin(mode, pages: 1)
        try await giveUp(simulation, query(mode, simulation))
        for await _ in held { break }
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        #expect(try await left(in: simulation) == Self.values.count - 2)
        #expect(try await simulation.leader.status().reports?.count == 0)
        let later = [Int](repeating: 0x1234, count: 6)
        let time = simulation.clock.now - 100
        try await simulation.upload(later.map { try simulation.factory.report($0, time: time) })
        simulation.clock.advance(seconds: 60)
        #expect(try await simulation.leader.status().reports?.count == UInt64(later.count))
        let next =
            mode == .leaderSelected
            ? Query.leaderSelected
            : .timeInterval(Interval(start: Time(units: time), duration: TimeDuration(units: 10)))
        simulation.leaderStore.beforeWrite.withLock { $0 = nil }
        #expect(try await simulation.walk(later, threshold: 3, query: next) == [0x1234: 6])
        try await waitUntilErased(simulation)
    }

    /// Also in the middle of a shard, whose step is answered when its uploads are gone.
    @Test func aKillWhileAShardIsErased() async throws {
        let (simulation, held) = try await begin(.leaderSelected, pages: 2)
        let (level3, walk) = (try simulation.level3(), WalkID.random())
        let request = simulation.request(walk, 0, level3)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in held { break }
        try await simulation.restartLeader()
        let counts = try simulation.open(try await simulation.ready(id), request, level3).counts
        #expect(counts.reduce(0, +) == Self.values.count)
        #expect(try await left(in: simulation) == 0)
    }

    /// The same for junk in a batch that is given back: each report is turned away once.
    @Test func aKillWhileJunkIsRefused() async throws {
        let simulation = try Simulation(try TestTask(minBatchSize: 30))
        simulation.settings.greatestPageUploads = 2
        try await simulation.restartLeader()
        try await simulation.upload(
            (0..<25).map { try simulation.factory.report(0x1234, truncating: $0 % 3 == 0 ? [] : [.leader]) })
        try await simulation.upload([Int](repeating: 0x1234, count: 10))
        let refused = Mutex(0)
        let held = AsyncStream.makeStream(of: Void.self)
        simulation.leaderStore.beforeWrite.withLock { hook in
            hook = { name in
                guard name == "refuse reports that do not open" else { return }
                let isHeld = refused.withLock { count in
                    count += 1
                    return count > 3
                }
                guard isHeld else { return }
                held.continuation.yield()
                throw StoreError.database("held")
            }
        }
        let id = try await simulation.leader.createCollectionJob(
            body: simulation.request(.random(), 0, try simulation.level3()).encoded())
        for await _ in held.stream { break }
        try await simulation.restartLeader()
        #expect(await problem { _ = try await simulation.ready(id) } == .invalidBatchSize)
        #expect(
            try await simulation.leader.reportCounts() == [
                ReportCount(error: .invalidMessage, point: .opening, count: 16)
            ])
        #expect(try await left(in: simulation) == 19)
        let values = [Int](repeating: 0x1234, count: 19 + 11)
        try await simulation.upload([Int](repeating: 0x1234, count: 11))
        #expect(try await simulation.walk(values, threshold: 10) == [0x1234: 30])
    }
}
