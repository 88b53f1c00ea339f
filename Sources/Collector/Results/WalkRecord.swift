import DAP

/// A finished walk: its result, and what it is a result of.
package struct WalkRecord: Hashable, Sendable {
    package let facts: ResultFacts
    package let walk: WalkID
    /// The threshold as it was written.
    package let threshold: String
    /// The level of each step, counted from 0.
    package let levels: [Int]
    package let result: DiscoveryResult

    /// - Parameters:
    ///   - state: the walk's, with its result in it.
    ///   - ended: seconds since the Epoch.
    package init(
        _ result: DiscoveryResult, of state: DiscoveryState, configuration: TaskConfiguration, version: String,
        ended: UInt64
    ) {
        facts = ResultFacts(
            version: version, task: state.task, vdaf: configuration.vdaf.name, batchMode: configuration.batchMode,
            asked: state.options.query(for: configuration).flatMap {
                ResultFacts.Span($0, precision: configuration.timePrecision)
            },
            interval: state.interval, began: UInt64(exactly: state.began.rounded()), ended: ended,
            reports: result.reports)
        walk = state.walk
        threshold = state.options.threshold
        levels = state.steps.map(\.level)
        self.result = result
    }

    package init(facts: ResultFacts, walk: WalkID, threshold: String, levels: [Int], result: DiscoveryResult) {
        self.facts = facts
        self.walk = walk
        self.threshold = threshold
        self.levels = levels
        self.result = result
    }
}
