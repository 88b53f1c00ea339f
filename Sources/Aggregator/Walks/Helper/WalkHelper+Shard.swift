import PopulusDAP
import PrefixWalk

/// What is kept in memory of a shard's answers and evaluations: never needed, so that a restart changes no byte.
extension WalkHelper {
    /// The answer that was given to the very same request, if it is still in memory.
    func latestAnswer(of job: ShardRecord, step: UInt16, digest: [UInt8]) -> [UInt8]? {
        guard job.phase != .finished, let first = shards[job.row]?.answers.withLock({ $0.first }), first.step == step,
            first.requestDigest == digest
        else { return nil }
        return first.body
    }

    /// Works at a message to a job, and forgets its shard where the segment was damaged meanwhile: the message comes again, and
    /// finds it whole.
    func working<T>(at job: ShardRecord, _ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch let error as SegmentWasDamaged {
            shards.remove(job.row)
            throw error
        }
    }

    /// Keeps the answer to the first message of a step.
    func remember(_ body: [UInt8], _ mediaType: MediaType, of job: ShardRecord, step: UInt16, digest: [UInt8]) {
        shards[job.row]?.answers.withLock {
            $0.first = .init(step: step, requestDigest: digest, body: body, mediaType: mediaType)
        }
    }

    /// Keeps the answer that ended a step, for those who ask what was said last.
    func rememberSecond(_ body: [UInt8], _ mediaType: MediaType, of job: ShardRecord, step: UInt16, digest: [UInt8]) {
        shards[job.row]?.answers.withLock {
            $0.second = .init(step: step, requestDigest: digest, body: body, mediaType: mediaType)
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
        return { [moved] in
            if let known = shard.evaluated(step: step, live: live) { return known }
            let evaluated = try shard.evaluate(
                steps[Int(step)].parameter, history: steps[..<Int(step)].map(\.parameter), live: live,
                walkReports: steps[..<Int(step)].last?.reportCount, counting: moved)
            if isNext { shard.pending.withLock { $0 = .init(step: step, evaluated: evaluated) } }
            return evaluated
        }
    }

    /// Commits a step in memory; only where reports were rejected is there something to compute.
    ///
    /// The carried state may be ahead of the store from here on: the shard is forgotten until ``keep(_:_:)``.
    func finished(_ shard: Shard, _ evaluated: ShardStep, accepted: ReportBitmap) async throws -> StepOutcome {
        shards.remove(shard.row)
        defer { shard.pending.withLock { $0 = nil } }
        if accepted == evaluated.live { return try evaluated.finish(accepted: accepted) }
        return try await compute(urgent: true) { try evaluated.finish(accepted: accepted) }
    }

    /// Keeps a shard whose latest commit is durable.
    func keep(_ shard: Shard, _ committed: ShardRecord) {
        shards.insert(shard)
        shards.keep(committed)
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
