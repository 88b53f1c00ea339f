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
            guard Self.mediaTypes.contains(where: { $0.matches(mediaType) }) else {
                throw AggregatorError.unsupportedMediaType
            }
            try await self.checkTakesPart(job, digest: digest)
            do {
                return try await self.answer(job, mediaType, body, digest: digest)
            } catch let error where !(error is AggregatorError) {
                // The walk may have ended meanwhile, and with it the files of the shard.
                if let end = try await self.store.read("walk's end", { try $0.walkEnd(job.walk) }) {
                    throw AggregatorError.stepMismatch(WalkRefusal.ended(end).description)
                }
                throw error
            }
        }
        return AggregationJobAnswer(id: jobID, state: state)
    }

    private func answer(
        _ job: ShardRecord, _ mediaType: MediaType, _ body: [UInt8], digest: [UInt8]
    ) async throws -> ResourceState {
        if MediaType.aggregationJobContinueReq.matches(mediaType) {
            let answer = try await continueInit(job, body, digest: digest)
            rememberSecond(answer, .aggregationJobResp, of: job, step: 0, digest: digest)
            return .ready(body: answer, mediaType: .aggregationJobResp)
        }
        if MediaType.walkEvaluateReq.matches(mediaType) {
            return .ready(body: try await evaluate(job, body, digest: digest), mediaType: .walkEvaluateResp)
        }
        return .ready(body: try await commit(job, body, digest: digest), mediaType: .walkVerdictResp)
    }

    private static let mediaTypes = [MediaType.aggregationJobContinueReq, .walkEvaluateReq, .walkVerdictReq]

    /// Before anything else of a message is looked at: a shard that was deleted or whose walk has ended takes none.
    ///
    /// One without live reports takes what ended it once more, as the Leader may have missed the answer.
    private func checkTakesPart(_ job: ShardRecord, digest: [UInt8]) async throws {
        guard job.phase == .finished else { return }
        if let end = try await store.read("walk's end", { try $0.walkEnd(job.walk) }) {
            throw AggregatorError.stepMismatch(WalkRefusal.ended(end).description)
        }
        guard !job.verdictDigest.isEmpty else {
            throw AggregatorError.stepMismatch("the aggregation job was deleted")
        }
        guard job.verdictDigest == digest else {
            throw AggregatorError.stepMismatch("the aggregation job has no report left")
        }
    }

    /// An answer that was given, if it is still at hand: jobs are answered at once, so nobody needs to poll for it.
    ///
    /// `step` is DAP's: 0 is the initialisation, 1 the continuation, both of the walk's step 0.
    package func aggregationJob(
        id jobID: AggregationJobID, step: UInt16?
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        let state = try await serialized(jobID) { () -> ResourceState in
            let job = try await self.knownJob(jobID)
            guard let step else { return try self.given(self.shards[job.row]?.latestOfAll) }
            // The numbers are those of step 0: what came later has none, and has taken their place.
            guard step <= 1, job.committedSteps <= 1, job.phase != .finished else {
                throw AggregatorError.stepMismatch("the aggregation job is beyond that step")
            }
            let shard = self.shards[job.row]
            let answer = step == 0 ? shard?.latest.withLock { $0 } : shard?.latestSecond.withLock { $0 }
            return try self.given(answer.flatMap { $0.step == 0 ? $0 : nil })
        }
        return AggregationJobAnswer(id: jobID, state: state)
    }

    private func given(_ answer: Shard.LatestAnswer?) throws -> ResourceState {
        guard let answer else { throw AggregatorError.notFound }
        return .ready(body: answer.body, mediaType: answer.mediaType)
    }

    func knownJob(_ id: AggregationJobID) async throws -> ShardRecord {
        if let job = shards.job(id) { return job }
        guard let job = try await store.read("aggregation job", { try $0.shard(id: id) }) else {
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
                    guard var walk = try transaction.walk(job.walk), var job = try transaction.shard(row: job.row),
                        job.phase != .finished
                    else { return }
                    try transaction.addCount(.reportDropped, at: .deletion, job.count, in: walk.id)
                    job.drop()
                    try transaction.updateJob(job)
                    if try transaction.shards(walk.id).allSatisfy({ $0.phase == .finished }) {
                        try transaction.end(&walk, .abandoned)
                    }
                }
            }
            self.shards.remove(job.row)
            SegmentFolder(of: self.store).remove(job: job.row)
        }
    }
}
