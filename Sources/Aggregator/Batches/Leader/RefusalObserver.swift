import Crypto
import DAP
import Logging
import Synchronization

/// The Helper of a Poplar1 task, with an eye on the aggregation jobs that it refuses as a whole.
///
/// The reports of such a job are spent (rule 1 of the design), and those of the next one would be as well. So before the
/// Leader learns of the refusal, the collections that the job belongs to have failed with the Helper's problem, and no
/// further job is planned for them.
final class RefusalObserver: HelperPeer {
    private let peer: any HelperPeer
    private let store: any TaskStore
    private let logger: Logger
    /// Digests of the requests of jobs that are answered later: the store does not know their identifiers yet.
    private let processing = Mutex<[AggregationJobID: [UInt8]]>([:])

    init(_ peer: any HelperPeer, store: any TaskStore, logger: Logger) {
        (self.peer, self.store, self.logger) = (peer, store, logger)
    }

    func createAggregationJob(task: TaskID, body: [UInt8]) async throws(PeerError) -> AggregationJobAnswer {
        let digest = Array(SHA256.hash(data: body))
        do throws(PeerError) {
            let answer = try await peer.createAggregationJob(task: task, body: body)
            if case .processing = answer.state { processing.withLock { $0[answer.id] = digest } }
            return answer
        } catch {
            await observe(error, task) { try $0.openBatchJobs().first { $0.initDigest == digest } }
            throw error
        }
    }

    func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregationJobAnswer {
        processing.withLock { $0[id] = nil }
        do throws(PeerError) {
            return try await peer.postAggregationJob(task: task, id: id, mediaType: mediaType, body: body)
        } catch {
            await observe(error, task) { try $0.batchJob(id: id) }
            throw error
        }
    }

    func aggregationJob(
        task: TaskID, id: AggregationJobID, step: UInt16
    ) async throws(PeerError) -> AggregationJobAnswer {
        do throws(PeerError) {
            return try await peer.aggregationJob(task: task, id: id, step: step)
        } catch {
            let digest = processing.withLock { $0[id] }
            await observe(error, task) { transaction in
                guard let digest else { return try transaction.batchJob(id: id) }
                return try transaction.openBatchJobs().first { $0.initDigest == digest }
            }
            throw error
        }
    }

    func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError) {
        processing.withLock { $0[id] = nil }
        try await peer.deleteAggregationJob(task: task, id: id)
    }

    func createAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregateShareAnswer {
        try await peer.createAggregateShare(task: task, mediaType: mediaType, body: body)
    }

    func aggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) -> AggregateShareAnswer {
        try await peer.aggregateShare(task: task, id: id)
    }

    func deleteAggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) {
        try await peer.deleteAggregateShare(task: task, id: id)
    }

    func clock(task: TaskID) async throws(PeerError) -> HelperClock? { try await peer.clock(task: task) }
}

extension RefusalObserver {
    /// Fails the collections of a refused job, which is open still.
    private func observe(
        _ error: PeerError, _ task: TaskID,
        _ find: @escaping @Sendable (any StoreTransaction) throws -> BatchJobRecord?
    ) async {
        guard case .problem(let problem, let status) = error else { return }
        let failure = CollectionFailure.refusedByHelper(problem, status: status)
        do {
            let failed = try await store.write("collections of a refused job") { transaction in
                var failed: [CollectionJobID] = []
                guard let job = try find(transaction) else { return failed }
                for collection in try transaction.runningResources() {
                    let batch = try CollectedBatch(collection)
                    guard batch.parameter == job.parameter,
                        try transaction.openBatchJobs(of: batch).contains(where: { $0.row == job.row })
                    else { continue }
                    try transaction.fail(collection, failure, task: task)
                    failed.append(collection.collectionID)
                }
                return failed
            }
            for id in failed {
                logger.warning(
                    "a collection failed",
                    metadata: [
                        "collection": "\(id)", "problem": "\(problem.type?.uri ?? "")",
                        "detail": "the Helper refused an aggregation job: \(problem.detail ?? "")",
                    ])
            }
        } catch {
            logger.error("a refusal cannot be stored", metadata: ["error": "\(error)"])
        }
    }
}
