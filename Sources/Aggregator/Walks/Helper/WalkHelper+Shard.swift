import DAP
import Logging
import PrefixWalk
import VDAF

/// What all requests to an aggregation job have in common.
extension WalkHelper {
    /// Runs `body` when no other request for the job is at work, and gives its errors this module's type.
    func serialized<T: Sendable>(
        _ job: AggregationJobID, _ body: () async throws -> T
    ) async throws(AggregatorError) -> T {
        do { return try await jobLocks.withLock(job, body) } catch { throw AggregatorError(wrapping: error) }
    }

    /// Runs a long computation off the cooperative pool; what the peer's bytes did wrong fails the request.
    func compute<T: Sendable>(
        urgent: Bool = false, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        do { return try await work.run(urgent: urgent, body) } catch let error as PrefixWalkError {
            switch error {
            case .messageLength, .nonCanonicalElement:
                throw AggregatorError.invalidMessage("verifier shares: \(error)")
            case .invalidParameter:
                throw AggregatorError.problem(.invalidAggregationParameter, detail: "it cannot be evaluated")
            case .system(let operation, let code): throw StoreError("a walk's file, \(operation)", errno: code)
            default: throw AggregatorError.internal("\(error)")
            }
        }
    }

    /// The shard in memory, opened again from its segment where a restart lost it.
    func shard(for job: ShardRecord) async throws -> Shard {
        if let shard = shards[job.row] { return shard }
        let (task, directory, account) = (walkTask, store.segmentsDirectory, accounts[job.walk])
        let (bound, walk) = try await store.read("reports of a shard") { transaction in
            (try transaction.boundReports(job: job.row), try transaction.walk(job.walk))
        }
        guard let walk else { throw StoreError.damaged("walk is missing") }
        let refusals = try Refusals(decoding: job.refusals)
        let reports = bound.filter { refusals[$0.ordinal] == nil }
        let shard = try await compute {
            try Shard(
                job: job, reports: reports, of: task, keyID: walk.verificationKeyID, directory: directory,
                account: account)
        }
        shards.insert(shard)
        return shard
    }

    /// The answer that was given to the very same request, if it is still in memory.
    func latestAnswer(of job: ShardRecord, step: UInt16, digest: [UInt8]) -> Shard.LatestAnswer? {
        guard job.phase != .finished, let latest = shards[job.row]?.latest.withLock({ $0 }), latest.step == step,
            latest.requestDigest == digest
        else { return nil }
        return latest
    }

    func remember(_ body: [UInt8], _ mediaType: MediaType, of job: ShardRecord, step: UInt16, digest: [UInt8]) {
        shards[job.row]?.latest.withLock {
            $0 = .init(step: step, requestDigest: digest, body: body, mediaType: mediaType)
        }
    }

    /// Keeps the answer that ended a step, for those who ask what was said last.
    func rememberSecond(_ body: [UInt8], _ mediaType: MediaType, of job: ShardRecord, step: UInt16, digest: [UInt8]) {
        shards[job.row]?.latestSecond.withLock {
            $0 = .init(step: step, requestDigest: digest, body: body, mediaType: mediaType)
        }
    }

    /// The step as it was evaluated, or evaluated again after a restart: the same bytes each time.
    func evaluated(
        _ shard: Shard, _ job: ShardRecord, step: UInt16, live: ReportBitmap
    ) async throws -> ShardStep {
        if let known = shard.evaluated(step: step, live: live) { return known }
        let evaluation = try await evaluation(shard, job, step: step, live: live)
        return try await compute { try evaluation() }
    }

    /// What evaluates the step unless it was evaluated before, for `compute`.
    func evaluation(
        _ shard: Shard, _ job: ShardRecord, step: UInt16, live: ReportBitmap
    ) async throws -> @Sendable () throws -> ShardStep {
        let steps = try await steps(of: job.walk, through: step)
        let isNext = step == job.committedSteps
        return {
            if let known = shard.evaluated(step: step, live: live) { return known }
            let evaluated = try shard.evaluator.evaluate(
                steps[Int(step)].parameter, history: steps[..<Int(step)].map(\.parameter), live: live)
            if isNext { shard.pending.withLock { $0 = .init(step: step, evaluated: evaluated) } }
            return evaluated
        }
    }

    /// Commits a step in memory; only where reports were rejected is there something to compute.
    func finished(_ evaluated: ShardStep, accepted: ReportBitmap) async throws -> StepOutcome {
        if accepted == evaluated.live { return try evaluated.finish(accepted: accepted) }
        return try await compute(urgent: true) { try evaluated.finish(accepted: accepted) }
    }

    /// The steps of a walk at least up to `step`, oldest first.
    func steps(of walk: WalkID, through step: UInt16) async throws -> [WalkHistories.Step] {
        if let known = histories.steps(walk, through: step) { return known }
        let histories = histories
        let steps = try await store.read("history") { try histories.steps(walk, in: $0) }
        guard steps.count > step else { throw StoreError.damaged("a step is missing") }
        histories.keep(steps, of: walk)
        return steps
    }

    func log(_ job: ShardRecord, step: UInt16, level: Int, rejected: Int) {
        logger.info(
            "shard committed",
            metadata: [
                "walk": "\(job.walk)", "step": "\(step)", "level": "\(level)", "shard": "\(job.ordinal)",
                "accepted": "\(job.count)", "rejected": "\(rejected)",
            ])
    }
}

extension StoreTransaction {
    /// The walk, if it is still served.
    @discardableResult
    func checkServing(_ id: WalkID) throws -> WalkRecord {
        guard let walk = try walk(id) else { throw StoreError.damaged("walk is missing") }
        if let end = walk.end { throw AggregatorError(.ended(end)) }
        return walk
    }

    /// Refuses a message to a shard whose walk has ended.
    func checkGoingOn(_ id: WalkID) throws {
        if let end = try walkEnd(id) { throw AggregatorError.stepMismatch(WalkRefusal.ended(end).description) }
    }

    /// Checks that what is to be committed follows what is stored.
    func checkNext(_ committed: ShardRecord) throws {
        guard let stored = try shard(row: committed.row), stored.phase == .opened else {
            throw AggregatorError.stepMismatch("the aggregation job was deleted")
        }
        guard stored.committedSteps == committed.committedSteps - 1 else {
            throw AggregatorError.stepMismatch("the step is committed, after another request")
        }
    }
}
