import Logging
import PopulusDAP

/// The end of a step: where a level is summed and released.
extension WalkLeader {
    /// - Parameters:
    ///   - held: shards whose verdict goes with the request for the Helper's share.
    ///   - after: all shards of the walk right after the last commit of these, where that is known.
    func finish(_ work: WalkStepWork, _ held: [ShardRecord], _ after: [ShardRecord]?, _ claim: Claim) async throws {
        let jobs = try await sums(work, after)
        // Before the Helper is asked.
        let release = try release(of: jobs, work)
        var request = release.request
        if !held.isEmpty { request = (.walkFinishReq, try await finishRequest(request.body, held, work)) }
        _ = try await self.release(
            release, asking: request, of: work.job, for: purpose(of: work.walk), claim
        ) { [self] transaction in
            try transaction.checkRunning(work.walk.id)
            // Once more where it is sealed: the sum is of what the shards are now, whoever has committed them.
            let now = try self.release(of: try transaction.shards(work.walk.id), work)
            guard now.isOfTheSame(as: release) else { throw NotNeeded() }
        }
        logger.info(
            "step released",
            metadata: [
                "walk": "\(work.walk.id)", "step": "\(work.step.step)", "level": "\(work.parameter.level)",
                "candidates": "\(work.parameter.prefixes.count)", "reports": "\(release.count)",
                "late": "\(release.lateRejections)",
            ])
    }

    /// All shards of the walk, as they have committed the step.
    private func sums(_ work: WalkStepWork, _ after: [ShardRecord]?) async throws -> [ShardRecord] {
        if let after, after.allSatisfy({ $0.phase == .finished || $0.committedSteps == work.step.step + 1 }) {
            return after
        }
        return try await store.read("sums of a step") { transaction in
            try transaction.checkRunning(work.walk.id)
            return try transaction.shards(work.walk.id)
        }
    }

    /// What a step's shards come to (rules 3 and 5).
    ///
    /// - Throws: `Failure.refused`.
    private func release(of jobs: [ShardRecord], _ work: WalkStepWork) throws -> Release {
        do {
            return try Release(
                try WalkStepTotal(jobs, walk: work.walk, step: work.step.step), of: work.step, work.parameter,
                rules: walkTask.rules, for: try CollectionJobReq(stored: work.job.request, "collection job"),
                try BatchSelector(stored: work.walk.batchSelector, "batch selector"))
        } catch let refusal as WalkRefusal {
            throw Failure.refused(refusal)
        }
    }
}
