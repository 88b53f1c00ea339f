import PopulusWireCodec

/// A half-open interval of time: `start` is inside, `start + duration` is not.
///
/// ```
/// struct {
///   Time start;
///   Duration duration;
/// } Interval;
/// ```
///
/// Spec: DAP §4.1.1
package struct Interval: Hashable, Sendable, WireCodable {
    package let start: Time
    package let duration: TimeDuration

    package init(start: Time, duration: TimeDuration) {
        self.start = start
        self.duration = duration
    }

    /// The smallest interval that contains both times.
    package init(containing first: Time, _ second: Time) {
        let (start, last) = (min(first, second), max(first, second))
        self.start = start
        let (length, overflow) = (last.units - start.units).addingReportingOverflow(1)
        duration = TimeDuration(units: overflow ? .max : length)
    }

    /// The first time after the interval, or nothing if it cannot be written: then no bucket lies in the interval.
    package var end: Time? { start.advanced(by: duration) }

    /// Whether the interval can be the bounds of a batch: at least one unit long, with an end.
    package var isWellFormed: Bool { duration.units > 0 && end != nil }

    package func contains(_ time: Time) -> Bool {
        time >= start && time.units - start.units < duration.units
    }

    /// Whether no time in `other` is outside this interval; both must be well formed.
    package func contains(_ other: Interval) -> Bool {
        guard isWellFormed, other.isWellFormed, let end, let otherEnd = other.end else { return false }
        return other.start >= start && otherEnd <= end
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(start)
        writer.append(duration)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        start = try reader.read()
        duration = try reader.read()
    }
}
