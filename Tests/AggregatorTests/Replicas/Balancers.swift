import Aggregator
import PopulusDAP
import Synchronization

/// Asks any Leader that lives, another one where that has just died.
struct LeaderBalancer: LeaderService {
    let replicas: Replicas
    let task: AggregatorTask
    let settings: AggregatorSettings
    let troubles: Troubles
    let watch: PeerWatch

    init(_ replicas: Replicas) throws {
        let leader = try replicas.leader()
        (self.replicas, task, settings) = (replicas, leader.task, leader.settings)
        (troubles, watch) = (leader.troubles, leader.watch)
    }

    private func ask<T>(_ body: (Leader) async throws(AggregatorError) -> T) async throws(AggregatorError) -> T {
        for _ in 0..<100 {
            guard let leader = try? replicas.leader() else { break }
            do { return try await body(leader) } catch {
                // Its store was closed under it.
                guard case .store(.database) = error else { throw error }
            }
        }
        throw .internal("no Leader lives")
    }

    func upload(body: [UInt8]) async throws(AggregatorError) -> [UInt8]? {
        try await ask { leader async throws(AggregatorError) in try await leader.upload(body: body) }
    }

    func createCollectionJob(body: [UInt8], leastReports: UInt64) async throws(AggregatorError) -> CollectionJobID {
        try await ask { leader async throws(AggregatorError) in
            try await leader.createCollectionJob(body: body, leastReports: leastReports)
        }
    }

    func collectionJob(
        id: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus {
        try await ask { leader async throws(AggregatorError) in
            try await leader.collectionJob(id: id, waitingUpTo: limit)
        }
    }

    func deleteCollectionJob(id: CollectionJobID) async throws(AggregatorError) {
        try await ask { leader async throws(AggregatorError) in try await leader.deleteCollectionJob(id: id) }
    }

    func rejections(of id: CollectionJobID) async throws(AggregatorError) -> [UInt8] {
        try await ask { leader async throws(AggregatorError) in try await leader.rejections(of: id) }
    }

    func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }

    func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await ask { leader async throws(AggregatorError) in try await leader.reportCounts() }
    }

    func status() async throws(AggregatorError) -> TaskStatus {
        try await ask { leader async throws(AggregatorError) in try await leader.status() }
    }

    func run() async throws(AggregatorError) {}
}

/// Asks any Helper that lives; a Leader asks again where that has just died.
struct HelperBalancer: HelperService {
    let replicas: Replicas
    let task: AggregatorTask
    let settings: AggregatorSettings
    let troubles: Troubles
    private let pick: @Sendable (Replicas) throws -> Helper

    /// - Parameter pick: which one is asked; any of them unless it says otherwise.
    init(_ replicas: Replicas, pick: @escaping @Sendable (Replicas) throws -> Helper = { try $0.helper() }) throws {
        let helper = try replicas.helper()
        (self.replicas, task, settings, troubles) = (replicas, helper.task, helper.settings, helper.troubles)
        self.pick = pick
    }

    private var any: Helper {
        get throws(AggregatorError) {
            do { return try pick(replicas) } catch { throw .internal("no Helper lives") }
        }
    }

    func createAggregationJob(body: [UInt8]) async throws(AggregatorError) -> AggregationJobAnswer {
        try await any.createAggregationJob(body: body)
    }

    func aggregationJob(id: AggregationJobID, step: UInt16?) async throws(AggregatorError) -> AggregationJobAnswer {
        try await any.aggregationJob(id: id, step: step)
    }

    func postAggregationJob(
        id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        try await any.postAggregationJob(id: id, mediaType: mediaType, body: body)
    }

    func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError) {
        try await any.deleteAggregationJob(id: id)
    }

    func createAggregateShare(mediaType: MediaType, body: [UInt8]) async throws(AggregatorError) -> AggregateShareAnswer
    {
        try await any.createAggregateShare(mediaType: mediaType, body: body)
    }

    func aggregateShare(id: AggregateShareID) async throws(AggregatorError) -> AggregateShareAnswer {
        try await any.aggregateShare(id: id)
    }

    func deleteAggregateShare(id: AggregateShareID) async throws(AggregatorError) {
        try await any.deleteAggregateShare(id: id)
    }

    func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }

    func reportCounts() async throws(AggregatorError) -> [ReportCount] { try await any.reportCounts() }

    func status() async throws(AggregatorError) -> TaskStatus { try await any.status() }

    func run() async throws(AggregatorError) {}
}

/// The word of any process of a role on its store, and what any of them makes of the other role's.
final class AnyWitness: StoreWitness {
    private let pick: @Sendable () -> TestStore?
    /// Whoever was asked before: where no process lives a message of one may still be on its way.
    private let last: Mutex<TestStore>

    init(_ first: TestStore, pick: @escaping @Sendable () -> TestStore?) {
        self.pick = pick
        last = Mutex(first)
    }

    private var any: TestStore {
        let living = pick()
        return last.withLock { last in
            last = living ?? last
            return last
        }
    }

    var statement: StoreStatement { any.statement }
    var conflict: StoreConflict? { any.conflict }
    func examine(_ statement: StoreStatement) async -> StoreConflict? { await any.examine(statement) }
    func hear(_ statement: StoreStatement?) async throws(StoreConflict) { try await any.hear(statement) }
}
