import DAP
import Logging
import VDAF
import WireCodec

/// The end of a step: where a level is summed, noised, sealed and released.
extension WalkLeader {
    func finish(_ work: WalkStepWork) async throws {
        let jobs = try await store.read("sums of a step") { transaction in
            try transaction.checkRunning(work.walk.id)
            return try transaction.shards(work.walk.id)
        }
        let total: StepTotal
        do { total = try StepTotal(jobs, walk: work.walk, step: work.step.step) } catch let refusal as WalkRefusal {
            throw Failure.refused(refusal)
        }
        // Rules 3 and 5, before the Helper is asked.
        let lateRejections: UInt64
        do {
            lateRejections = try walkTask.rules.checkOutcome(reportCount: total.count, initialCount: total.initialCount)
        } catch { throw Failure.refused(error) }

        let collection = try decoded(CollectionJobReq.self, work.job.request)
        let selector = try decoded(BatchSelector.self, work.walk.batchSelector)
        let request = WalkAggregateShareReq(
            request: AggregateShareReq(
                collectionJobReq: collection, batchSelector: selector, reportCount: total.count,
                checksum: total.checksum),
            lateRejections: lateRejections)
        let helperShare = try await link.share(
            .walkAggregateShareReq, request.encoded(), for: purpose(of: work.walk)
        ).share

        let aad = WalkAggregateShareAad(
            base: AggregateShareAad(
                taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: collection),
            batchSelector: selector, reportCount: total.count, checksum: total.checksum,
            lateRejections: lateRejections)
        let sealed = try walkTask.sealedShare(
            total, work.parameter, of: WalkJobExtension(walkID: work.walk.id, step: work.step.step),
            noiseKey: store.noiseKey, aad: aad)
        let response = WalkCollectionJobResp(
            result: CollectionJobResp(
                reportCount: total.count, interval: total.interval, leaderEncryptedAggregateShare: sealed,
                helperEncryptedAggregateShare: helperShare),
            batchSelector: selector, checksum: total.checksum, lateRejections: lateRejections)
        try await release(response.encoded(), total, work)
    }

    private func decoded<T: WireCodable>(_ type: T.Type, _ bytes: [UInt8]) throws -> T {
        do { return try T(decoding: bytes) } catch { throw StoreError.damaged("\(type)") }
    }

    /// Rule 6: stored before anyone sees it, so that a repeated question gets the same bytes.
    private func release(_ response: [UInt8], _ total: StepTotal, _ work: WalkStepWork) async throws {
        let isLeaf = work.parameter.level == walkTask.rules.leafLevel
        try await store.write("release a step") { transaction in
            try transaction.checkRunning(work.walk.id)
            guard var walk = try transaction.walk(work.walk.id) else { throw StoreError.damaged("walk is missing") }
            var (step, job) = (work.step, work.job)
            step.reportCount = total.count
            try transaction.updateStep(step)
            job.state = .released
            job.response = response
            try transaction.updateResource(job)
            walk.initialCount = total.initialCount
            try transaction.updateWalk(walk)
            if isLeaf { try transaction.end(&walk, .completed) }
        }
        logger.info(
            "step released",
            metadata: [
                "walk": "\(work.walk.id)", "step": "\(work.step.step)", "level": "\(work.parameter.level)",
                "candidates": "\(work.parameter.prefixes.count)", "reports": "\(total.count)",
                "late": "\(total.initialCount - total.count)",
            ])
        if isLeaf { await erase(work.walk.id) }
    }
}
