import PopulusDAP

/// How old a report may be, in a task that says so.
///
/// A report's time is a unit of the task's time precision, so it is expired once the whole unit is older: no report is refused that
/// could be younger. Each aggregator applies its own limit: of two that differ the stricter one counts.
///
/// Spec: DAP §4.5.3.4
struct ReportExpiry: Sendable {
    /// In seconds; nothing where a report may have any age.
    let age: UInt64?
    let precision: TimePrecision

    init(_ settings: AggregatorSettings, _ task: AggregatorTask) {
        (age, precision) = (settings.reportExpiry, task.configuration.timePrecision)
    }

    /// Reports of an earlier time are expired, in units of the task's time precision.
    ///
    /// - Parameter now: seconds since the Epoch.
    func firstFresh(at now: UInt64) -> UInt64 {
        guard let age, now > age else { return 0 }
        return Time(secondsSinceEpoch: now - age, precision: precision).units
    }

    func isExpired(_ time: Time, at now: UInt64) -> Bool { time.units < firstFresh(at: now) }
}
