import PopulusDAP

/// The batch that a person wants, before it is known whether the task has such a batch.
package struct BatchQuery: Hashable, Sendable {
    /// The first second, since the Epoch.
    package var since: UInt64?
    /// The first second after the batch.
    package var until: UInt64?

    package init(since: UInt64? = nil, until: UInt64? = nil) {
        self.since = since
        self.until = until
    }

    /// The query for a task's batch mode.
    ///
    /// Spec: DAP §5.1.1, §5.2.1
    package func query(for configuration: TaskConfiguration) throws(BatchQueryError) -> Query {
        switch configuration.batchMode {
        case .leaderSelected:
            guard since == nil, until == nil else { throw .noInterval }
            return .leaderSelected
        case .timeInterval:
            guard let since, let until else { throw .intervalMissing }
            let precision = configuration.timePrecision
            let start = try Self.time(since, .since, precision)
            let end = try Self.time(until, .until, precision)
            guard start < end else { throw .empty }
            return .timeInterval(Interval(start: start, duration: TimeDuration(units: end.units - start.units)))
        }
    }

    private static func time(
        _ seconds: UInt64, _ bound: BatchQueryError.Bound, _ precision: TimePrecision
    ) throws(BatchQueryError) -> Time {
        let unit = max(1, precision.seconds)
        let before = seconds - seconds % unit
        guard before == seconds else {
            let (after, overflow) = before.addingReportingOverflow(unit)
            throw .notAMultiple(bound, before: before, after: overflow ? nil : after)
        }
        return Time(units: seconds / unit)
    }
}

/// Why there is no such batch in the task.
package enum BatchQueryError: Error, Hashable, Sendable {
    /// The two ends of an interval.
    package enum Bound: Hashable, Sendable {
        case since, until
    }

    /// The task's batches are intervals, and none is given.
    case intervalMissing
    /// The Leader selects the batches.
    case noInterval
    /// The interval ends before it begins, or where it begins.
    case empty
    /// A time is no multiple of the task's time precision; the multiples around it, in seconds since the Epoch.
    case notAMultiple(Bound, before: UInt64, after: UInt64?)
}
