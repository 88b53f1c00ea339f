import DAP
import Logging

/// Where a batch's result leaves: the Helper's share is fetched, the Leader's sealed, both are stored.
extension BatchLeader {
    /// Ends a collection whose batch is complete.
    ///
    /// Spec: DAP §4.6.4
    func finish(_ collection: ResourceRecord, _ total: BatchBucket) async throws {
        let batch = try CollectedBatch(collection)
        let release: Release
        do {
            release = try Release(
                total, of: batch.keys, task: task.configuration, for: batch.request, batch.selector)
        } catch {
            throw CollectionFailure(error)
        }
        let (shareID, helperShare) = try await askHelper(release.request, for: collection)
        let sealed = try release.sealed(by: task, noiseKey: store.noiseKey)
        guard try await store(sealed, sealed.collection(with: helperShare), collection.id) else { return }
        logger.info(
            "batch released", metadata: ["collection": "\(collection.collectionID)", "reports": "\(total.count)"])
        // Best effort: it may go away whenever it likes.
        do { try await peer.deleteAggregateShare(task: task.id, id: shareID) } catch {
            logger.debug("the Helper keeps its aggregate share", metadata: ["reason": "\(error)"])
        }
    }

    private func askHelper(
        _ request: (mediaType: MediaType, body: [UInt8]), for collection: ResourceRecord
    ) async throws -> (AggregateShareID, HpkeCiphertext) {
        let (peer, taskID, clock) = (peer, task.id, clock)
        do {
            let answer = try await requests.repeating(
                "aggregate share", for: "collection \(collection.collectionID)",
                checkNeeded: { try await checkNeeded(collection.collectionID) }
            ) { () async throws(PeerError) in
                try await peer.createdAggregateShare(
                    task: taskID, mediaType: request.mediaType, body: request.body, on: clock,
                    isNeeded: { (try? await checkNeeded(collection.collectionID)) != nil })
            }
            guard let share = try? AggregateShare(decoding: answer.body) else {
                throw CollectionFailure.helperMisbehaved("the aggregate share does not decode")
            }
            return (answer.id, share.encryptedAggregateShare)
        } catch PeerError.problem(let problem, let status) {
            throw CollectionFailure.refusedByHelper(problem, status: status)
        }
    }

    /// - Throws: `CollectionDeleted`.
    private func checkNeeded(_ id: CollectionJobID) async throws {
        guard try await store.read("collection's state", { try $0.resource(ResourceID(id))?.isClosing }) == true else {
            throw CollectionDeleted()
        }
    }

    /// False if the job was deleted meanwhile.
    private func store(_ sealed: SealedRelease, _ response: [UInt8], _ id: ResourceID) async throws -> Bool {
        try await store.write("release a batch") { transaction in
            guard let collection = try transaction.resource(id), collection.isClosing else { return false }
            try transaction.store(sealed, response, as: collection)
            return true
        }
    }
}

/// Nobody waits for the collection any more.
struct CollectionDeleted: Error {}
