import DAP
import Logging

/// Where a batch's result leaves: the Helper's share is fetched, the Leader's sealed, both are stored.
extension BatchLeader {
    /// Ends a collection whose batch is complete.
    ///
    /// Spec: DAP §4.6.4
    func finish(_ collection: ResourceRecord, _ total: BatchBucket) async throws {
        let batch = try CollectedBatch(collection)
        let (shareID, helperShare) = try await askHelper(
            AggregateShareReq(
                collectionJobReq: batch.request, batchSelector: batch.selector, reportCount: total.count,
                checksum: total.checksum),
            for: collection)
        let aad = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: batch.request)
        let sealed = try task.seal(aggregateShare: total.share, associatedData: aad.encoded())
        let times = total.times ?? 0...0
        let response = CollectionJobResp(
            reportCount: total.count,
            interval: Interval(containing: Time(units: times.lowerBound), Time(units: times.upperBound)),
            leaderEncryptedAggregateShare: sealed, helperEncryptedAggregateShare: helperShare)
        guard try await release(response.encoded(), collection.collectionID, batch) else { return }
        logger.info(
            "batch released", metadata: ["collection": "\(collection.collectionID)", "reports": "\(total.count)"])
        // Best effort: it may go away whenever it likes.
        do { try await peer.deleteAggregateShare(task: task.id, id: shareID) } catch {
            logger.debug("the Helper keeps its aggregate share", metadata: ["reason": "\(error)"])
        }
    }

    private func askHelper(
        _ request: AggregateShareReq, for collection: ResourceRecord
    ) async throws -> (AggregateShareID, HpkeCiphertext) {
        let (peer, taskID, clock, body) = (peer, task.id, clock, request.encoded())
        do {
            let answer = try await requests.repeating(
                "aggregate share", for: "collection \(collection.collectionID)",
                checkNeeded: { try await checkNeeded(collection.collectionID) }
            ) { () async throws(PeerError) in
                try await peer.createdAggregateShare(
                    task: taskID, mediaType: .aggregateShareReq, body: body, on: clock,
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

    /// Stored before anyone sees it, so that a repeated question gets the same bytes; the buckets' shares have served.
    ///
    /// False if the job was deleted meanwhile.
    private func release(_ response: [UInt8], _ id: CollectionJobID, _ batch: CollectedBatch) async throws -> Bool {
        try await store.write("release a batch") { transaction in
            guard var collection = try transaction.resource(ResourceID(id)), collection.isClosing else { return false }
            collection.state = .released
            collection.response = response
            try transaction.updateResource(collection)
            try transaction.eraseShares(batch.keys)
            return true
        }
    }
}

/// Nobody waits for the collection any more.
struct CollectionDeleted: Error {}
