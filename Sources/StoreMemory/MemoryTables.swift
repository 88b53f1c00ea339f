import Aggregator
import PopulusDAP

/// Everything that a store knows of one task: a value, so that a transaction changes a copy of its own.
struct MemoryTables: Sendable {
    /// By row: none is ever taken out, but what is forgotten is no report any more.
    var reports: [MemoryReport] = []
    /// Where each report is in `reports`.
    var places: [ReportID: Int] = [:]
    /// Which bucket uploads join that are not put into the one of their time.
    var openBucket: UInt64 = 0
    /// By row: none is ever taken out.
    var jobs: [MemoryJob] = []
    var walks: [WalkID: WalkRecord] = [:]
    var steps: [WalkID: [UInt16: StepRecord]] = [:]
    /// Whose reports have a time (Helper).
    var claims: [UInt64: WalkID] = [:]
    /// Oldest first.
    var resources: [ResourceRecord] = []
    var buckets: [BatchBucketKey: BatchBucket] = [:]
    var collected: [CollectedRange] = []
    /// Oldest first.
    var selected: [SelectedBatchRecord] = []
    var rejections: [Rejection: UInt64] = [:]
    /// What the Collector is told of reports that were rejected.
    var rejected: [RejectedOfSubject: UInt64] = [:]
    /// Reports of an earlier time may have been forgotten.
    var forgottenBefore: UInt64 = 0
    /// How far the task's end has come; nothing while it goes on.
    var end: TaskEnd?
    /// Which process has which work, where there are several.
    var owners: [Work: MemoryClaim] = [:]
}

/// A report that was uploaded, or bound without that.
struct MemoryReport: Sendable {
    let id: ReportID
    /// In units of the task's time precision.
    let time: UInt64
    /// Where it waits.
    var bucket: UInt64
    /// The upload, or what is kept of a report that was bound without one; nothing once it is erased, or where there was none.
    var body: [UInt8]?
    /// The job that has it, and its place there.
    var binding: Binding?
    /// The verification key of the latest binding; it stays when a job gives the report back.
    var keyID: UInt8?
    /// How many jobs gave it back.
    var attempts = 0
    /// Nobody finds it any more: only its row is taken.
    var isForgotten = false

    struct Binding: Sendable, Equatable {
        let job: Int64
        let ordinal: Int
    }
}

/// A job of either kind.
enum MemoryJob: Sendable {
    case walk(ShardRecord)
    case batch(BatchJobRecord)

    var id: AggregationJobID? {
        switch self {
        case .walk(let job): job.jobID
        case .batch(let job): job.jobID
        }
    }
}

/// Buckets that take nothing any more.
struct CollectedRange: Sendable {
    let keys: ClosedRange<BatchBucketKey>
    /// The walk that has them, if one has: it may give them back.
    let walk: WalkID?
}

/// Whose reports were rejected, by whom and why.
struct RejectedOfSubject: Hashable, Sendable {
    let subject: RejectionSubject
    let party: Role
    let reason: ReportError
}

/// What reports were turned away for.
struct Rejection: Hashable, Sendable {
    /// Whose candidates decided it; nothing if none did.
    let walk: WalkID?
    let error: ReportError
    let point: RejectionPoint
}
