import Logging
import PopulusDAP

/// The end of a collection whose batch is complete: its sum is released.
extension BatchLeader {
    func finish(_ collection: ResourceRecord, _ total: BatchBucket, _ claim: Claim) async throws {
        let batch = try CollectedBatch(collection)
        let release: Release
        do {
            release = try Release(total, of: batch.keys, task: task, for: batch.request, batch.selector)
        } catch { throw Failure(error) }
        let purpose = Purpose(subject: "collection \(collection.id)") { [self] in
            try await checkNeeded(collection.id) { $0.isClosing }
        }
        let shareID = try await self.release(
            release, asking: release.request, of: collection, for: purpose, claim
        ) { transaction in
            // What was summed before is the whole batch still.
            guard try transaction.resource(collection.id)?.isClosing == true,
                try transaction.countCommitted(batch.keys) == total.count
            else { throw NotNeeded() }
        }
        logger.info("batch released", metadata: ["collection": "\(collection.id)", "reports": "\(total.count)"])
        // Best effort: it may go away whenever it likes.
        do { try await link.peer.deleteAggregateShare(task: task.id, id: shareID) } catch {
            logger.debug("the Helper keeps its aggregate share", metadata: ["reason": "\(error)"])
        }
    }
}
