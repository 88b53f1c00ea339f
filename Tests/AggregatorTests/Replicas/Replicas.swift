import Aggregator
import Foundation
import PopulusDAP
import StoreMemory
import Synchronization

/// Several processes of each role, each role on one store, behind balancers that ask any of them.
final class Replicas: Sendable {
    /// One process of a role.
    struct Process<Aggregator: Sendable>: Sendable {
        let aggregator: Aggregator
        let store: TestStore
        /// Its own.
        let folder: String
        let run: Task<Void, Never>
    }

    let task: TestTask
    let leaderDisk: any ReplicaStore
    let helperDisk: any ReplicaStore
    let leaders = Mutex<[String: Process<Leader>]>([:])
    let helpers = Mutex<[String: Process<Helper>]>([:])
    private let peer: FaultyPeer
    private let folder: String
    private let settings: AggregatorSettings
    private let clocks: (leader: any AggregatorClock, helper: any AggregatorClock)

    /// - Parameters:
    ///   - peer: the way from any Leader to any Helper.
    ///   - stores: what each role works on.
    init(
        _ task: TestTask, peer: FaultyPeer, folder: String, settings: AggregatorSettings,
        clocks: (leader: any AggregatorClock, helper: any AggregatorClock),
        stores: (leader: any ReplicaStore, helper: any ReplicaStore)
    ) {
        var settings = settings
        settings.replicaPause = stores.leader.pause
        (self.task, self.peer, self.folder, self.settings, self.clocks) = (task, peer, folder, settings, clocks)
        (leaderDisk, helperDisk) = stores
    }

    // MARK: - Processes come and go

    /// A folder of a new process's own.
    private func segments(of name: String) throws -> String {
        let path = "\(folder)/\(name)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// - Parameter folder: that of an earlier process on the same machine; nothing for a new one.
    @discardableResult
    func startLeader(_ name: String, in folder: String? = nil) async throws -> Process<Leader> {
        let task = try self.task.aggregator(.leader)
        let folder = try folder ?? segments(of: name)
        let store = try await leaderDisk.open(task, as: name, folder: folder)
        let leader = try Leader(
            task: task, store: store, peer: peer, settings: settings, machine: .forTests(clock: clocks.leader))
        let process = Process(aggregator: leader, store: store, folder: folder, run: Task { try? await leader.run() })
        leaders.withLock { $0[name] = process }
        return process
    }

    @discardableResult
    func startHelper(_ name: String, in folder: String? = nil) async throws -> Process<Helper> {
        let task = try self.task.aggregator(.helper)
        let folder = try folder ?? segments(of: name)
        let store = try await helperDisk.open(task, as: name, folder: folder)
        let helper = try Helper(
            task: task, store: store, settings: settings, machine: .forTests(clock: clocks.helper), link: Link(self))
        let process = Process(aggregator: helper, store: store, folder: folder, run: Task { try? await helper.run() })
        helpers.withLock { $0[name] = process }
        return process
    }

    /// Ends a process at once: what it is at is written now, or never.
    ///
    /// Others take its work over when its time is over.
    func killLeader(_ name: String) async throws {
        guard let process = leaders.withLock({ $0.removeValue(forKey: name) }) else { return }
        try await end(process, on: leaderDisk)
    }

    func killHelper(_ name: String) async throws {
        guard let process = helpers.withLock({ $0.removeValue(forKey: name) }) else { return }
        try await end(process, on: helperDisk)
    }

    private func end(_ process: Process<some Sendable>, on disk: any ReplicaStore) async throws {
        try process.store.close()
        process.run.cancel()
        await process.run.value
        try disk.expire(process.store.replica.id)
    }

    /// Ends all processes.
    func stop() async throws {
        for name in leaders.withLock({ Array($0.keys) }) { try await killLeader(name) }
        for name in helpers.withLock({ Array($0.keys) }) { try await killHelper(name) }
        try leaderDisk.end()
        try helperDisk.end()
    }

    /// Has every process that lives take all work for its own from now on: nothing that is counted or sealed may rest on claims.
    func ignoreClaims() {
        let stores = leaders.withLock { $0.values.map(\.store) } + helpers.withLock { $0.values.map(\.store) }
        for store in stores { store.ignoresClaims.store(true, ordering: .relaxed) }
    }

    // MARK: - Balancers

    /// Any Leader that lives.
    func leader() throws -> Leader {
        guard let process = leaders.withLock({ $0.values.randomElement() }) else { throw Gone() }
        return process.aggregator
    }

    func leader(_ name: String) throws -> Process<Leader> {
        guard let process = leaders.withLock({ $0[name] }) else { throw Gone() }
        return process
    }

    func helper() throws -> Helper {
        guard let process = helpers.withLock({ $0.values.randomElement() }) else { throw Gone() }
        return process.aggregator
    }

    func helper(_ name: String) throws -> Process<Helper> {
        guard let process = helpers.withLock({ $0[name] }) else { throw Gone() }
        return process
    }

    /// No process of the name lives.
    struct Gone: Error {}

    /// The way from Helper to Helper.
    private struct Link: ReplicaLink {
        weak let replicas: Replicas?

        init(_ replicas: Replicas) { self.replicas = replicas }

        func forward(
            _ request: JobRequest, task: TaskID, to address: String
        ) async throws(AggregatorError) -> AggregationJobAnswer {
            guard let helper = replicas?.helpers.withLock({ $0[address]?.aggregator }) else {
                throw .elsewhere("connection refused")
            }
            return try await helper.answer(forwarded: request)
        }
    }
}
