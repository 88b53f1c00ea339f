import PopulusDAP

/// Aggregation jobs: shards of walks, and jobs of batches.
package protocol StoreJobs {
    // MARK: Shards of walks

    /// Returns the job's row.
    func insertJob(_ job: ShardRecord) throws -> Int64
    func updateJob(_ job: ShardRecord) throws
    /// Nothing where there is none, or it is of another kind.
    func shard(row: Int64) throws -> ShardRecord?
    func shard(id: AggregationJobID) throws -> ShardRecord?
    /// A walk's jobs by their ordinal.
    func shards(_ walk: WalkID) throws -> [ShardRecord]
    /// Notes the digest of a shard's evaluate request. False if the shard is not opened, does not await this step, or was
    /// asked with another request.
    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool
    /// Stores what a later step's commit changes. False if the shard has ended or does not stand just before that step.
    func commitShard(_ job: ShardRecord) throws -> Bool

    // MARK: Jobs of batches

    /// Returns the job's row.
    func insertJob(_ job: BatchJobRecord) throws -> Int64
    func updateJob(_ job: BatchJobRecord) throws
    /// Nothing where there is none, or it is of another kind.
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

    // MARK: Uploads on their way into jobs of batches (Leader)

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
    func uploads(job row: Int64) throws -> [StoredReport]
    /// Erases the uploads of a job, or the bodies that are kept of its reports; IDs and bindings stay.
    func eraseUploads(job row: Int64) throws
    /// How often the reports of a job were given back before; `nil` if it has none.
    func attempts(job row: Int64) throws -> Int?
    /// Gives back those of a job's reports that were given back less than `limit` times, so that another job may take
    /// them: never for Poplar1 (rule 1). They keep their verification key.
    ///
    /// Returns how many.
    func releaseReports(job row: Int64, attemptsBelow limit: Int) throws -> Int
    /// Gives back some of a job's uploads, whose derived messages can be repeated byte by byte: never for Poplar1
    /// (rule 1). They keep their verification key.
    func releaseReports(job row: Int64, ids: [ReportID]) throws
}

extension StoreJobs {
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
package struct WaitingReport: Sendable, Equatable {
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
