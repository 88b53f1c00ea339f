import PopulusDAP

/// An aggregation job as an aggregator's store keeps it: what every kind has, and how far one of its kind is.
///
/// It stays after its end, as the memory of its ID and its digests; what takes room is erased.
@dynamicMemberLookup
package struct JobRecord<Progress: JobProgress>: Sendable, Equatable {
    /// Assigned by the store.
    package var row: Int64 = 0
    /// The Helper's identifier; unknown to the Leader until the Helper answered once.
    package var jobID: AggregationJobID?
    package var phase: JobPhase
    /// SHA-256 of the `AggregationJobInitReq`; empty before there is one.
    package var initDigest: [UInt8] = []
    /// How many reports the init request names; on the Leader's side of a batch those that it refused itself are counted too.
    package var reportCount: Int = 0
    /// Reports refused before evaluation, by their place in the init request (Helper only): 4 bytes place, big endian,
    /// then 1 byte `ReportError`, in increasing places.
    package var refusals: [UInt8] = []
    package var progress: Progress

    package init(phase: JobPhase, _ progress: Progress) {
        self.phase = phase
        self.progress = progress
    }

    package subscript<Value>(dynamicMember member: WritableKeyPath<Progress, Value>) -> Value {
        get { progress[keyPath: member] }
        set { progress[keyPath: member] = newValue }
    }
}

/// What a job is a part of.
package enum JobKind: String, Sendable {
    /// A shard of a walk, which lives until the walk ends.
    case walk
    /// A job of a batch, which ends with its reports' verification.
    case batch
}

/// How far an aggregation job is.
package enum JobPhase: String, Sendable {
    /// Leader: its reports are assigned, and nothing was sent.
    case planned
    /// Its reports are bound; what is derived from them may have left (Leader) or is being computed (Helper).
    case bound
    /// Its first request is answered, and another one is to come; a shard's segment is on disk and complete.
    case opened
    /// It takes no further message: its output shares are committed (batch), or its shard takes part no more (walk).
    case finished
    /// It ended without output shares (batch).
    case abandoned
}

/// What one kind of jobs has beyond the others.
package protocol JobProgress: Sendable, Equatable {
    static var kind: JobKind { get }
}

package typealias ShardRecord = JobRecord<ShardProgress>
package typealias BatchJobRecord = JobRecord<BatchJobProgress>

/// How far a shard of a walk is.
package struct ShardProgress: JobProgress {
    package static let kind = JobKind.walk

    package var walk: WalkID
    /// Position among the walk's shards, from 0.
    package var ordinal: Int
    /// First and last row of its uploads; in between are those of the walk's buckets (Leader only).
    package var firstRow: Int64 = 0
    package var lastRow: Int64 = -1
    /// How many steps are committed here: the next one is that number.
    package var committedSteps: UInt16 = 0
    /// The transcript after the last committed step; empty before the first.
    package var transcript: [UInt8] = []
    /// Digest of the evaluate request of step `committedSteps`, once accepted (Helper only).
    package var evaluateDigest: [UInt8] = []
    /// Digest of the verdict (or continuation) that committed the last step (Helper only).
    package var verdictDigest: [UInt8] = []
    /// Digest of the evaluate request of the last committed step (Helper only).
    package var committedEvaluateDigest: [UInt8] = []
    /// `E_k` of the last committed step (Leader only): what its verdict carries if it must be sent again.
    package var evaluateTranscript: [UInt8] = []
    /// Live reports over the segment's order, after and before the last committed step: packed, least bit first.
    package var live: [UInt8] = []
    package var liveBefore: [UInt8] = []
    /// Number of live reports, and the XOR of the SHA-256 of their IDs.
    package var count: Int = 0
    package var checksum: [UInt8] = [UInt8](repeating: 0, count: 32)
    /// This aggregator's sum over the live reports at the last committed step, as the VDAF encodes an aggregate share.
    package var sum: [UInt8] = []
    /// Least and greatest report time among the live reports, in units of the task's time precision; absent if none.
    package var leastTime: UInt64?
    package var greatestTime: UInt64?

    package init(walk: WalkID, ordinal: Int) {
        self.walk = walk
        self.ordinal = ordinal
    }
}

/// How far an aggregation job of a batch is.
package struct BatchJobProgress: JobProgress {
    package static let kind = JobKind.batch

    /// The batch that the Leader selected, in that mode.
    package var batchID: BatchID?
    /// The encoded aggregation parameter.
    package var parameter: [UInt8]
    package var verificationKeyID: UInt8
    /// The step that `response` belongs to.
    package var step: UInt16 = 0
    /// SHA-256 of the latest `AggregationJobContinueReq`.
    package var continueDigest: [UInt8] = []
    /// Helper: the `AggregationJobInitReq`, where it is needed after its answer or was not answered at once.
    package var request: [UInt8] = []
    /// Helper: the `AggregationJobContinueReq` that is to be answered later.
    package var continueRequest: [UInt8] = []
    /// Helper: the latest `AggregationJobResp`.
    ///
    /// Leader: the one to its init request, while a further step is open.
    package var response: [UInt8] = []
    /// Leader: least and greatest time of its reports, in units of the task's time precision.
    package var firstTime: UInt64 = 0
    /// Helper: when the latest step of it was asked for, in the same units.
    package var lastTime: UInt64 = 0

    package init(parameter: [UInt8], verificationKeyID: UInt8) {
        self.parameter = parameter
        self.verificationKeyID = verificationKeyID
    }
}

extension JobRecord<ShardProgress> {
    package init(walk: WalkID, ordinal: Int, phase: JobPhase) {
        self.init(phase: phase, ShardProgress(walk: walk, ordinal: ordinal))
    }
}

extension JobRecord<BatchJobProgress> {
    package init(parameter: [UInt8], verificationKeyID: UInt8, phase: JobPhase) {
        self.init(phase: phase, BatchJobProgress(parameter: parameter, verificationKeyID: verificationKeyID))
    }
}
