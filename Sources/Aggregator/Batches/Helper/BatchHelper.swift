import Logging
import PopulusDAP
import PopulusVDAF

/// The Helper's batches: DAP as it stands, for any VDAF of one or two rounds.
///
/// - `BatchHelper+Init`: a job's reports enter and are bound.
/// - `BatchHelper+Verify`: their shares are opened and verified; the answer to the initialisation.
/// - `BatchHelper+Continue`: the second round.
/// - `BatchHelper+Commit`: output shares go into batch buckets, and the answer is stored with them.
/// - `BatchHelper+Job`: how a job stands, and how it ends.
/// - `BatchShareRequest`: a batch is counted and closed.
final class BatchHelper: HelperStrategy {
    let core: AggregatorCore
    /// Requests for one aggregation job follow one another.
    let jobLocks: KeyedLock<AggregationJobID>
    let leaderClock: PeerClock?
    let shareRequestType = MediaType.aggregateShareReq
    let refusalOfDeletedShare = AggregatorError.problem(.batchOverlap, detail: "the batch's share was deleted")
    let mayDeleteShareAgain = false

    init(_ core: AggregatorCore, _ jobLocks: KeyedLock<AggregationJobID>, _ leaderClock: PeerClock?)
        throws(AggregatorError)
    {
        guard core.task.vdaf.rounds <= 2 else { throw .invalidMessage("the VDAF has more than two rounds") }
        (self.core, self.jobLocks, self.leaderClock) = (core, jobLocks, leaderClock)
    }

    var vdaf: any EncodedVdaf { task.vdaf }

    /// Now, in units of the task's time precision.
    var currentTime: UInt64 {
        Time(secondsSinceEpoch: clock.now, precision: task.configuration.timePrecision).units
    }

    func shareRequest(_ body: [UInt8]) throws -> any ShareRequest {
        try BatchShareRequest(decoding: body, of: task, IntervalEnd(now: clock.now, settings, task.configuration))
    }

    /// The sum of a closed batch.
    func release(of share: ResourceRecord) async throws -> Release {
        let request = try AggregateShareReq(stored: share.request, "request for an aggregate share")
        guard let keys = request.batchSelector.buckets else { throw StoreError.damaged("batch selector") }
        let vdaf = vdaf
        let total = try await store.read("sum of a batch") { try $0.total(keys, vdaf) }
        guard let total, !total.share.isEmpty else {
            throw StoreError.damaged("the aggregate share of a closed batch is gone")
        }
        do throws(BatchSizeRefusal) {
            return try Release(
                total, of: keys, task: task, for: request.collectionJobReq, request.batchSelector)
        } catch {
            throw AggregatorError(error)
        }
    }

    func wipe(_ subject: ResourceRecord.Subject) async {}

    func prepare() async throws(AggregatorError) {}

    /// All that is known of a job is in the store: any process answers.
    var keepsJobs: Bool { false }

    func isGoingOn(_ id: AggregationJobID, in transaction: any StoreTransaction) throws -> Bool { false }

    func letGo(_ id: AggregationJobID) {}

    func lookAtOthers() async throws {}

    func describe(_ status: inout TaskStatus, in transaction: any StoreTransaction) throws {}
}
