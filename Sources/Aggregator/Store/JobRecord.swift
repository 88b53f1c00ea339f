import DAP

/// A shard of a walk as an aggregator's store keeps it: one DAP aggregation job that lives until the walk ends.
package struct JobRecord: Sendable, Equatable {
    /// How far the shard is.
    package enum Phase: String, Sendable {
        /// Leader only: rows are assigned, nothing was sent.
        case planned
        /// Its reports are bound; shares may have left (Leader) or are being opened (Helper).
        case bound
        /// The segment is on disk and complete.
        case opened
        /// It takes part no more (deleted or ended); its reports count as rejected.
        case ended
    }

    /// Assigned by the store.
    package var row: Int64 = 0
    package var walk: WalkID
    /// Position among the walk's shards, from 0.
    package var ordinal: Int
    /// The Helper's identifier; unknown to the Leader until the Helper answered once.
    package var jobID: AggregationJobID?
    package var phase: Phase
    /// SHA-256 of the `AggregationJobInitReq`.
    package var initDigest: [UInt8] = []
    /// First and last row of `report` (Leader only).
    package var firstRow: Int64 = 0
    package var lastRow: Int64 = -1
    /// How many reports the init request names.
    package var reportCount: Int = 0
    /// Reports refused before evaluation, by their place in the init request (Helper only): 4 bytes place, big endian,
    /// then 1 byte `ReportError`, in increasing places.
    package var refusals: [UInt8] = []
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

    package init(walk: WalkID, ordinal: Int, phase: Phase) {
        self.walk = walk
        self.ordinal = ordinal
        self.phase = phase
    }
}
