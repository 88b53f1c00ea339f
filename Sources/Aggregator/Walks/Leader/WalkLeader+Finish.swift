import DAP
import Logging

/// The end of a step: where a level is summed and released.
extension WalkLeader {
    func finish(_ work: WalkStepWork) async throws {
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
                for: try CollectionJobReq(stored: work.job.request, "collection job"),
                try BatchSelector(stored: work.walk.batchSelector, "batch selector"))
        } catch let refusal as WalkRefusal {
            throw Failure.refused(refusal)
        }
        _ = try await self.release(release, of: work.job, for: purpose(of: work.walk)) {
            try $0.checkRunning(work.walk.id)
        }
        logger.info(
            "step released",
            metadata: [
                "walk": "\(work.walk.id)", "step": "\(work.step.step)", "level": "\(work.parameter.level)",
                "candidates": "\(work.parameter.prefixes.count)", "reports": "\(release.count)",
                "late": "\(release.lateRejections)",
            ])
    }
}
