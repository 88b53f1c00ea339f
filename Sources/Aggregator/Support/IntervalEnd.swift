import PopulusDAP

/// The latest end that an interval of time may have so that it can be collected: now, and what clocks may differ by.
///
/// A collection closes its interval for good. One that is not over would lose the reports that are still to come, and one
/// that ends in ten years would close the task.
struct IntervalEnd: Sendable {
    /// In seconds since the Epoch.
    private let latest: UInt64
    private let precision: TimePrecision

    init(now: UInt64, _ settings: AggregatorSettings, _ task: TaskConfiguration) {
        let (latest, overflow) = now.addingReportingOverflow(settings.toleratedClockSkew)
        self.latest = overflow ? .max : latest
        precision = task.timePrecision
    }

    /// - Throws: `batchInvalid` if the interval is not over, with the time at which it is.
    func check(_ interval: Interval) throws(AggregatorError) {
        guard let end = interval.end else { throw .problem(.batchInvalid, detail: "the interval has no end") }
        guard end.secondsSinceEpoch(precision: precision) > latest else { return }
        throw .problem(
            .batchInvalid,
            detail: "the interval is not over: it ends at \(end.text(precision: precision)), and can be collected from "
                + "then on")
    }
}
