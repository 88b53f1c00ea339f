import DAP
import Logging
import VDAF
import WireCodec

/// The end of a step: where a level is summed, noised, sealed and released.
extension WalkLeader {
    func finish(_ work: StepWork) async throws {
        let jobs = try await store.read("sums of a step") { transaction in
            try transaction.checkRunning(work.walk.id)
            return try transaction.shards(work.walk.id)
        }
        let release: Release
        do {
            let total = try WalkStepTotal(jobs, walk: work.walk, step: work.step.step)
            // Rules 3 and 5, before the Helper is asked.
            release = try Release(
                total, of: work.step, work.parameter, rules: walkTask.rules,
                for: try decoded(CollectionJobReq.self, work.job.request),
                try decoded(BatchSelector.self, work.walk.batchSelector))
        } catch let refusal as WalkRefusal {
            throw StepFailure.refused(refusal)
        }
        let helperShare = try await askHelper(release.request, work)
        let sealed = try release.sealed(by: task, noiseKey: store.noiseKey)
        try await store(sealed, sealed.collection(with: helperShare), work)
    }

    private func decoded<T: WireCodable>(_ type: T.Type, _ bytes: [UInt8]) throws -> T {
        do { return try T(decoding: bytes) } catch { throw StoreError.damaged("\(type)") }
    }

    private func askHelper(
        _ request: (mediaType: MediaType, body: [UInt8]), _ work: StepWork
    ) async throws -> HpkeCiphertext {
        let (peer, clock, taskID) = (peer, clock, task.id)
        let answer = try await asking("aggregate share", for: work.walk) { () async throws(PeerError) in
            try await peer.createdAggregateShare(
                task: taskID, mediaType: request.mediaType, body: request.body, on: clock)
        }
        guard let share = try? AggregateShare(decoding: answer.body) else {
            throw StepFailure.helperMisbehaved(.invalidMessage, "the aggregate share does not decode")
        }
        return share.encryptedAggregateShare
    }

    private func store(_ sealed: SealedRelease, _ response: [UInt8], _ work: StepWork) async throws {
        let release = sealed.release
        try await store.write("release a step") { transaction in
            try transaction.checkRunning(work.walk.id)
            try transaction.store(sealed, response, as: work.job)
        }
        logger.info(
            "step released",
            metadata: [
                "walk": "\(work.walk.id)", "step": "\(work.step.step)", "level": "\(work.parameter.level)",
                "candidates": "\(work.parameter.prefixes.count)", "reports": "\(release.count)",
                "late": "\(release.lateRejections)",
            ])
        if let id = CollectionJobID(bytes: work.job.id.bytes) { waiters.notify(id) }
        if release.isLeaf { await erase(work.walk.id) }
    }
}
