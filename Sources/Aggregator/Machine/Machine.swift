import Logging
import PrefixWalk

/// What a process has once, and all of its tasks share: threads, room for node state, the time, the log.
///
/// Every Leader and Helper of the process is handed the same one, so that what an operator allows holds for all of their
/// walks and batches together.
package final class Machine: Sendable {
    /// The threads for long computations.
    package let work: WorkPool
    /// What the node state of all walks may take.
    package let budget: StateBudget
    package let clock: any AggregatorClock
    package let logger: Logger
    /// What goes wrong again and again, of the process and not of one task: counted together, for `/metrics`.
    package let troubles: Troubles

    package init(
        _ settings: MachineSettings = MachineSettings(), clock: any AggregatorClock = SystemClock(), logger: Logger
    ) {
        work = WorkPool(threads: settings.threads)
        budget = StateBudget(
            limitBytes: settings.stateMemoryBytes, spillDirectory: settings.spillDirectory,
            sealsSpills: settings.sealsSpills,
            diskLimitBytes: settings.stateDiskBytes, onFirstDrop: { Self.tellOfDrop(logger, settings.roomAdvice) })
        self.clock = clock
        self.logger = logger
        troubles = Troubles(of: nil, clock: clock, logger: logger)
    }

    /// An operator hears of it when state is dropped for the first time.
    private static func tellOfDrop(_ logger: Logger, _ advice: String?) {
        let more = advice.map { "; \($0)" } ?? ""
        logger.notice(
            """
            node state finds no room in memory or on disk: it is computed again from the segments, and steps take \
            longer\(more)
            """)
    }
}
