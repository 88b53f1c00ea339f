import PopulusDAP
import PopulusWireCodec

/// Where the Collector's requests enter: checked against the walk's durable history, and durable before the answer.
extension WalkLeader {
    func counted(for asked: AskedCollection) async throws -> WaitingBatch {
        guard asked.walk?.step == 0 else { return WaitingBatch() }
        return try await store.read("waiting reports") { try WaitingBatch(asked.request.query, in: $0) }
    }

    func accepted(_ asked: AskedCollection) {
        guard let walk = asked.walk, walk.step == 0 else { return }
        wanted.withLock { $0[walk.walkID] = asked.leastReports }
    }

    /// Rules 2, 4, 5, 7 and 8: what a step must fulfil before it becomes part of the history, and the batch is frozen.
    func admit(
        _ asked: AskedCollection, _ counted: WaitingBatch, in transaction: any StoreTransaction
    ) throws -> ResourceRecord {
        guard let (id, number) = asked.walk.map({ ($0.walkID, $0.step) }) else {
            throw AggregatorError.internal("a step of no walk")
        }
        let request = asked.request
        let walk = try transaction.walk(id)
        let history = try histories.history(of: walk, in: transaction)
        do throws(WalkRefusal) {
            let admission = try walkTask.rules.admit(
                request.aggregationParameter, step: number, after: history,
                ageSeconds: walk?.age(at: asked.now) ?? 0)
            if case .again = admission { throw .stepAskedDifferently(step: Int(number)) }
        } catch {
            throw AggregatorError(error)
        }
        if let walk {
            try check(request.query, belongsTo: walk)
        } else {
            try asked.checkIntervalIsOver()
            try freeze(asked, counted, as: id, in: transaction)
        }
        let job = asked.job(.derived("collection job", task.id, asked.digest), about: .step(id, number))
        try transaction.insertStep(
            StepRecord(walk: id, step: number, parameter: request.aggregationParameter, resource: job.id))
        return job
    }

    /// Of a walk that has ended, however it did and whatever became of the job.
    func subjectsOfRejections(
        of job: ResourceRecord, in transaction: any StoreTransaction
    ) throws -> ClosedRange<RejectionSubject>? {
        guard case .step(let id, _) = job.subject, try transaction.walkEnd(id) != nil else { return nil }
        return RejectionSubject(id)...RejectionSubject(id)
    }

    private func check(_ query: Query, belongsTo walk: WalkRecord) throws {
        guard case .timeInterval(let interval) = query else { return }
        guard interval.start.units == walk.interval.lowerBound, interval.end?.units == walk.interval.upperBound else {
            throw AggregatorError.problem(.batchInvalid, detail: "the query is not that of the walk's step 0")
        }
    }

    /// Rule 5: chooses the batch, once and for all.
    ///
    /// No report belongs to two walks.
    private func freeze(
        _ asked: AskedCollection, _ waiting: WaitingBatch, as id: WalkID, in transaction: any StoreTransaction
    ) throws {
        let query = asked.request.query
        let selector: BatchSelector
        switch query {
        case .leaderSelected: selector = .leaderSelected(.random())
        case .timeInterval(let interval): selector = .timeInterval(interval)
        }
        var walk = WalkRecord(
            id: id, batchSelector: selector.encoded(), startedAt: asked.now, verificationKeyID: task.currentKeyID)
        walk.isFrozen = true
        walk.buckets = waiting.buckets
        if case .timeInterval = query {
            walk.interval = waiting.buckets
            if let keys = selector.buckets, try transaction.isCollected(keys) {
                throw AggregatorError.problem(.batchOverlap, detail: "the interval has reports of another walk")
            }
        } else {
            // The next buckets would end beyond those that come back if the walk does not begin.
            if try transaction.walks().contains(where: { try transaction.isOpening($0) }) { throw BatchIsOpening() }
            // Another walk took them since they were counted.
            guard try transaction.freeBuckets() == waiting.buckets else { throw BatchIsOpening() }
        }
        // Some that were counted may have been forgotten since.
        guard try transaction.forgottenBefore() == waiting.forgottenBefore else { throw BatchIsOpening() }
        try waiting.check(of: task, now: asked.now, leastReports: asked.leastReports)
        guard try transaction.freeze(walk) else {
            throw AggregatorError.problem(.batchOverlap, detail: "the interval has reports of another walk")
        }
    }
}

/// The reports that a walk would take: counted before it takes them, so that no upload waits for the counting.
///
/// What comes meanwhile is the walk's too, and adds to the count. What is too old goes meanwhile: then it is counted anew.
struct WaitingBatch: Sendable {
    var buckets: Range<UInt64> = 0..<0
    var count = 0
    /// The store's floor of time when they were counted.
    var forgottenBefore: UInt64 = 0

    init() {}

    init(_ query: Query, in transaction: any StoreTransaction) throws {
        switch query {
        case .leaderSelected: buckets = try transaction.freeBuckets()
        case .timeInterval(let interval):
            guard let end = interval.end else { return }
            buckets = interval.start.units..<end.units
        }
        count = try transaction.countReports(in: buckets)
        forgottenBefore = try transaction.forgottenBefore()
    }

    /// - Throws: `invalidBatchSize`, `fewerReportsThanAsked`.
    fileprivate func check(of task: AggregatorTask, now: UInt64, leastReports: UInt64) throws(AggregatorError) {
        guard count >= 1, UInt64(count) >= task.configuration.minBatchSize else {
            throw .problem(
                .invalidBatchSize,
                detail:
                    "\(count) reports are in no walk yet; the task's least batch is \(task.configuration.minBatchSize)"
                    + (task.intervalNote(at: now).map { "; \($0)" } ?? ""))
        }
        guard UInt64(count) >= leastReports else {
            throw .problem(
                .fewerReportsThanAsked, detail: "\(count) reports wait, fewer than the threshold of \(leastReports)")
        }
    }
}
