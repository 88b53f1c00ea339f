import PopulusDAP

/// The batch that a collection job is about.
struct CollectedBatch: Sendable {
    let request: CollectionJobReq
    let selector: BatchSelector
    let keys: ClosedRange<BatchBucketKey>

    /// - Throws: `StoreError.damaged`.
    init(_ collection: ResourceRecord) throws {
        guard case .batch(let encoded) = collection.subject else { throw StoreError.damaged("collection job") }
        request = try CollectionJobReq(stored: collection.request, "collection job")
        selector = try BatchSelector(stored: encoded, "batch selector")
        guard let keys = selector.buckets else { throw StoreError.damaged("batch selector") }
        self.keys = keys
    }

    var parameter: [UInt8] { request.aggregationParameter }

    var batchID: BatchID? {
        if case .leaderSelected(let id) = selector { id } else { nil }
    }

    /// The times of its reports: any in a batch that the Leader selected.
    var times: Range<UInt64> {
        guard case .timeInterval(let interval) = selector, let end = interval.end else { return .all }
        return interval.start.units..<end.units
    }
}

extension StoreTransaction {
    /// Whether reports of the batch are bound to its aggregation parameter.
    func isBegun(_ batch: CollectedBatch) throws -> Bool {
        try countCommitted(batch.keys) > 0 || !openBatchJobs(of: batch).isEmpty
    }

    /// How many reports a batch may get beyond those that are committed: in `jobs` that are open, and waiting, those too
    /// that came after it was asked for.
    ///
    /// - Parameter most: more are not told apart; where it is beyond what a store holds there is nothing to count.
    func countToCome(in batch: CollectedBatch, _ jobs: [BatchJobRecord], upTo most: UInt64) throws -> UInt64 {
        // Of a batch that the Leader selects no more are planned than its sum can have.
        guard batch.batchID == nil, most < 1 << 40 else { return 0 }
        let waiting = try countWaitingReports(times: batch.times, throughRow: .max, limit: Int(clamping: most))
        return jobs.reduce(UInt64(waiting)) { $0 + UInt64($1.reportCount) }
    }

    /// The open jobs with reports that go into the batch, some of them at least.
    func openBatchJobs(of batch: CollectedBatch) throws -> [BatchJobRecord] {
        if let id = batch.batchID { return try openBatchJobs().filter { $0.batchID == id } }
        return try openBatchJobs(times: batch.times)
    }
}

extension ResourceRecord {
    /// Whether reports of the batch are being aggregated, or too few are there yet.
    var isWaiting: Bool { state == .running && !isClosed }

    /// Whether the batch is closed, and has no result yet.
    var isClosing: Bool { state == .running && isClosed }
}
