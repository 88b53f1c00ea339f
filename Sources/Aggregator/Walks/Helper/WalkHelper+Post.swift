import Crypto
import DAP
import PrefixWalk
import VDAF

/// POST to an aggregation job: told apart by media type, one at a time.
extension WalkHelper {
    /// Takes an `AggregationJobContinueReq` (step 0), a `WalkEvaluateReq` or a `WalkVerdictReq` (later steps).
    ///
    /// The same bytes get the same answer; other bytes for a step that is done are a `stepMismatch`.
    package func postAggregationJob(
        id jobID: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        let digest = Array(SHA256.hash(data: body))
        let state = try await serialized(jobID) { () -> ResourceState in
            let job = try await self.knownJob(jobID)
            if MediaType.aggregationJobContinueReq.matches(mediaType) {
                return .ready(
                    body: try await self.continueInit(job, body, digest: digest), mediaType: .aggregationJobResp)
            }
            if MediaType.walkEvaluateReq.matches(mediaType) {
                return .ready(body: try await self.evaluate(job, body, digest: digest), mediaType: .walkEvaluateResp)
            }
            if MediaType.walkVerdictReq.matches(mediaType) {
                return .ready(body: try await self.commit(job, body, digest: digest), mediaType: .walkVerdictResp)
            }
            throw AggregatorError.unsupportedMediaType
        }
        return AggregationJobAnswer(id: jobID, state: state)
    }

    /// The answer to a step's latest request, if it is still at hand: jobs are answered at once, so nobody needs to
    /// poll for it.
    ///
    /// Here `step` counts as the walk does.
    package func aggregationJob(
        id jobID: AggregationJobID, step: UInt16
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        let state = try await serialized(jobID) { () -> ResourceState in
            let job = try await self.knownJob(jobID)
            guard let latest = self.shards[job.row]?.latest.withLock({ $0 }), latest.step == step else {
                throw AggregatorError.notFound
            }
            return .ready(body: latest.body, mediaType: latest.mediaType)
        }
        return AggregationJobAnswer(id: jobID, state: state)
    }

    func knownJob(_ id: AggregationJobID) async throws -> JobRecord {
        if let job = shards.job(id) { return job }
        guard let job = try await store.look("aggregation job", { try $0.job(id: id) }) else {
            throw AggregatorError.problem(.unrecognizedAggregationJob, detail: "no such aggregation job")
        }
        return job
    }

    /// Takes a job out of its walk: its reports count as rejected (rules 3 and 8), its shares are erased, its
    /// bindings stay.
    ///
    /// A walk without a job left is over.
    package func deleteAggregationJob(id jobID: AggregationJobID) async throws(AggregatorError) {
        try await serialized(jobID) {
            let job = try await self.knownJob(jobID)
            try await self.walkLocks.withLock(job.walk) {
                try await self.store.write("delete aggregation job") { transaction in
                    guard var walk = try transaction.walk(job.walk), var job = try transaction.job(row: job.row),
                        job.phase != .ended
                    else { return }
                    try transaction.addCount(.reportDropped, at: .deletion, job.count)
                    job.drop()
                    try transaction.updateJob(job)
                    if try transaction.jobs(walk.id).allSatisfy({ $0.phase == .ended }) {
                        try transaction.end(&walk, .abandoned)
                    }
                }
            }
            self.shards.remove(job.row)
            SegmentFolder(path: self.store.segmentsDirectory).remove(job: job.row)
        }
    }
}
