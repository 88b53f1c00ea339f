import PopulusDAP
import PopulusVDAF

/// Which reports make the next aggregation job.
extension BatchLeader {
    /// Assigns waiting reports to a job and binds them to it (rule 1); the same reports after a restart.
    ///
    /// `nil` if it is not time for a job, or nothing waits for one.
    func nextJob() async throws -> BatchJobRecord? {
        try await planning.withLock(.reports) {
            guard arrivals.take() else { return nil }
            // Should this fail it is time for a job still.
            var isPlanned = false
            defer { if !isPlanned { arrivals.hurry() } }
            // With nothing to send there is nothing to say either: stores are bound with the first message of the work.
            if try await areReportsWaiting(from: 0) { await lookAtHelperClock() }
            let plan = JobPlan(
                task: task, settings: settings, examined: try await examinedCollections(),
                firstWaiting: helperClock.firstWaiting(at: clock.now))
            let (next, claim) = try await store.write("plan an aggregation job") { transaction in
                // Nothing begins in a task whose work is over.
                let next = try transaction.isStopped ? JobPlan.Next() : plan.nextJob(in: transaction)
                return (next, try next.job.flatMap { try transaction.take(.row($0.row)) })
            }
            claims.keep(claim)
            // Where reports wait for the Helper's clock nothing else will set their job going.
            if plan.firstWaiting < .max, try await areReportsWaiting(from: plan.firstWaiting) { arrivals.hurry() }
            // Whoever ends the job that others wait for plans the next one.
            if next.isHeld { arrivals.hurry() }
            if next.isFull { hurry() }
            isPlanned = true
            return next.job
        }
    }

    /// Whether a report waits whose time, in units of the task's precision, is `first` or later.
    private func areReportsWaiting(from first: UInt64) async throws -> Bool {
        try await store.read("reports that wait") {
            try !$0.isStopped && $0.countWaitingReports(times: first..<UInt64.max, throughRow: .max, limit: 1) > 0
        }
    }
}

/// The rules by which reports become jobs.
///
/// A report that was given back keeps its verification key: two queries of one Prio3 proof would tell the measurement.
struct JobPlan: Sendable {
    let task: AggregatorTask
    let settings: AggregatorSettings
    /// Collections of Poplar1 that no report was bound to: what of that which waits opens here.
    let examined: [ResourceID: ExaminedReports]
    /// Reports of this time, in units of the task's precision, and later ones wait for the Helper's clock.
    var firstWaiting = UInt64.max

    struct Next: Sendable {
        var job: BatchJobRecord?
        /// There may be more reports than the job has taken.
        var isFull = false
        /// A collection waits for the end of its first job.
        var isHeld = false
    }

    /// What collection jobs wait for comes first; then whatever is there, if no parameter is needed.
    func nextJob(in transaction: any StoreTransaction) throws -> Next {
        var next = Next()
        let collections = try transaction.runningResources()
        for collection in collections {
            let wanted = try CollectedBatch(collection)
            guard try mayBegin(wanted, collection, in: transaction) else {
                // Its first job has ended without a report since it was looked at, or what was found was taken.
                if isToBeExamined(collection) { next.isHeld = true }
                continue
            }
            if try isUntried(wanted, in: transaction) || mustWait(wanted, for: collections, in: transaction) {
                next.isHeld = true
                continue
            }
            try plan(wanted.times, wanted.parameter, wanted.batchID, into: &next, in: transaction)
            if next.job != nil { return next }
        }
        try discardCollected(in: transaction)
        guard !task.hasAggregationParameter,
            try transaction.countWaitingReports(
                times: Range.all.clamped(to: 0..<firstWaiting), throughRow: .max, limit: 1) > 0
        else { return next }
        let batch = try task.configuration.batchMode == .leaderSelected ? openBatch(in: transaction) : nil
        try plan(.all, [], batch, into: &next, in: transaction)
        return next
    }

    /// Whether a Poplar1 collection's first job is at work: should the Helper refuse it, no other reports are spent.
    private func isUntried(_ wanted: CollectedBatch, in transaction: any StoreTransaction) throws -> Bool {
        guard task.hasAggregationParameter, try transaction.countCommitted(wanted.keys) == 0 else { return false }
        return try !transaction.openBatchJobs(of: wanted).isEmpty
    }

    /// Whether a Poplar1 collection has not begun and another one has: that one may take all that waits, and what was
    /// bound here would then be too few for any answer.
    private func mustWait(
        _ wanted: CollectedBatch, for collections: [ResourceRecord], in transaction: any StoreTransaction
    ) throws -> Bool {
        guard task.hasAggregationParameter, try !transaction.isBegun(wanted) else { return false }
        return try collections.contains { other in
            guard other.isWaiting else { return false }
            let batch = try CollectedBatch(other)
            return try batch.times.overlaps(wanted.times) && transaction.isBegun(batch)
        }
    }

    /// Whether a collection's reports may be aggregated now.
    private func mayBegin(
        _ wanted: CollectedBatch, _ collection: ResourceRecord, in transaction: any StoreTransaction
    ) throws -> Bool {
        // A selected batch takes no more reports once it is closed, one by time those that are there.
        if collection.isClosing, wanted.batchID != nil { return false }
        guard task.hasAggregationParameter, collection.isWaiting else { return true }
        // Bound to one parameter reports are of no use with any other: only begin what can have an end.
        return try transaction.isBegun(wanted) || examined[collection.id]?.areEnough(in: transaction) == true
    }

    /// Of one that may not begin: whether another look may find that it may.
    private func isToBeExamined(_ collection: ResourceRecord) -> Bool {
        guard task.hasAggregationParameter, collection.isWaiting else { return false }
        return examined[collection.id].map { $0.valid.count >= $0.least } ?? true
    }

    /// The batch that reports without a collection go into.
    private func openBatch(in transaction: any StoreTransaction) throws -> BatchID {
        let open = try transaction.openSelectedBatches().first { batch in
            try batch.parameter.isEmpty && room(in: batch.id, transaction) > 0
        }
        if let open { return open.id }
        let batch = SelectedBatchRecord(id: .random(), parameter: [])
        try transaction.insertSelectedBatch(batch)
        return batch.id
    }

    private func plan(
        _ times: Range<UInt64>, _ parameter: [UInt8], _ batch: BatchID?, into next: inout Next,
        in transaction: any StoreTransaction
    ) throws {
        let waiting = try transaction.waitingReports(
            times: times.clamped(to: 0..<firstWaiting), keys: Set(task.verifyKeys.keys),
            limit: settings.greatestJobReports)
        guard let first = waiting.first else { return }
        let keyID = first.keyID ?? task.currentKeyID
        let alike = waiting.filter { ($0.keyID ?? task.currentKeyID) == keyID }
        let shareBytes = try task.vdaf.emptyAggregateShare(aggregationParameter: parameter).count
        let room = try room(in: batch, transaction)
        guard room > 0 else { return }
        let taken = cut(alike, attempts: first.attempts, batch, shareBytes: shareBytes).prefix(room)
        var job = BatchJobRecord(parameter: parameter, verificationKeyID: keyID, phase: .planned)
        job.batchID = batch
        job.reportCount = taken.count
        job.firstTime = first.time
        job.lastTime = taken.last?.time ?? first.time
        job.row = try transaction.insertJob(job)
        try transaction.bindReports(rows: taken.map(\.row), job: job.row, keyID: job.verificationKeyID)
        next.job = job
        next.isFull = taken.count < waiting.count || waiting.count >= settings.greatestJobReports
    }

    /// How many reports a batch that the Leader selects still takes: no more than a sum can be had of, all those counted
    /// that are on their way.
    private func room(in batch: BatchID?, _ transaction: any StoreTransaction) throws -> Int {
        let most = task.greatestReportCount
        // No store holds so many: not worth a look.
        guard let batch, most < 1 << 40 else { return .max }
        let key = BatchBucketKey(batch)
        let onTheirWay = try transaction.openBatchJobs().filter { $0.batchID == batch }.reduce(0) {
            $0 + $1.reportCount
        }
        let taken = try transaction.countCommitted(key...key) + UInt64(onTheirWay)
        return taken < most ? Int(clamping: most - taken) : 0
    }

    /// As many reports as fit; fewer where the Helper refused them in company before, to find the one that it means.
    private func cut(
        _ waiting: [WaitingReport], attempts: Int, _ batch: BatchID?, shareBytes: Int
    ) -> ArraySlice<WaitingReport> {
        let alike = waiting.filter { $0.attempts == attempts }
            .prefix(max(1, settings.greatestJobReports >> min(3 * attempts, 32)))
        let greatestShares = settings.greatestJobShares(ofBytes: shareBytes)
        var (bytes, shares) = (0, 0)
        var buckets: Set<BatchBucketKey> = []
        let end = alike.firstIndex { report in
            bytes += report.bytes + ShardCutter.perReport
            // A report's output share, and the sum of each bucket: with time intervals, clients choose how many.
            let isNew = buckets.insert(task.bucketKey(Time(units: report.time), batch)).inserted
            shares += isNew ? 2 : 1
            return bytes > ShardCutter.byteLimit(of: settings.greatestJobBytes) || shares > greatestShares
        }
        return end.map { alike[..<max($0, 1)] } ?? alike
    }

    /// What was uploaded in time and is left over after its batch was given up: it joins no batch any more.
    private func discardCollected(in transaction: any StoreTransaction) throws {
        guard task.configuration.batchMode == .timeInterval else { return }
        let waiting = try transaction.waitingReports(
            times: .all, keys: Set(task.verifyKeys.keys), limit: settings.greatestJobReports)
        let collected = try Set(waiting.map(\.time)).filter { time in
            let key = BatchBucketKey(Time(units: time))
            return try transaction.isCollected(key...key)
        }
        let late = waiting.filter { collected.contains($0.time) }
        try transaction.discard(late, orKey: task.currentKeyID)
        try transaction.addCount(.batchCollected, at: .opening, late.count)
        var rejections = BucketRejections()
        for report in late {
            rejections.add(.batchCollected, by: .leader, in: task.bucketKey(Time(units: report.time), nil))
        }
        try transaction.addRejected(rejections)
    }
}

extension StoreTransaction {
    /// Takes waiting reports out for good, those of each key in a job that ends with its beginning: what a job gave back keeps
    /// its key.
    ///
    /// - Parameter newest: the key of those that were in no job.
    func discard(_ reports: [WaitingReport], orKey newest: UInt8) throws {
        let byKey = Dictionary(grouping: reports) { $0.keyID ?? newest }
        for (keyID, alike) in byKey.sorted(by: { $0.key < $1.key }) {
            let job = try insertJob(BatchJobRecord(parameter: [], verificationKeyID: keyID, phase: .abandoned))
            try bindReports(rows: alike.map(\.row).sorted(), job: job, keyID: keyID)
            try eraseUploads(job: job)
        }
    }
}
