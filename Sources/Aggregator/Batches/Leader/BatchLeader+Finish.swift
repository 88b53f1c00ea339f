import DAP
import Logging

/// Where a batch's result leaves: the Helper's share is fetched, the Leader's sealed, both are stored.
extension BatchLeader {
    /// Ends a collection whose batch is complete.
    ///
    /// Spec: DAP §4.6.4
    func finish(_ collection: ResourceRecord, _ total: BatchBucket) async throws {
        let batch = try CollectedBatch(collection)
        // Before the Helper is asked.
        try task.checkSum(ofReports: total.count)
        let request = AggregateShareReq(
            collectionJobReq: batch.request, batchSelector: batch.selector, reportCount: total.count,
            checksum: total.checksum)
        let purpose = Purpose(subject: "collection \(collection.id)") { [self] in
            try await checkNeeded(collection.id) { $0.isClosing }
        }
        let (shareID, helperShare) = try await link.share(.aggregateShareReq, request.encoded(), for: purpose)
        let aad = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: batch.request)
        let sealed = try task.seal(aggregateShare: total.share, associatedData: aad.encoded())
        let times = total.times ?? 0...0
        let response = CollectionJobResp(
            reportCount: total.count,
            interval: Interval(containing: Time(units: times.lowerBound), Time(units: times.upperBound)),
            leaderEncryptedAggregateShare: sealed, helperEncryptedAggregateShare: helperShare)
        guard try await release(response.encoded(), collection.id, batch) else { return }
        logger.info(
            "batch released", metadata: ["collection": "\(collection.id)", "reports": "\(total.count)"])
        // Best effort: it may go away whenever it likes.
        do { try await link.forget(shareID) } catch {
            logger.debug("the Helper keeps its aggregate share", metadata: ["reason": "\(error)"])
        }
    }

    /// Stored before anyone sees it, so that a repeated question gets the same bytes; the buckets' shares have served.
    ///
    /// False if the job was deleted meanwhile.
    private func release(_ response: [UInt8], _ id: ResourceID, _ batch: CollectedBatch) async throws -> Bool {
        try await store.write("release a batch") { transaction in
            guard var collection = try transaction.resource(id), collection.isClosing else { return false }
            collection.state = .released
            collection.response = response
            try transaction.updateResource(collection)
            try transaction.eraseShares(batch.keys)
            return true
        }
    }
}
