import DAP

/// An aggregation job of a batch task as an aggregator's store keeps it.
///
/// It stays after its end, as the memory of its ID and its digests; what takes room is erased.
package struct BatchJobRecord: Sendable, Equatable {
    package enum Phase: String, Sendable {
        /// Leader: its reports are assigned, and nothing was sent.
        case planned
        /// Its reports are bound; what is derived from them may have left (Leader) or is being computed (Helper).
        case bound
        /// Helper: the latest step is answered, and another one is to come.
        case continued
        /// Its output shares are committed.
        case finished
        /// It ended without output shares.
        case abandoned
    }

    /// Assigned by the store.
    package var row: Int64 = 0
    /// The Helper's identifier; unknown to the Leader until the Helper answered once.
    package var jobID: AggregationJobID?
    /// The batch that the Leader selected, in that mode.
    package var batchID: BatchID?
    /// The encoded aggregation parameter.
    package var parameter: [UInt8]
    package var verificationKeyID: UInt8
    package var phase: Phase
    /// SHA-256 of the `AggregationJobInitReq`; empty before there is one.
    package var initDigest: [UInt8] = []
    /// How many reports the init request names; on the Leader's side those that it refused itself are counted too.
    package var reportCount: Int = 0
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
    /// Reports that were refused before verification, as `JobRecord.refusals` has them (Helper).
    package var refusals: [UInt8] = []
    /// Leader: least and greatest time of its reports, in units of the task's time precision.
    package var firstTime: UInt64 = 0
    /// Helper: when the latest step of it was asked for, in the same units.
    package var lastTime: UInt64 = 0

    package init(parameter: [UInt8], verificationKeyID: UInt8, phase: Phase) {
        self.parameter = parameter
        self.verificationKeyID = verificationKeyID
        self.phase = phase
    }
}

/// A collection job of a batch task (Leader).
package struct BatchCollectionRecord: Sendable, Equatable {
    package enum State: String, Sendable {
        /// Reports are being aggregated, or too few are there yet.
        case waiting
        /// No report joins the batch any more; those at hand are being aggregated, then the Helper is asked.
        case closed
        /// The result is stored.
        case released
        /// It ended in a problem document.
        case failed
        /// It was deleted; its batch stays collected if it was closed.
        case deleted
    }

    package var id: CollectionJobID
    /// The `CollectionJobReq`, byte by byte.
    package var request: [UInt8]
    /// Its SHA-256.
    package var requestDigest: [UInt8]
    /// The encoded `BatchSelector`.
    package var batchSelector: [UInt8]
    package var state: State = .waiting
    /// Seconds since the Epoch.
    package var createdAt: UInt64
    /// The greatest row of `report` at that time: what was at hand, and is part of the batch for certain.
    package var lastRow: Int64
    /// The answer, sealed shares included, exactly as it was sent first; or the problem document of a failure.
    package var response: [UInt8] = []
    /// HTTP status that goes with a failure.
    package var failureStatus: Int = 0

    package init(
        id: CollectionJobID, request: [UInt8], requestDigest: [UInt8], batchSelector: [UInt8], createdAt: UInt64,
        lastRow: Int64
    ) {
        self.id = id
        self.request = request
        self.requestDigest = requestDigest
        self.batchSelector = batchSelector
        self.createdAt = createdAt
        self.lastRow = lastRow
    }
}

/// A leader-selected batch (Leader).
package struct SelectedBatchRecord: Sendable, Equatable {
    package var id: BatchID
    /// The encoded aggregation parameter of its reports.
    package var parameter: [UInt8]
    /// Whether reports may still join.
    package var isOpen: Bool
    /// Whether a collection job has it.
    package var isClaimed: Bool

    package init(id: BatchID, parameter: [UInt8], isOpen: Bool = true, isClaimed: Bool = false) {
        self.id = id
        self.parameter = parameter
        self.isOpen = isOpen
        self.isClaimed = isClaimed
    }
}

/// An aggregate share of a batch task (Helper).
package struct AggregateShareRecord: Sendable, Equatable {
    package enum State: String, Sendable {
        /// Accepted, and not answered yet: the batch counts as collected.
        case running
        case released
        case failed
        /// Discarded on request; the batch stays collected.
        case deleted
    }

    package var id: AggregateShareID
    /// SHA-256 of the `AggregateShareReq`.
    package var requestDigest: [UInt8]
    /// The `AggregateShareReq` while it is being worked on.
    package var request: [UInt8] = []
    package var state: State = .running
    /// The answer exactly as it was sent first, or the problem document of a failure.
    package var response: [UInt8] = []
    /// HTTP status that goes with a failure.
    package var failureStatus: Int = 0

    package init(id: AggregateShareID, requestDigest: [UInt8]) {
        self.id = id
        self.requestDigest = requestDigest
    }
}
