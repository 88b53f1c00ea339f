import DAP
import Logging
import Synchronization
import VDAF

/// The Leader of one batch task: DAP as it stands, for every VDAF.
///
/// - `BatchLeader+Upload`: where a report's bytes enter.
/// - `BatchLeader+Plan`: which reports make the next aggregation job; they are bound to it.
/// - `BatchLeader+Open`: whether enough reports of a Poplar1 collection open here, before one of them is bound.
/// - `BatchLeader+Job`, `JobVerification`: a job's messages, where shares are opened and verified; the commit.
/// - `RefusalObserver`: where the refusal of a Poplar1 job ends its collection.
/// - `BatchLeader+Collection`: where the Collector's requests are checked, and answered.
/// - `BatchLeader+Close`, `BatchLeader+Finish`: when a batch is complete; where its result leaves.
///
/// Prio3 reports are aggregated soon after they arrive. Poplar1 needs the Collector's aggregation parameter, and a
/// report may be evaluated once only (rule 1 of the design): its reports wait for a collection job.
///
/// All of its state in memory can be rebuilt from the store.
package final class BatchLeader: LeaderService, StoreUser {
    package let task: AggregatorTask
    package let settings: AggregatorSettings
    let store: any TaskStore
    let peer: any HelperPeer
    let clock: any AggregatorClock
    let logger: Logger
    let work: WorkPool
    let requests: HelperRequests
    package let watch: PeerWatch
    package let troubles: Troubles
    let waiting = WaitingCount()
    /// Requests that poll a collection job.
    let pollers = Waiters<CollectionJobID>()
    /// Collection jobs that were created.
    let created = AsyncStream.makeStream(of: CollectionJobID.self)
    /// What sets the Leader's own work going.
    let news = Waiters<News>()
    let arrivals = Arrivals()
    let refusals = HelperRefusals()
    /// What is known of the Helper's clock: what it would find too early waits.
    let helperClock: KnownHelperClock
    /// Collections that are being worked on: each once.
    let collecting = Mutex<Set<CollectionJobID>>([])
    /// Waiting reports that are known to open here; only who plans a job looks at them.
    let opened = Mutex<Set<Int64>>([])
    /// Poplar1 collections that may not begin, with the number of valid reports that their last examination found.
    let lacking = Mutex<[CollectionJobID: Int]>([:])
    /// One job is planned at a time.
    let planning = KeyedLock<News>()

    enum News: Hashable, Sendable {
        /// Reports are to be aggregated.
        case reports
        /// A job ended, so that a collection may go on.
        case jobs
    }

    package init(
        task: AggregatorTask, store: any TaskStore, peer: any HelperPeer, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) {
        guard task.role == .leader else { throw .invalidMessage("the task's role is not leader") }
        guard case .batch = task.kind else { throw .invalidMessage("the task is no batch task") }
        self.task = task
        self.store = store
        self.peer = task.hasAggregationParameter ? RefusalObserver(peer, store: store, logger: machine.logger) : peer
        clock = machine.clock
        self.settings = settings.over(store)
        logger = machine.logger
        helperClock = KnownHelperClock(task.configuration)
        work = machine.work
        watch = PeerWatch(of: task.id, clock: clock, logger: logger)
        troubles = Troubles(of: task.id, clock: clock, logger: logger)
        requests = HelperRequests(settings, clock: clock, watch: watch, logger: logger)
    }

    /// The keys that clients seal their shares to.
    package func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }

    /// How many reports were turned away, by reason and by where it showed.
    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await reading("report counts") { try $0.reportCounts() }
    }
}
