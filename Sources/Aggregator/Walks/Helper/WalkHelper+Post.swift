import PopulusDAP
import PrefixWalk

/// POST to an aggregation job: told apart by media type, one at a time.
extension WalkHelper {
    /// Takes an `AggregationJobContinueReq` (step 0), a `WalkEvaluateReq` or a `WalkVerdictReq` (later steps).
    ///
    /// - Parameter seat: for a verdict's commit, where that may wait for others'.
    func post(
        _ id: AggregationJobID, _ mediaType: MediaType, _ body: [UInt8], digest: [UInt8], in seat: JointWrites.Seat?
    ) async throws -> ResourceState {
        var job = try await knownJob(id)
        while true {
            do {
                return try await post(to: job, mediaType, body, digest: digest, in: seat)
            } catch AggregatorError.problem(let type, let detail) {
                // What is in memory may be old, where another process has gone on with the shard. It ends with what is stored.
                let stored = try await store.read("aggregation job") { try $0.shard(id: id) }
                guard let stored, stored != job else { throw AggregatorError.problem(type, detail: detail) }
                shards.remove(job.row)
                job = stored
            }
        }
    }

    private func post(
        to job: ShardRecord, _ mediaType: MediaType, _ body: [UInt8], digest: [UInt8], in seat: JointWrites.Seat?
    ) async throws -> ResourceState {
        guard Self.mediaTypes.contains(where: { $0.matches(mediaType) }) else {
            throw AggregatorError.unsupportedMediaType
        }
        try await checkTakesPart(job, digest: digest)
        do {
            return try await working(at: job) { try await answer(job, mediaType, body, digest: digest, in: seat) }
        } catch let error where !(error is AggregatorError) {
            // The walk may have ended meanwhile, and with it the files of the shard.
            try await store.read("walk's end") { try $0.checkGoingOn(job.walk) }
            throw error
        }
    }

    private func answer(
        _ job: ShardRecord, _ mediaType: MediaType, _ body: [UInt8], digest: [UInt8], in seat: JointWrites.Seat?
    ) async throws -> ResourceState {
        if MediaType.aggregationJobContinueReq.matches(mediaType) {
            let answer = try await continueInit(job, body, digest: digest)
            rememberSecond(answer, .aggregationJobResp, of: job, step: 0, digest: digest)
            return .ready(body: answer, mediaType: .aggregationJobResp)
        }
        if MediaType.walkEvaluateReq.matches(mediaType) {
            return .ready(body: try await evaluate(job, body, digest: digest), mediaType: .walkEvaluateResp)
        }
        return .ready(body: try await commit(job, body, digest: digest, in: seat), mediaType: .walkVerdictResp)
    }

    private static let mediaTypes = [MediaType.aggregationJobContinueReq, .walkEvaluateReq, .walkVerdictReq]

    /// Before anything else of a message is looked at: a shard that was deleted or whose walk has ended takes none.
    ///
    /// One without live reports takes what ended it once more, as the Leader may have missed the answer.
    private func checkTakesPart(_ job: ShardRecord, digest: [UInt8]) async throws {
        guard job.phase == .finished else { return }
        try await store.read("walk's end") { try $0.checkGoingOn(job.walk) }
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
    func poll(_ id: AggregationJobID, step: UInt16?) async throws -> ResourceState {
        try await jobLocks.withLock(id) {
            let job = try await knownJob(id)
            let answers = shards[job.row]?.answers.withLock { $0 }
            guard let step else { return try Self.given(answers?.latest) }
            // The numbers are those of step 0: what came later has none, and has taken their place.
            guard step <= 1, job.committedSteps <= 1, job.phase != .finished else {
                throw AggregatorError.stepMismatch("the aggregation job is beyond that step")
            }
            let answer = step == 0 ? answers?.first : answers?.second
            return try Self.given(answer.flatMap { $0.step == 0 ? $0 : nil })
        }
    }

    private static func given(_ answer: Shard.Answer?) throws -> ResourceState {
        guard let answer else { throw AggregatorError.notFound }
        return .ready(body: answer.body, mediaType: answer.mediaType)
    }

    private func knownJob(_ id: AggregationJobID) async throws -> ShardRecord {
        if let job = shards.job(id) { return job }
        guard let job = try await store.read("aggregation job", { try $0.shard(id: id) }) else {
            throw AggregatorError.unknownJob
        }
        return job
    }

    /// Takes a job out of its walk: its reports count as rejected (rules 3 and 8), its shares are erased, its
    /// bindings stay.
    ///
    /// A walk without a job left is over.
    func delete(_ id: AggregationJobID) async throws {
        let row = try await knownJob(id).row
        try await store.write("delete aggregation job") { transaction in
            guard var job = try transaction.shard(row: row), job.phase != .finished,
                var walk = try transaction.walk(job.walk)
            else { return }
            try transaction.addCount(.reportDropped, at: .deletion, job.count, in: walk.id)
            job.drop()
            try transaction.updateJob(job)
            try transaction.forget(.job(id))
            try transaction.tellOthers()
            if try transaction.shards(walk.id).allSatisfy({ $0.phase == .finished }) {
                try transaction.end(&walk, .abandoned)
            }
        }
        eraseShard(row)
        erasures.continuation.yield()
    }
}
