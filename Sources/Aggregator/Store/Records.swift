import DAP

/// A walk as an aggregator's store keeps it.
///
/// It stays after the walk's end: only its shares are erased.
package struct WalkRecord: Sendable, Equatable {
    package var id: WalkID
    /// The batch selector's encoding.
    ///
    /// Time interval: empty on the Helper until step 0's aggregate share is asked for.
    package var batchSelector: [UInt8]
    /// Seconds since the Epoch at which step 0 was accepted here.
    package var startedAt: UInt64
    /// Identifier of the verification key that every job of the walk uses.
    package var verificationKeyID: UInt8
    /// First and last row of `report` in a leader-selected batch (Leader only); an empty batch has `last < first`.
    package var firstRow: Int64 = 0
    package var lastRow: Int64 = -1
    /// The interval of a time-interval batch, in units of the task's time precision; `end` is excluded.
    package var intervalStart: UInt64 = 0
    package var intervalEnd: UInt64 = 0
    /// No report joins any more (rule 5).
    package var isFrozen: Bool = false
    /// How many reports step 0 accepted; what late rejections are counted from (rule 3).
    package var initialCount: UInt64 = 0
    /// Why it takes no further step, if so.
    package var end: WalkEnd?

    package init(
        id: WalkID, batchSelector: [UInt8], startedAt: UInt64, verificationKeyID: UInt8
    ) {
        self.id = id
        self.batchSelector = batchSelector
        self.startedAt = startedAt
        self.verificationKeyID = verificationKeyID
    }
}

/// One step of a walk: what was asked, and what was released for it.
///
/// Rule 2's history; never deleted before its walk.
package struct StepRecord: Sendable, Equatable {
    package enum State: String, Sendable {
        /// Recorded; shards may be at work.
        case running
        /// This aggregator's share is sealed and stored.
        case released
        /// It ended in a problem document.
        case failed
        /// The result was discarded on request; the step itself stays history.
        case deleted
    }

    package var walk: WalkID
    package var step: UInt16
    /// The encoded aggregation parameter.
    package var parameter: [UInt8]
    /// Leader: the collection job's ID.
    ///
    /// Helper: the aggregate share's ID, once asked for.
    package var resourceID: [UInt8]?
    /// Leader: the Collector's request.
    ///
    /// Helper: the digest of the request that was answered.
    package var request: [UInt8]
    package var state: State = .running
    /// How many reports were accepted at this step, once released.
    package var reportCount: UInt64 = 0
    /// The answer, sealed share included, exactly as it was sent first (rule 6); or the problem document of a failure.
    package var response: [UInt8] = []
    /// HTTP status that goes with a failure.
    package var failureStatus: Int = 0

    package init(walk: WalkID, step: UInt16, parameter: [UInt8], resourceID: [UInt8]?, request: [UInt8]) {
        self.walk = walk
        self.step = step
        self.parameter = parameter
        self.resourceID = resourceID
        self.request = request
    }
}
