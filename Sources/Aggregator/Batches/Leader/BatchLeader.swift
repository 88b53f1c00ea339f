import Logging
import PopulusDAP
import Synchronization

/// The Leader's batches: DAP as it stands, for every VDAF.
///
/// - `BatchLeader+Collection`: where a request gets its batch.
/// - `BatchLeader+Plan`: which reports make the next aggregation job; they are bound to it.
/// - `BatchLeader+Open`: whether enough reports of a Poplar1 collection open here, before one of them is bound.
/// - `BatchLeader+Jobs`: what makes aggregation jobs go on.
/// - `BatchLeader+Job`, `JobVerification`: a job's messages, where shares are opened and verified; the commit.
/// - `BatchLeader+Abandon`: how a job is given up, and the collections of a Poplar1 job that the Helper refused with it.
/// - `BatchLeader+End`: how jobs end with the task's work.
/// - `BatchLeader+Close`, `BatchCompletion`: when a batch is complete, or never will be; it is closed.
/// - `BatchSums`, `BatchLeader+Finish`: where a batch is summed; it is handed to its release.
///
/// Prio3 reports are aggregated soon after they arrive. Poplar1 needs the Collector's aggregation parameter, and a
/// report may be evaluated once only (rule 1 of the design): its reports wait for a collection job.
final class BatchLeader: LeaderStrategy {
    let core: AggregatorCore
    let link: HelperLink
    let resultType = MediaType.collectionJobResp
    /// What sets the Leader's own work going.
    let news = Waiters<News>()
    let arrivals = Arrivals()
    let refusals = HelperRefusals()
    let farewells = Farewells()
    /// What is known of the Helper's clock: what it would find too early waits.
    let helperClock: KnownHelperClock
    /// The jobs that a restart left unfinished, the latest first.
    let unfinished = Mutex<[BatchJobRecord]>([])
    /// Waiting reports that are known to open here; only who plans a job looks at them.
    let opened = Mutex<Set<Int64>>([])
    /// Poplar1 collections that may not begin, with the number of valid reports that their last examination found.
    let lacking = Mutex<[ResourceID: Int]>([:])
    /// One job is planned at a time.
    let planning = KeyedLock<News>()

    enum News: Hashable, Sendable {
        /// Reports are to be aggregated.
        case reports
        /// A job ended, so that a collection may go on.
        case jobs
    }

    init(_ core: AggregatorCore, _ link: HelperLink) {
        (self.core, self.link) = (core, link)
        helperClock = KnownHelperClock(core.task.configuration)
    }

    func words(_ job: ResourceRecord) -> DrivenSubject {
        DrivenSubject(what: "a collection", about: "\(job.id)", metadata: ["collection": "\(job.id)"])
    }

    func describe(_ status: inout TaskStatus, in transaction: any StoreTransaction) throws {
        status.collections = try transaction.runningResources().count
    }

    func countWaiting(in transaction: any StoreTransaction) throws -> (count: UInt64, oldest: UInt64?) {
        let uploads = try transaction.remainingUploads(in: .all, isBound: true)
        let aggregated = try transaction.countUncollected()
        return (
            uploads.count + aggregated.count, [uploads.oldest, aggregated.oldest].compactMap { $0 }.min()
        )
    }

    func uploaded(reports: Int, bytes: Int) {
        if arrivals.add(reports: reports, bytes: bytes, settings: settings) { news.notify(.reports) }
    }

    /// There may be reports to aggregate now.
    func hurry() {
        arrivals.hurry()
        news.notify(.reports)
    }
}
