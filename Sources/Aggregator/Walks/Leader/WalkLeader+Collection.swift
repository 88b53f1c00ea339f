import Crypto
import DAP
import WireCodec

/// Where the Collector's requests enter: checked against the walk's durable history, and durable before the answer.
extension WalkLeader {
    /// Takes a `CollectionJobReq` for one step of a walk.
    ///
    /// The same bytes give the same job again.
    ///
    /// Spec: DAP §4.6.2; <doc:WalkExtension>
    package func createCollectionJob(body: [UInt8]) async throws(AggregatorError) -> CollectionJobID {
        try await createCollectionJob(body: body, leastReports: 0)
    }

    /// - Parameter leastReports: with fewer at hand no walk begins.
    package func createCollectionJob(
        body: [UInt8], leastReports: UInt64
    ) async throws(AggregatorError) -> CollectionJobID {
        let request: CollectionJobReq
        do { request = try CollectionJobReq(decoding: body) } catch {
            throw .invalidMessage("the collection job request does not decode")
        }
        let walk = try checkedWalk(of: request)
        guard request.query.batchMode == task.configuration.batchMode else {
            throw .invalidMessage("the query's batch mode is not the task's")
        }
        if case .timeInterval(let interval) = request.query, !interval.isWellFormed {
            throw .problem(.batchInvalid, detail: "the query's interval is not well formed")
        }
        try task.checkInterval(of: request.query, now: clock.now, settings)
        let jobID = CollectionJobID.derived(task: task.id, request: body)
        let (task, histories, now) = (walkTask, histories, clock.now)
        let intervalEnd = IntervalEnd(now: now, settings, task.configuration)
        let query = request.query
        let isNew = try await whenNothingOpens { transaction in
            walk.step == 0 ? try WaitingBatch(query, in: transaction) : WaitingBatch()
        } body: { transaction, waiting in
            if let known = try transaction.resource(ResourceID(jobID)) {
                guard known.request == body else { throw AggregatorError.internal("two requests with one job ID") }
                return false
            }
            try Self.record(
                request, body, as: jobID, walk, of: task, histories, now: now, intervalEnd, waiting,
                leastReports: leastReports, in: transaction)
            return true
        }
        if isNew, walk.step == 0 { wanted.withLock { $0[walk.walkID] = leastReports } }
        // The driver knows of the others, and repetitions would queue up behind it.
        if isNew { wakes.continuation.yield(walk.walkID) }
        return jobID
    }

    private func checkedWalk(of request: CollectionJobReq) throws(AggregatorError) -> WalkJobExtension {
        do throws(ExtensionRefusal) {
            guard let walk = try request.checkedWalk(of: task.configuration, task.codePoints) else {
                throw .missing(task.codePoints.collectionJob)
            }
            return walk
        } catch {
            if let unknown = error.unsupportedExtensions { throw .unsupportedExtensions(unknown) }
            throw .problem(error.collectionProblemType, detail: "collection job extensions: \(error)")
        }
    }

    /// Rules 2, 4, 5, 7 and 8: what a step must fulfil before it becomes part of the history, and the batch is frozen.
    private static func record(
        _ request: CollectionJobReq, _ body: [UInt8], as jobID: CollectionJobID, _ asked: WalkJobExtension,
        of task: WalkTask, _ histories: WalkHistories, now: UInt64, _ intervalEnd: IntervalEnd,
        _ waiting: WaitingBatch, leastReports: UInt64, in transaction: any StoreTransaction
    ) throws {
        let walk = try transaction.walk(asked.walkID)
        let history = try histories.history(of: walk, in: transaction)
        do throws(WalkRefusal) {
            let admission = try task.rules.admit(
                request.aggregationParameter, step: asked.step, after: history, ageSeconds: walk?.age(at: now) ?? 0)
            if case .again = admission { throw .stepAskedDifferently(step: Int(asked.step)) }
        } catch {
            throw AggregatorError(error)
        }
        if let walk {
            try check(request.query, belongsTo: walk)
        } else {
            if case .timeInterval(let interval) = request.query { try intervalEnd.check(interval) }
            try freeze(
                request.query, waiting, as: asked.walkID, of: task, now: now, leastReports: leastReports,
                in: transaction)
        }
        try transaction.insertStep(
            StepRecord(
                walk: asked.walkID, step: asked.step, parameter: request.aggregationParameter,
                resource: ResourceID(jobID)))
        try transaction.insertResource(
            ResourceRecord(
                id: ResourceID(jobID), about: .step(asked.walkID, asked.step), request: body,
                requestDigest: Array(SHA256.hash(data: body)), createdAt: now))
    }

    private static func check(_ query: Query, belongsTo walk: WalkRecord) throws {
        guard case .timeInterval(let interval) = query else { return }
        guard interval.start.units == walk.interval.lowerBound, interval.end?.units == walk.interval.upperBound else {
            throw AggregatorError.problem(.batchInvalid, detail: "the query is not that of the walk's step 0")
        }
    }

    /// Rule 5: chooses the batch, once and for all.
    ///
    /// No report belongs to two walks.
    private static func freeze(
        _ query: Query, _ waiting: WaitingBatch, as id: WalkID, of task: WalkTask, now: UInt64, leastReports: UInt64,
        in transaction: any StoreTransaction
    ) throws {
        let selector: BatchSelector
        switch query {
        case .leaderSelected: selector = .leaderSelected(.random())
        case .timeInterval(let interval): selector = .timeInterval(interval)
        }
        var walk = WalkRecord(
            id: id, batchSelector: selector.encoded(), startedAt: now, verificationKeyID: task.currentKeyID)
        walk.isFrozen = true
        walk.buckets = waiting.buckets
        if case .timeInterval = query {
            walk.interval = waiting.buckets
            let keys = selector.buckets
            if let keys, try transaction.isCollected(keys) {
                throw AggregatorError.problem(.batchOverlap, detail: "the interval has reports of another walk")
            }
        } else {
            // The next buckets would end beyond those that come back if the walk does not begin.
            if try transaction.walks().contains(where: { try transaction.isOpening($0) }) { throw BatchIsOpening() }
            // Another walk took them since they were counted.
            guard try transaction.freeBuckets() == waiting.buckets else { throw BatchIsOpening() }
        }
        try waiting.check(of: task, now: now, leastReports: leastReports)
        guard try transaction.freeze(walk) else {
            throw AggregatorError.problem(.batchOverlap, detail: "the interval has reports of another walk")
        }
    }
}

/// The reports that a walk would take: counted before it takes them, so that no upload waits for the counting.
///
/// What comes meanwhile is the walk's too, and only adds to the count.
struct WaitingBatch: Sendable {
    var buckets: Range<UInt64> = 0..<0
    var count = 0

    init() {}

    init(_ query: Query, in transaction: any StoreTransaction) throws {
        switch query {
        case .leaderSelected: buckets = try transaction.freeBuckets()
        case .timeInterval(let interval):
            guard let end = interval.end else { return }
            buckets = interval.start.units..<end.units
        }
        count = try transaction.countReports(in: buckets)
    }

    /// - Throws: `invalidBatchSize`, `fewerReportsThanAsked`.
    fileprivate func check(of task: WalkTask, now: UInt64, leastReports: UInt64) throws(AggregatorError) {
        guard count >= 1, UInt64(count) >= task.configuration.minBatchSize else {
            throw .problem(
                .invalidBatchSize,
                detail:
                    "\(count) reports are in no walk yet; the task's least batch is \(task.configuration.minBatchSize)"
                    + (task.base.intervalNote(at: now).map { "; \($0)" } ?? ""))
        }
        guard UInt64(count) >= leastReports else {
            throw .problem(
                .fewerReportsThanAsked, detail: "\(count) reports wait, fewer than the threshold of \(leastReports)")
        }
    }
}

extension WalkLeader {
    /// A collection job's result, held back until it is ready or `limit` (at most the settings' longest) is over.
    package func collectionJob(
        id job: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus {
        let changes = waiters.changes(of: job)
        if let status = try await status(of: job) { return status }
        await Waiters<CollectionJobID>.next(of: changes, waitingUpTo: min(limit, settings.longestPoll), on: clock)
        return try await status(of: job) ?? .pending
    }

    private func status(of job: CollectionJobID) async throws(AggregatorError) -> CollectionJobStatus? {
        guard let found = try await reading("poll collection job", { try $0.resource(ResourceID(job)) }) else {
            throw .notFound
        }
        switch found.state {
        case .running: return nil
        case .released: return .ready(body: found.response, mediaType: .walkCollectionJobResp)
        case .deleted: throw .notFound
        case .failed:
            guard let problem = ProblemDocument(decoding: found.response) else { throw .store(.damaged("problem")) }
            throw .failed(problem, status: found.failureStatus)
        }
    }

    /// Discards a job's result, never history (rule 8).
    ///
    /// Deleting the job of a walk's latest step gives the walk up: its shares are erased and it takes no further
    /// step.
    package func deleteCollectionJob(id job: CollectionJobID) async throws(AggregatorError) {
        let abandoned = try await writing("delete collection job") { transaction -> WalkID? in
            guard var found = try transaction.resource(ResourceID(job)), case .step(let id, let number) = found.subject
            else { throw AggregatorError.notFound }
            let latest = try transaction.lastStep(id)?.step
            if found.state != .deleted {
                if found.state == .running, var step = try transaction.step(id, number) {
                    step.reportCount = 0
                    try transaction.updateStep(step)
                }
                found.state = .deleted
                found.response = []
                try transaction.updateResource(found)
            }
            guard latest == number, var walk = try transaction.walk(id) else { return nil }
            try transaction.giveUp(&walk, .abandoned)
            return walk.id
        }
        waiters.notify(job)
        if let abandoned { await release(abandoned) }
    }
}

extension CollectionJobID {
    /// The job's ID follows from the request, so that a repeated request finds its job.
    static func derived(task: TaskID, request: [UInt8]) -> CollectionJobID {
        var hash = SHA256()
        hash.update(data: Array("populus collection job".utf8))
        hash.update(data: task.bytes)
        hash.update(data: request)
        return CollectionJobID(bytes: Array(hash.finalize().prefix(byteCount))) ?? .random()
    }
}
