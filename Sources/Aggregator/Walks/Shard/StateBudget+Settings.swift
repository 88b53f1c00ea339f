import Logging
import PrefixWalk

extension StateBudget {
    /// The budget of one walk task's shards: its files lie beside the segments, and an operator hears of it when state is
    /// dropped for the first time.
    convenience init(_ settings: AggregatorSettings, of store: any TaskStore, logger: Logger) {
        self.init(
            limitBytes: settings.stateBudgetBytes, spillDirectory: store.segmentsDirectory,
            diskLimitBytes: settings.stateDiskBytes,
            onFirstDrop: {
                logger.notice(
                    """
                    node state finds no room in memory or on disk: it is computed again from the segments, and steps take \
                    longer; --state-memory and --state-disk say how much there is
                    """)
            })
    }
}
