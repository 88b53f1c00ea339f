import DAP
import Logging
import PrefixWalk
import Synchronization

/// The Leader of one walk task: takes reports in, walks with the Helper when the Collector asks, keeps the results.
///
/// - `WalkLeader+Upload`: where a report's bytes enter.
/// - `WalkLeader+Collection`: where the Collector's requests are checked against the walk's history.
/// - `WalkLeader+Opening`: whether enough of a batch opens here, before one report is bound.
/// - `WalkLeader+Run`, `Leader+Step`: the driver, one step of one walk at a time.
/// - `WalkLeader+Shard…`: a shard's messages, where shares are verified.
/// - `WalkLeader+Finish`: where a level is summed, noised, sealed and released.
///
/// All of its state in memory can be rebuilt from the store.
package final class WalkLeader: LeaderService, StoreUser {
    let walkTask: WalkTask
    package let settings: AggregatorSettings
    let store: any TaskStore
    let peer: any HelperPeer
    let clock: any AggregatorClock
    let logger: Logger
    let work: WorkPool
    let waiters = Waiters<CollectionJobID>()
    /// Walks with something to do.
    let wakes = AsyncStream.makeStream(of: WalkID.self)
    /// How many reports the Collectors of walks that begin need at least; after a restart the least batch has to do.
    let wanted = Mutex<[WalkID: UInt64]>([:])
    /// One driver a walk.
    let walkLocks = KeyedLock<WalkID>()
    let shards: ShardRegistry
    let histories: WalkHistories
    package let accounts: WalkAccounts
    package let watch: PeerWatch
    package let troubles: Troubles
    let waiting = WaitingCount()

    package init(
        task: AggregatorTask, store: any TaskStore, peer: any HelperPeer, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) {
        guard task.role == .leader else { throw .invalidMessage("the task's role is not leader") }
        walkTask = try WalkTask(task)
        self.store = store
        self.peer = peer
        clock = machine.clock
        self.settings = settings.over(store)
        logger = machine.logger
        watch = PeerWatch(of: task.id, clock: clock, logger: logger)
        troubles = Troubles(of: task.id, clock: clock, logger: logger)
        work = machine.work
        accounts = WalkAccounts(machine.budget)
        shards = ShardRegistry()
        histories = WalkHistories(bits: walkTask.bits)
    }

    package var task: AggregatorTask { walkTask.base }

    /// The keys that clients seal their shares to.
    package func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }

    /// How many reports were turned away, by reason and by where it showed.
    package func reportCounts() async throws(AggregatorError) -> [ReportCount] {
        try await reading("report counts") { try $0.reportCounts() }
    }
}
