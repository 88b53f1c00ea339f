import PopulusDAP

/// What a walk is asked for; the same throughout the walk.
package struct DiscoveryOptions: Hashable, Sendable, Codable {
    /// The threshold as it was written.
    package var threshold: String
    /// `auto` or a number.
    package var bitsPerStep: String
    /// The first second of the batch in the time-interval mode, since the Epoch.
    package var since: UInt64?
    /// The first second after the batch.
    package var until: UInt64?
    /// Where the interval was cut because it was not over; nothing if it is whole.
    package var cutAt: UInt64?

    package init(threshold: String, bitsPerStep: String = "auto", since: UInt64? = nil, until: UInt64? = nil) {
        self.threshold = threshold
        self.bitsPerStep = bitsPerStep
        self.since = since
        self.until = until
    }

    /// The query for a task's batch mode; nil if the options name no batch of that mode.
    package func query(for configuration: TaskConfiguration) -> Query? {
        switch configuration.batchMode {
        case .leaderSelected:
            return since == nil && until == nil ? .leaderSelected : nil
        case .timeInterval:
            let precision = configuration.timePrecision.seconds
            guard let since, let until = cutAt ?? until, since < until, since % precision == 0, until % precision == 0
            else {
                return nil
            }
            return .timeInterval(
                Interval(
                    start: Time(units: since / precision),
                    duration: TimeDuration(units: (until - since) / precision)))
        }
    }
}
