import PopulusDAP

/// Walks and their history.
package protocol StoreWalks {
    // MARK: Walks

    func insertWalk(_ walk: WalkRecord) throws
    func updateWalk(_ walk: WalkRecord) throws
    func walk(_ id: WalkID) throws -> WalkRecord?
    /// Why a walk takes no further step; nil while it does. Throws `StoreError.damaged` if there is no such walk.
    func walkEnd(_ id: WalkID) throws -> WalkEnd?
    func walks() throws -> [WalkRecord]
    /// The walk that uses this batch selector.
    func walk(batchSelector: [UInt8]) throws -> WalkRecord?

    // MARK: The batch of a walk (Leader)

    /// The buckets that a walk over a batch that the Leader selects would take now: those that no walk has.
    func freeBuckets() throws -> Range<UInt64>
    /// Inserts a walk and gives its batch to it: every upload of `walk.buckets` is the walk's, and no upload joins these
    /// buckets afterwards (rule 5). False, and nothing is inserted, where another walk has one of them.
    ///
    /// A walk by time has its interval's buckets, any other one those of ``freeBuckets()``. It writes one row a batch, however
    /// many reports that has.
    func freeze(_ walk: WalkRecord) throws -> Bool
    /// Gives the batch of a walk back, of which nothing was bound or sent: another walk may take it, and by time uploads join it
    /// again. Where a later walk over a batch that the Leader selected was frozen meanwhile, the uploads go to the bucket that
    /// is open, which writes to each of them. The walk itself stays, without a batch.
    func thaw(_ walk: inout WalkRecord) throws
    /// The buckets of walks that have ended in which uploads are left, in order: nobody has a use for them, and they are to be
    /// erased (rule 8). The end of a walk is all that says so: it is durable, and no upload joins these buckets any more.
    func bucketsToErase() throws -> [Range<UInt64>]

    /// Gives the bucket of a time to a walk (Helper). False if another walk has it.
    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool

    // MARK: Steps

    func insertStep(_ step: StepRecord) throws
    func updateStep(_ step: StepRecord) throws
    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord?
    /// A walk's steps in order, from one of them on.
    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord]
    func lastStep(_ walk: WalkID) throws -> StepRecord?
}

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
    /// The buckets whose uploads are its batch (Leader only); by time those of its interval.
    package var buckets: Range<UInt64> = 0..<0
    /// The interval of a time-interval batch, in units of the task's time precision; empty in a batch that the Leader selected.
    package var interval: Range<UInt64> = 0..<0
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

/// One step of a walk: what was asked.
///
/// Rule 2's history; never deleted before its walk. What was answered is its resource's (``ResourceRecord``).
package struct StepRecord: Sendable, Equatable {
    package var walk: WalkID
    package var step: UInt16
    /// The encoded aggregation parameter.
    package var parameter: [UInt8]
    /// How many reports were accepted at this step; nothing until this aggregator's share of it is stored.
    package var reportCount: UInt64?
    /// Leader: the collection job.
    ///
    /// Helper: the aggregate share, once asked for.
    package var resource: ResourceID?

    package init(walk: WalkID, step: UInt16, parameter: [UInt8], resource: ResourceID? = nil) {
        self.walk = walk
        self.step = step
        self.parameter = parameter
        self.resource = resource
    }
}
