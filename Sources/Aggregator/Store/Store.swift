import DAP

/// The durable state of one aggregator for one task.
///
/// What `write` returned is on disk (`synchronous=FULL` or stronger). A store raises its incarnation's count with every
/// commit that binds reports, records a step, draws noise, seals a share or ends a walk (``StoreWitness``).
package protocol Store: StoreWitness {
    /// Runs `body` in one transaction of its own (writers may share a commit, and never see each other's failure) and
    /// returns after the commit. A thrown error undoes it. `body` may run again: it has no effect outside the store.
    func write<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T

    /// Runs `body` over one consistent state.
    func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T

    /// The same for a few rows: it may occupy the calling thread for as long as that takes.
    func look<T: Sendable>(
        _ name: StaticString, _ body: @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T

    /// Folder of the segment files: one a shard, named by `JobRecord.row`.
    var segmentsDirectory: String { get }

    /// What this store's noise is expanded from, 32 bytes: drawn with the store, so that it is the same after a restart.
    var noiseKey: [UInt8] { get }

    /// Reports of an earlier time are refused for ever, in seconds since the Epoch; 0 in a store that has lost nothing.
    var earliestReportTime: UInt64 { get }
}

/// A transaction's view of the store.
///
/// Not to be kept after the transaction.
package protocol StoreTransaction: StoreReports, StoreWalks, StoreBatches {}

/// Reports: uploads, bindings, counts.
package protocol StoreReports {
    /// Stores an upload. False if its ID was there already.
    func insertReport(_ id: ReportID, time: UInt64, body: [UInt8]) throws -> Bool
    /// The greatest row of `report`, 0 if there is none. Rows only grow and are never reused.
    func lastReportRow() throws -> Int64
    /// How many uploads beyond a row are not erased, and the least of their times; of `isBound` false, those in no job.
    func remainingUploads(after row: Int64, isBound: Bool) throws -> (count: UInt64, oldest: UInt64?)
    /// How many uploads of these rows and times are not erased.
    func countReports(rows: ClosedRange<Int64>, times: Range<UInt64>) throws -> Int
    /// Calls `body` with row and body length of each such upload, by row.
    func forEachReport(
        rows: ClosedRange<Int64>, times: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws
    /// The first `limit` uploads of these rows and times that are not erased, by row.
    func reportBodies(rows: ClosedRange<Int64>, times: Range<UInt64>, limit: Int) throws -> [StoredReport]
    /// Gives uploads of these rows and times, which no job has and no walk may have yet, new rows behind all others, so
    /// that they are part of a later batch. Returns how many.
    func postponeReports(rows: ClosedRange<Int64>, times: Range<UInt64>) throws -> Int
    /// Erases the uploads of these rows and times; IDs and bindings stay.
    func eraseBodies(rows: ClosedRange<Int64>, times: Range<UInt64>) throws

    /// Binds uploads to a place in a job (rule 1). Throws `StoreError.damaged` if one is bound elsewhere.
    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws
    /// Binds a report that was not uploaded here to a place in a job (rule 1). False if it is bound elsewhere.
    func bindReport(_ id: ReportID, time: UInt64, job: Int64, ordinal: Int, keyID: UInt8) throws -> Bool
    /// IDs and times of a job's reports, by place. On the Helper also those that were refused after binding.
    func boundReports(job: Int64) throws -> [BoundReport]

    /// Counts reports that were turned away.
    ///
    /// - Parameter walk: whose candidates decided it; nothing if none did.
    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws
    /// Reports that were turned away, but for what the candidates of a walk that goes on have decided.
    func reportCounts() throws -> [ReportCount]
}

extension StoreReports {
    /// Counts reports that were turned away whatever the candidates.
    package func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int) throws {
        try addCount(error, at: point, count, in: nil)
    }
}

/// Walks, their steps and their jobs.
package protocol StoreWalks {
    func insertWalk(_ walk: WalkRecord) throws
    func updateWalk(_ walk: WalkRecord) throws
    func walk(_ id: WalkID) throws -> WalkRecord?
    /// Why a walk takes no further step; nil while it does. Throws `StoreError.damaged` if there is no such walk.
    func walkEnd(_ id: WalkID) throws -> WalkEnd?
    func walks() throws -> [WalkRecord]
    /// The walk that uses this batch selector.
    func walk(batchSelector: [UInt8]) throws -> WalkRecord?
    /// Gives the bucket of a time to a walk. False if another walk has it.
    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool

    func insertStep(_ step: StepRecord) throws
    func updateStep(_ step: StepRecord) throws
    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord?
    func step(resourceID: [UInt8]) throws -> StepRecord?
    /// A walk's steps in order, from one of them on.
    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord]
    /// The state of a walk's last step, if it has one.
    func lastStep(_ walk: WalkID) throws -> (step: UInt16, state: StepRecord.State)?

    /// Returns the job's row.
    func insertJob(_ job: JobRecord) throws -> Int64
    func updateJob(_ job: JobRecord) throws
    /// Notes the digest of a job's evaluate request. False if the job is not opened, does not await this step, or was asked
    /// with another request.
    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool
    /// Stores what a later step's commit changes. False if the job has ended or does not stand just before that step.
    func commitJob(_ job: JobRecord) throws -> Bool
    func job(row: Int64) throws -> JobRecord?
    func job(id: AggregationJobID) throws -> JobRecord?
    /// A walk's jobs by their ordinal.
    func jobs(_ walk: WalkID) throws -> [JobRecord]
}

/// An upload as it is stored.
package struct StoredReport: Sendable {
    package let row: Int64
    /// The encoded `Report`.
    package let body: [UInt8]

    package init(row: Int64, body: [UInt8]) {
        self.row = row
        self.body = body
    }
}

/// A report in its place in a job.
package struct BoundReport: Sendable {
    package let ordinal: Int
    package let id: ReportID
    /// In units of the task's time precision.
    package let time: UInt64

    package init(ordinal: Int, id: ReportID, time: UInt64) {
        self.ordinal = ordinal
        self.id = id
        self.time = time
    }
}
