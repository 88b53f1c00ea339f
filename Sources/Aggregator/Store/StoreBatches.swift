import DAP

/// Aggregation jobs, buckets and collections of batch tasks.
///
/// Reports and their bindings are in ``StoreReports``: `report.job` is then a `BatchJobRecord.row`.
package protocol StoreBatches {
    // MARK: Uploads (Leader)

    /// The uploads of these times and rows that are in no job, by time and row; with `keys` only those that were never in
    /// a job, or in one with such a verification key.
    func waitingReports(
        times: Range<UInt64>, throughRow last: Int64, keys: Set<UInt8>?, limit: Int
    ) throws -> [WaitingReport]
    /// How many uploads were given back by jobs with other verification keys.
    func countWaitingReports(forKeysBeside keys: Set<UInt8>) throws -> Int
    /// How many uploads of these times and rows are in no job, counted up to `limit`.
    func countWaitingReports(times: Range<UInt64>, throughRow last: Int64, limit: Int) throws -> Int
    /// The uploads of a job by their ordinal.
    func uploads(batchJob row: Int64) throws -> [StoredReport]
    /// Erases the uploads of a job; IDs and bindings stay.
    func eraseUploads(batchJob row: Int64) throws
    /// How often the reports of a job were given back before; `nil` if it has none.
    func attempts(batchJob row: Int64) throws -> Int?
    /// Gives back those of a job's reports that were given back less than `limit` times, so that another job may take
    /// them: never for Poplar1 (rule 1). They keep their verification key.
    ///
    /// Returns how many.
    func releaseReports(batchJob row: Int64, attemptsBelow limit: Int) throws -> Int

    /// Gives back some of a job's uploads, whose derived messages can be repeated byte by byte: never for Poplar1
    /// (rule 1). They keep their verification key.
    func releaseReports(batchJob row: Int64, ids: [ReportID]) throws

    // MARK: Aggregation jobs

    /// Returns the job's row.
    func insertBatchJob(_ job: BatchJobRecord) throws -> Int64
    func updateBatchJob(_ job: BatchJobRecord) throws
    func batchJob(row: Int64) throws -> BatchJobRecord?
    func batchJob(id: AggregationJobID) throws -> BatchJobRecord?
    /// The jobs that are neither finished nor abandoned, by row; without their requests, answers and refusals.
    func openBatchJobs() throws -> [BatchJobRecord]
    /// Those of them that have a report of these times (Leader).
    func openBatchJobs(times: Range<UInt64>) throws -> [BatchJobRecord]
    /// Those of them that nobody has asked to begin or to go on since a time (Helper).
    func openBatchJobs(untouchedSince time: UInt64) throws -> [AggregationJobID]
    /// The jobs with a request that is to be answered later (Helper).
    func waitingBatchJobs() throws -> [AggregationJobID]

    // MARK: Buckets

    func bucket(_ key: BatchBucketKey) throws -> BatchBucket?
    func putBucket(_ bucket: BatchBucket) throws
    /// Calls `body` with each bucket of the range that is there, in order.
    func forEachBucket(_ keys: ClosedRange<BatchBucketKey>, _ body: (BatchBucket) throws -> Void) throws
    /// Whether a bucket of the range has reports with another aggregation parameter.
    func hasBucket(_ keys: ClosedRange<BatchBucketKey>, parameterOtherThan parameter: [UInt8]) throws -> Bool
    /// The sum of the buckets' counts.
    func countCommitted(_ keys: ClosedRange<BatchBucketKey>) throws -> UInt64
    /// The count of all buckets that are not collected, and the least of their reports' times.
    func countUncollected() throws -> (count: UInt64, oldest: UInt64?)
    /// Erases the aggregate shares of collected buckets; everything else stays.
    func eraseShares(_ keys: ClosedRange<BatchBucketKey>) throws
    /// Whether a bucket of the range, empty ones included, is collected.
    func isCollected(_ keys: ClosedRange<BatchBucketKey>) throws -> Bool
    /// Makes a range collected, of which nothing may be yet. For good.
    func markCollected(_ keys: ClosedRange<BatchBucketKey>) throws

    // MARK: Leader-selected batches (Leader)

    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws
    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws
    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord?
    /// The batches that reports may still join, oldest first.
    func openSelectedBatches() throws -> [SelectedBatchRecord]

    // MARK: Collections

    func insertCollection(_ collection: BatchCollectionRecord) throws
    func updateCollection(_ collection: BatchCollectionRecord) throws
    func collection(_ id: CollectionJobID) throws -> BatchCollectionRecord?
    /// The latest one that these very bytes asked for.
    func latestCollection(requestDigest: [UInt8]) throws -> BatchCollectionRecord?
    /// Those that wait or are closed, oldest first.
    func openCollections() throws -> [BatchCollectionRecord]

    // MARK: Aggregate shares (Helper)

    func insertAggregateShare(_ share: AggregateShareRecord) throws
    func updateAggregateShare(_ share: AggregateShareRecord) throws
    func aggregateShare(_ id: AggregateShareID) throws -> AggregateShareRecord?
    /// Those that are accepted and not answered yet.
    func runningAggregateShares() throws -> [AggregateShareRecord]
}

extension StoreBatches {
    /// The uploads of these times that are in no job, by time and row.
    package func waitingReports(times: Range<UInt64>, limit: Int) throws -> [WaitingReport] {
        try waitingReports(times: times, keys: nil, limit: limit)
    }

    /// The same, of all rows.
    package func waitingReports(times: Range<UInt64>, keys: Set<UInt8>?, limit: Int) throws -> [WaitingReport] {
        try waitingReports(times: times, throughRow: .max, keys: keys, limit: limit)
    }
}

/// An upload that no job has taken.
package struct WaitingReport: Sendable {
    package let row: Int64
    /// In units of the task's time precision.
    package let time: UInt64
    /// Length of the upload.
    package let bytes: Int
    /// How many jobs gave it back.
    package let attempts: Int
    /// The verification key of those jobs: a second one would disclose a Prio3 measurement to the Helper.
    package let keyID: UInt8?

    package init(row: Int64, time: UInt64, bytes: Int, attempts: Int, keyID: UInt8? = nil) {
        self.keyID = keyID
        self.row = row
        self.time = time
        self.bytes = bytes
        self.attempts = attempts
    }
}
