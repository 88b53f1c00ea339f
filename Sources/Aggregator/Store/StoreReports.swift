import PopulusDAP

/// Reports: uploads, the buckets in which they wait, bindings, counts.
///
/// An upload waits in a bucket: by time in that of its time; for walks over batches that the Leader selects, in the one that
/// is open when it comes. Buckets are what a walk takes (``freeze(_:)``). Rows only tell uploads apart and order them:
/// no batch is cut by them.
package protocol StoreReports {
    // MARK: Uploads (Leader)

    /// Stores each upload in its bucket, unless its ID is known (also from an earlier one of these) or its bucket takes nothing
    /// any more. Outcomes are in the order of the uploads, and so are their rows.
    func insertReports(_ uploads: [NewUpload], in queue: UploadQueue) throws -> [UploadOutcome]
    /// The greatest row of an upload, 0 if there is none. Rows only grow and are never reused.
    func lastReportRow() throws -> Int64
    /// How many uploads of these buckets are not erased, and the least of their times; of `isBound` false, those in no job.
    func remainingUploads(
        in buckets: Range<UInt64>, isBound: Bool
    ) throws -> (count: UInt64, oldest: UInt64?)
    /// How many uploads of these buckets are not erased.
    func countReports(in buckets: Range<UInt64>) throws -> Int
    /// The least and the greatest row of these uploads; nothing where there is none.
    func rowSpan(of buckets: Range<UInt64>) throws -> ClosedRange<Int64>?
    /// Calls `body` with row and body length of each such upload, by row.
    func forEachReport(
        rows: ClosedRange<Int64>, in buckets: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws
    /// The first `limit` uploads of these rows and buckets that are not erased, by row.
    func reportBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, limit: Int) throws -> [StoredReport]
    /// Moves uploads of these rows and buckets, of a time from `first` on, which no job has, to the bucket that is open, so that
    /// they are part of a later batch. Returns how many.
    ///
    /// It writes to each of them, so a batch is gone through in pages (``pages(rows:in:limit:)``).
    func postponeReports(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, from first: UInt64) throws -> Int
    /// Erases the uploads of these rows and buckets, of `isBound` false those in no job; IDs and bindings stay.
    ///
    /// It writes to each of them, so a batch is gone through in pages (``pages(rows:in:limit:)``).
    func eraseBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, isBound: Bool) throws

    // MARK: Bindings

    /// Binds uploads to a place in a job (rule 1). Throws `StoreError.damaged` if one is bound elsewhere, or was given back by
    /// jobs of another key.
    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws
    /// Binds reports that were not uploaded here to places in a job (rule 1). False, in their order, for each that is bound
    /// elsewhere, in the same job too, was given back by a job of another key, or was bound before with another time.
    ///
    /// A report's time is one: under an older one it would be forgotten (``StoreExpiry``) while it can still come. Where segments are a cache the body of a report is kept with its binding, unless it was bound before; else it is ignored.
    func bindReports(_ reports: [ReportToBind], job: Int64, keyID: UInt8) throws -> [Bool]
    /// The bodies that are kept of a job's reports from a place on, at most `limit`, by place: uploads (Leader), or what was
    /// bound with a body (Helper). None where segments are no cache.
    func keptBodies(job: Int64, from ordinal: Int, limit: Int) throws -> [KeptBody]
    /// The shards that have bodies which nobody has a use for, by row: they are to be erased
    /// (``StoreJobs/eraseUploads(job:)``). Their walk has ended, or they take part no more and have no sum (Helper).
    func shardsToErase() throws -> [Int64]
    /// IDs and times of a job's reports, by place. On the Helper also those that were refused after binding.
    func boundReports(job: Int64) throws -> [BoundReport]

    // MARK: Counts

    /// Counts reports that were turned away.
    ///
    /// - Parameter walk: whose candidates decided it; nothing if none did.
    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws
    /// Reports that were turned away, but for what the candidates of a walk that goes on have decided.
    func reportCounts() throws -> [ReportCount]

    /// Counts reports of a walk or of a batch's bucket that an aggregator rejected for good, for its Collector (Leader).
    func addRejected(_ reports: RejectedReports, of subject: RejectionSubject) throws
    /// The reports that were rejected of a walk, or of the buckets of a batch; each pair of party and reason once, in order.
    ///
    /// Nothing where not all of them were counted: an earlier version of the store, which did not count them, had a part.
    func rejectedReports(of subjects: ClosedRange<RejectionSubject>) throws -> [RejectedReports]?
}

extension StoreReports {
    /// Counts reports that were turned away whatever the candidates.
    package func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int) throws {
        try addCount(error, at: point, count, in: nil)
    }

    /// The reports that were rejected of one walk, or of one bucket.
    package func rejectedReports(of subject: RejectionSubject) throws -> [RejectedReports]? {
        try rejectedReports(of: subject...subject)
    }

    /// Erases all uploads of these rows and buckets.
    package func eraseBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>) throws {
        try eraseBodies(rows: rows, in: buckets, isBound: true)
    }
}

/// An upload that is to be stored.
package struct NewUpload: Sendable {
    package let id: ReportID
    /// In units of the task's time precision.
    package let time: UInt64
    /// The encoded `Report`.
    package let body: [UInt8]

    package init(_ id: ReportID, time: UInt64, body: [UInt8]) {
        self.id = id
        self.time = time
        self.body = body
    }
}

/// Where an upload waits.
package enum UploadQueue: Sendable, Hashable {
    /// In the bucket of its time, which may be collected.
    case byTime
    /// In the bucket that is open: walks over batches that the Leader selects.
    case open
    /// In that of its time, whatever is collected: an aggregation job puts it into a batch that the Leader selects.
    case unselected
}

/// What became of an upload.
package enum UploadOutcome: Sendable, Hashable {
    case stored
    /// Its ID was there already.
    case replayed
    /// Its bucket takes nothing any more (rule 5).
    case collected
}

/// An upload as it is stored.
package struct StoredReport: Sendable {
    package let row: Int64
    /// The encoded `Report`; several may be parts of what was read at once.
    package let bytes: ArraySlice<UInt8>
    /// A copy of it.
    package var body: [UInt8] { Array(bytes) }

    package init(row: Int64, bytes: ArraySlice<UInt8>) {
        self.row = row
        self.bytes = bytes
    }

    package init(row: Int64, body: [UInt8]) { self.init(row: row, bytes: body[...]) }
}

/// A report that is to have a place in a job.
package struct ReportToBind: Sendable {
    package let id: ReportID
    /// In units of the task's time precision.
    package let time: UInt64
    /// Its place, from 0.
    package let ordinal: Int
    /// The encoded `ReportShare` as it was received.
    package let body: [UInt8]?

    package init(_ id: ReportID, time: UInt64, ordinal: Int, body: [UInt8]? = nil) {
        self.id = id
        self.time = time
        self.ordinal = ordinal
        self.body = body
    }
}

/// What is kept of a report in its place in a job.
package struct KeptBody: Sendable, Equatable {
    package let ordinal: Int
    /// The encoded `Report` (Leader) or `ReportShare` (Helper).
    package let body: [UInt8]

    package init(ordinal: Int, body: [UInt8]) {
        self.ordinal = ordinal
        self.body = body
    }
}

/// A report in its place in a job.
package struct BoundReport: Sendable, Equatable {
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
