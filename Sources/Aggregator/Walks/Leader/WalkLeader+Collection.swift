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
        let isNew = try await whenNothingOpens { transaction in
            if let known = try transaction.step(resourceID: jobID.bytes) {
                guard known.request == body else { throw AggregatorError.internal("two requests with one job ID") }
                return false
            }
            try Self.record(
                request, body, as: jobID, walk, of: task, histories, now: now, intervalEnd, leastReports: leastReports,
                in: transaction)
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
        leastReports: UInt64, in transaction: any StoreTransaction
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
            let begun = try freeze(
                request.query, as: asked.walkID, of: task, now: now, leastReports: leastReports, in: transaction)
            try transaction.insertWalk(begun)
        }
        try transaction.insertStep(
            StepRecord(
                walk: asked.walkID, step: asked.step, parameter: request.aggregationParameter,
                resourceID: jobID.bytes, request: body))
    }

    private static func check(_ query: Query, belongsTo walk: WalkRecord) throws {
        guard case .timeInterval(let interval) = query else { return }
        guard interval.start.units == walk.intervalStart, interval.end?.units == walk.intervalEnd else {
            throw AggregatorError.problem(.batchInvalid, detail: "the query is not that of the walk's step 0")
        }
    }

    /// Rule 5: chooses the batch, once and for all.
    ///
    /// No report belongs to two walks.
    private static func freeze(
        _ query: Query, as id: WalkID, of task: WalkTask, now: UInt64, leastReports: UInt64,
        in transaction: any StoreTransaction
    ) throws -> WalkRecord {
        let walks = try transaction.walks()
        let selector: BatchSelector
        switch query {
        case .leaderSelected: selector = .leaderSelected(.random())
        case .timeInterval(let interval): selector = .timeInterval(interval)
        }
        var walk = WalkRecord(
            id: id, batchSelector: selector.encoded(), startedAt: now, verificationKeyID: task.currentKeyID)
        walk.isFrozen = true
        walk.firstRow = 1
        walk.lastRow = try transaction.lastReportRow()
        if case .timeInterval(let interval) = query, let end = interval.end {
            (walk.intervalStart, walk.intervalEnd) = (interval.start.units, end.units)
            if walks.contains(where: { $0.intervalStart < walk.intervalEnd && walk.intervalStart < $0.intervalEnd }) {
                throw AggregatorError.problem(.batchOverlap, detail: "the interval has reports of another walk")
            }
        } else {
            // The next rows would end beyond those that come back if the walk does not begin.
            if try walks.contains(where: { try transaction.isOpening($0) }) { throw BatchIsOpening() }
            // Rows only grow, so a leader-selected batch is all rows since the last one.
            walk.firstRow = (walks.map(\.lastRow).max() ?? 0) + 1
        }
        let count =
            walk.lastRow >= walk.firstRow
            ? try transaction.countReports(rows: walk.firstRow...walk.lastRow, times: walk.times) : 0
        guard count >= 1, UInt64(count) >= task.configuration.minBatchSize else {
            throw AggregatorError.problem(
                .invalidBatchSize,
                detail:
                    "\(count) reports are in no walk yet; the task's least batch is \(task.configuration.minBatchSize)"
                    + (task.base.intervalNote(at: now).map { "; \($0)" } ?? ""))
        }
        // In the transaction that would freeze the batch: what comes meanwhile is counted or comes later.
        guard UInt64(count) >= leastReports else {
            throw AggregatorError.problem(
                .fewerReportsThanAsked, detail: "\(count) reports wait, fewer than the threshold of \(leastReports)")
        }
        return walk
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
        guard let step = try await looking("poll collection job", { try $0.step(resourceID: job.bytes) }) else {
            throw .notFound
        }
        switch step.state {
        case .running: return nil
        case .released: return .ready(body: step.response, mediaType: .walkCollectionJobResp)
        case .deleted: throw .notFound
        case .failed:
            guard let problem = ProblemDocument(decoding: step.response) else { throw .store(.damaged("problem")) }
            throw .failed(problem, status: step.failureStatus)
        }
    }

    /// Discards a job's result, never history (rule 8).
    ///
    /// Deleting the job of a walk's latest step gives the walk up: its shares are erased and it takes no further
    /// step.
    package func deleteCollectionJob(id job: CollectionJobID) async throws(AggregatorError) {
        let abandoned = try await writing("delete collection job") { transaction -> WalkID? in
            guard var step = try transaction.step(resourceID: job.bytes) else { throw AggregatorError.notFound }
            let latest = try transaction.lastStep(step.walk)?.step
            step.response = []
            if step.state != .deleted {
                if step.state == .running { step.reportCount = 0 }
                step.state = .deleted
                try transaction.updateStep(step)
            }
            guard latest == step.step, var walk = try transaction.walk(step.walk) else { return nil }
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
