#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import Testing
import PopulusVDAF

/// A database that was put back to what it held a step ago, under several processes of each role.
///
/// It is refused by itself where a process has its folder still, and by the other role's word where all are on new machines.
@Suite(.serialized) struct RestoredReplicasTests {
    private static let values = WholeWalkTests.values

    @Test(arguments: [Role.leader, .helper]) func isRefused(_ role: Role) async throws {
        let turn = await DatabaseTurn()
        let places = (leader: try PostgreSQLPlace(.leader), helper: try PostgreSQLPlace(.helper))
        let simulation = try Simulation(try TestTask(), shardReports: 8)
        let replicas = try await simulation.replicate(
            on: (
                try DatabaseOfReplicas(.leader, turn, in: places.leader),
                try DatabaseOfReplicas(.helper, turn, in: places.helper)
            ))
        try tellOfStores(simulation, replicas)
        try await simulation.upload(Self.values)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let database = (role == .leader ? places.leader : places.helper).database
        let earlier = try database.server.makeSnapshot(of: database)
        let next = try simulation.level7(0x1234, 0xABCD)
        _ = try await simulation.collect(walk, 1, next)
        let folders = try await end(role, replicas)
        try database.restore(earlier)
        // Those that it takes for living are not.
        try database.query("UPDATE replica SET seen_until = '-infinity'")

        // By itself: whoever has committed since knows how far it was.
        var refusals: [StoreError?] = []
        for folder in folders { refusals.append(await openingError("again", role, in: folder, replicas)) }
        #expect(refusals.contains { Self.isRefused($0) }, "\(refusals)")
        // On other machines nobody knows it, until a message of the other role comes.
        for name in ["second", "third"] { try await start(name, role, in: nil, replicas) }
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
        // The Leader has forgotten the one step, and never heard of the other.
        let (step, asked) = role == .leader ? (1, next) : (2, leaf)
        let collector = Task {
            while !Task.isCancelled {
                // Refused, or nobody is there: it is the stores that tell.
                do { _ = try await simulation.collect(walk, UInt16(step), asked) } catch {}
                do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
            }
        }
        try await eventually { conflicts(role, replicas) }
        // What one process has learned the store knows, and whoever comes next.
        try await eventually { Self.isRefused(await openingError("fourth", role, in: nil, replicas)) }
        let sealed = try await reportCount(of: walk, step, replicas)
        #expect(sealed == nil, "the step went out")
        collector.cancel()
        try await replicas.stop()
        // Its polls find nobody now.
        await collector.value
        for place in [places.leader, places.helper] { try place.remove() }
    }

    /// Both roles tell of their stores with every message, whichever process sends it.
    private func tellOfStores(_ simulation: Simulation, _ replicas: Replicas) throws {
        let leader = AnyWitness(try replicas.leader("l1").store) { [weak replicas] in
            replicas?.leaders.withLock { $0.values.randomElement()?.store }
        }
        let helper = AnyWitness(try replicas.helper("h1").store) { [weak replicas] in
            replicas?.helpers.withLock { $0.values.randomElement()?.store }
        }
        simulation.peer.leaderStore.withLock { $0 = leader }
        simulation.peer.helperStore.withLock { $0 = helper }
    }

    /// Ends all processes of a role; their folders stay.
    private func end(_ role: Role, _ replicas: Replicas) async throws -> [String] {
        if role == .leader {
            let folders = try ["l1", "l2"].map { try replicas.leader($0).folder }
            for name in ["l1", "l2"] { try await replicas.killLeader(name) }
            return folders
        }
        let folders = try ["h1", "h2"].map { try replicas.helper($0).folder }
        for name in ["h1", "h2"] { try await replicas.killHelper(name) }
        return folders
    }

    private func start(_ name: String, _ role: Role, in folder: String?, _ replicas: Replicas) async throws {
        if role == .leader {
            try await replicas.startLeader(name, in: folder)
        } else {
            try await replicas.startHelper(name, in: folder)
        }
    }

    /// Why a process does not start; one that does ends again.
    private func openingError(
        _ name: String, _ role: Role, in folder: String?, _ replicas: Replicas
    ) async -> StoreError? {
        do {
            try await start(name, role, in: folder, replicas)
            if role == .leader { try await replicas.killLeader(name) } else { try await replicas.killHelper(name) }
            return nil
        } catch {
            return error as? StoreError ?? .database("another error: \(error)")
        }
    }

    private static func isRefused(_ error: StoreError?) -> Bool {
        switch error {
        case .refused(.thisIsBehind), .putBack: true
        default: false
        }
    }

    /// Whether a process of a role knows that its store must not be worked with.
    private func conflicts(_ role: Role, _ replicas: Replicas) -> Bool {
        let stores =
            role == .leader
            ? replicas.leaders.withLock { $0.values.map(\.store) }
            : replicas.helpers.withLock { $0.values.map(\.store) }
        return stores.contains { $0.conflict?.isOwn == true }
    }

    /// What a Leader has sealed of a step.
    private func reportCount(of walk: WalkID, _ step: Int, _ replicas: Replicas) async throws -> UInt64? {
        guard let store = replicas.leaders.withLock({ $0.values.first?.store }) else { return nil }
        return try await store.read("test") { try $0.step(walk, UInt16(step))?.reportCount }
    }
}
#endif
