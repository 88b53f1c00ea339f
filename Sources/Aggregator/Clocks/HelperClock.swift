import PopulusDAP

/// What the Leader knows of its Helper's clock: what the Helper would find too early now.
///
/// A report that the Helper finds too early is refused, and was bound here by then (rule 1): it is lost. So the Leader
/// looks first, and such a report waits.
package struct HelperClock: Hashable, Sendable {
    /// By how many seconds the Helper's clock is ahead of the Leader's.
    package let offset: Int64
    /// How far ahead of its clock the Helper lets a report's time be, in seconds.
    package let tolerance: UInt64

    /// Both clocks show whole seconds, and one passes on the way.
    private static let margin: Int64 = 2

    package init(offset: Int64, tolerance: UInt64) {
        self.offset = offset
        self.tolerance = tolerance
    }

    /// The last second, since the Epoch, that the Helper takes.
    func latest(at now: UInt64) -> UInt64 {
        let sum = [offset, Int64(clamping: tolerance), -Self.margin].reduce(Int64(clamping: now)) { sum, part in
            let (next, overflow) = sum.addingReportingOverflow(part)
            return overflow ? (part < 0 ? .min : .max) : next
        }
        return UInt64(clamping: sum)
    }

    /// The first time, in units of the task's precision, that the Helper finds too early.
    func firstTooEarly(at now: UInt64, _ task: TaskConfiguration) -> UInt64 {
        Time(secondsSinceEpoch: latest(at: now), precision: task.timePrecision).units + 1
    }

    /// Whether an interval is over by the Helper's clock.
    func permits(_ interval: Interval, at now: UInt64, _ task: TaskConfiguration) -> Bool {
        guard let end = interval.end else { return false }
        return end.secondsSinceEpoch(precision: task.timePrecision) <= latest(at: now)
    }

    /// How many seconds it is until an interval is over by the Helper's clock; 0 if it is over.
    func secondsUntilOver(_ interval: Range<UInt64>, at now: UInt64, _ task: TaskConfiguration) -> UInt64 {
        let end = Time(units: interval.upperBound).secondsSinceEpoch(precision: task.timePrecision)
        let latest = latest(at: now)
        return end > latest ? end - latest : 0
    }

    /// For so many seconds a walk waits until an interval is over by the Helper's clock.
    ///
    /// The Leader takes an interval that ends as far ahead as it tolerates. Where the Helper tolerates as much and the clocks
    /// agree, only the margin and their whole seconds are missing then.
    static let shortWait = UInt64(2 * margin)

    /// How the two clocks differ, in words.
    package var words: String { ClockDifference(helperAhead: offset).words }
}

/// By how much the Helper's clock is ahead of the Leader's, in seconds; less than 0 if it is behind.
struct ClockDifference: Sendable {
    let helperAhead: Int64

    /// `the Helper's clock is 10 min behind the Leader's`.
    var words: String {
        guard helperAhead != 0 else { return "the Helper's clock is that of the Leader" }
        let text = Self.length(helperAhead.magnitude)
        return "the Helper's clock is \(text) \(helperAhead < 0 ? "behind" : "ahead of") the Leader's"
    }

    private static func length(_ seconds: UInt64) -> String {
        for (unit, name) in [(86_400, "days"), (3600, "h"), (60, "min")] as [(UInt64, String)] where seconds >= 2 * unit
        {
            return "\((seconds + unit / 2) / unit) \(name)"
        }
        return "\(seconds) s"
    }
}
