import PopulusDAP

/// How the batch of a query stands to now; times in seconds since the Epoch.
package enum IntervalTiming: Hashable, Sendable {
    /// The interval is over, or the Leader selects the batches.
    case over
    /// The interval ends later. Cut at `cut`, the last multiple of the task's time precision that is not after now, it
    /// would be over; nothing if it had no time in it then.
    case open(end: UInt64, cut: UInt64?)

    package init(_ query: Query, precision: TimePrecision, now: UInt64) {
        guard case .timeInterval(let interval) = query, let last = interval.end else {
            self = .over
            return
        }
        let end = last.secondsSinceEpoch(precision: precision)
        guard end > now else {
            self = .over
            return
        }
        let cut = Time(secondsSinceEpoch: now, precision: precision)
        self = .open(end: end, cut: cut > interval.start ? cut.secondsSinceEpoch(precision: precision) : nil)
    }
}

extension Query {
    /// The same interval with another end, in seconds since the Epoch, after its start; a query of no interval as it is.
    package func ending(at end: UInt64, precision: TimePrecision) -> Query {
        guard case .timeInterval(let interval) = self else { return self }
        let last = Time(secondsSinceEpoch: end, precision: precision)
        guard last > interval.start else { return self }
        return .timeInterval(
            Interval(start: interval.start, duration: TimeDuration(units: last.units - interval.start.units)))
    }
}
