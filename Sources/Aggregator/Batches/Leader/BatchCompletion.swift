import PopulusDAP

/// The rules by which a batch is complete, or never will be.
struct BatchCompletion: Sendable {
    let task: AggregatorTask
    let settings: AggregatorSettings
    /// Seconds since the Epoch.
    let now: UInt64
    /// How many valid reports the last examination of a Poplar1 collection found that may not begin.
    let lacking: Int?
    /// Reports of this time, in units of the task's precision, and later ones wait for the Helper's clock.
    let firstWaiting: UInt64
    /// How both clocks differ, where that is known.
    let words: String?
    /// The Helper's clock, once it was asked for; nothing in it where the Helper does not say.
    let helper: HelperClock??

    /// How far a collection is.
    enum Progress: Sendable {
        case waiting
        /// Its batch has all that it can get, and may be closed.
        case full
        /// All that is left before its interval is closed is a look at the Helper's clock.
        case over
        /// All that is left is to ask the Helper.
        case complete(ResourceRecord, BatchBucket)
        case ended
    }

    private var least: UInt64 { max(1, task.configuration.minBatchSize) }

    /// - Throws: `Failure` where the collection cannot succeed any more.
    func progress(of id: ResourceID, in transaction: any StoreTransaction) throws -> Progress {
        guard let collection = try transaction.resource(id), collection.state == .running else { return .ended }
        let batch = try CollectedBatch(collection)
        if task.hasAggregationParameter,
            try transaction.hasBucket(batch.keys, parameterOtherThan: batch.parameter)
        {
            throw Failure.otherParameter
        }
        let jobs = try transaction.openBatchJobs(of: batch)
        if collection.isClosed {
            guard try jobs.isEmpty && !transaction.hasLeftovers(batch) else { return .waiting }
            guard let total = try transaction.total(batch.keys, task.vdaf) else {
                throw StoreError.damaged("a closed batch has no buckets")
            }
            return .complete(collection, total)
        }
        // What waits for the Helper's clock is not at hand.
        let atHand = try countWaiting(batch, collection, 0..<firstWaiting, in: transaction)
        let committed = try transaction.countCommitted(batch.keys)
        guard committed >= least else {
            try checkHope(batch, collection, atHand, committed: committed, isWorking: !jobs.isEmpty, in: transaction)
            return .waiting
        }
        guard atHand == 0 else { return .waiting }
        // Before it is closed: it is untouched, and can be asked for in parts.
        let most = task.greatestReportCount
        let all = try committed + transaction.countToCome(in: batch, jobs, upTo: most)
        guard all <= most || jobs.isEmpty else { return .waiting }
        do throws(BatchSizeRefusal) { try task.checkBatchSize(all) } catch { throw Failure(error) }
        guard case .timeInterval(let interval) = batch.selector else { return .full }
        guard let helper else { return .over }
        if let helper, !helper.permits(interval, at: now, task.configuration) {
            guard isOverdue(batch, collection) else { return .waiting }
            throw Failure.clocksDiffer("\(helper.words): by the Helper's the interval is not over. Nothing was spent.")
        }
        return .full
    }

    /// - Throws: `Failure` where too few reports are there and the Leader's patience has ended.
    private func checkHope(
        _ batch: CollectedBatch, _ collection: ResourceRecord, _ atHand: Int, committed: UInt64, isWorking: Bool,
        in transaction: any StoreTransaction
    ) throws {
        // Too few of Poplar1 are not begun at all.
        let usable = lacking.map { min($0, atHand) } ?? atHand
        let isIdle = !isWorking && (atHand == 0 || task.hasAggregationParameter && usable < least)
        guard isIdle, isOverdue(batch, collection) else { return }
        let valid = Int(clamping: committed) + usable
        let held = try countWaiting(batch, collection, firstWaiting..<UInt64.max, in: transaction)
        guard held > 0, let words else { throw Failure.tooFew(valid: valid, least: least) }
        throw Failure.clocksDiffer(
            "\(words): \(held) reports or more are of a time that lies ahead of the Helper's, and wait; "
                + "\(valid) others are valid, and the batch needs \(least). Nothing was spent.")
    }

    /// How many reports of these times wait that came before the batch was asked for, counted up to the least batch.
    private func countWaiting(
        _ batch: CollectedBatch, _ collection: ResourceRecord, _ times: Range<UInt64>,
        in transaction: any StoreTransaction
    ) throws -> Int {
        try transaction.countWaitingReports(
            times: batch.times.clamped(to: times), throughRow: collection.lastRow, limit: Int(clamping: least))
    }

    /// Whether waiting for more reports has an end: the Leader's patience after the request.
    ///
    /// An interval is over when it is asked for, but for what clocks may differ by.
    private func isOverdue(_ batch: CollectedBatch, _ collection: ResourceRecord) -> Bool {
        var start = collection.createdAt
        if case .timeInterval(let interval) = batch.selector, let end = interval.end {
            start = max(start, end.secondsSinceEpoch(precision: task.configuration.timePrecision))
        }
        let (deadline, overflow) = start.addingReportingOverflow(settings.collectionPatience)
        return !overflow && now >= deadline
    }
}

extension StoreTransaction {
    /// Whether uploads of a closed batch are in no job yet: by time only, a selected batch takes none.
    fileprivate func hasLeftovers(_ batch: CollectedBatch) throws -> Bool {
        guard batch.batchID == nil else { return false }
        return try countWaitingReports(times: batch.times, throughRow: .max, limit: 1) > 0
    }
}
