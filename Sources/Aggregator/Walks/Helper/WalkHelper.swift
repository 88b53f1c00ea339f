import DAP
import Logging
import PrefixWalk

/// The Helper of one walk task: answers the Leader, and checks on its own everything that the Leader could get wrong.
///
/// - `WalkHelper+Init`: a shard's reports enter, are bound, opened and evaluated for step 0.
/// - `WalkHelper+Step`: later steps: evaluation, verdicts, commit.
/// - `WalkHelper+AggregateShare`: where a level is summed, noised, sealed and released.
package final class WalkHelper: HelperService, StoreUser {
    let walkTask: WalkTask
    package let settings: AggregatorSettings
    let store: any TaskStore
    let clock: any AggregatorClock
    let logger: Logger
    let work: WorkPool
    /// Requests for one aggregation job follow one another.
    let jobLocks = KeyedLock<AggregationJobID>()
    /// So do those that look at all of a walk's jobs.
    let walkLocks = KeyedLock<WalkID>()
    let shards: ShardRegistry
    let histories: WalkHistories
    package let accounts: WalkAccounts
    package let troubles: Troubles

    package init(
        task: AggregatorTask, store: any TaskStore, settings: AggregatorSettings, machine: Machine
    ) throws(AggregatorError) {
        guard task.role == .helper else { throw .invalidMessage("the task's role is not helper") }
        walkTask = try WalkTask(task)
        self.store = store
        clock = machine.clock
        self.settings = settings.over(store)
        logger = machine.logger
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
