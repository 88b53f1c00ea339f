import PopulusWireCodec

/// The unit of a task's times and durations, in seconds.
///
/// `uint64 TimePrecision;`
///
/// Spec: DAP §4.1.1
package struct TimePrecision: Hashable, Sendable, WireCodable {
    package let seconds: UInt64

    package init(seconds: UInt64) {
        self.seconds = seconds
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u64: seconds)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        seconds = try reader.readU64()
    }
}

/// A point in time, counted from the Epoch in units of the task's time precision.
///
/// `uint64 Time;`
///
/// Spec: DAP §4.1.1
package struct Time: Hashable, Comparable, Sendable, WireCodable {
    package let units: UInt64

    package init(units: UInt64) {
        self.units = units
    }

    /// The unit that contains a POSIX timestamp; a precision of zero counts as one second.
    package init(secondsSinceEpoch: UInt64, precision: TimePrecision) {
        units = secondsSinceEpoch / max(precision.seconds, 1)
    }

    /// The POSIX timestamp of the unit's start, saturating.
    package func secondsSinceEpoch(precision: TimePrecision) -> UInt64 {
        let (product, overflow) = units.multipliedReportingOverflow(by: precision.seconds)
        return overflow ? .max : product
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u64: units)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        units = try reader.readU64()
    }

    package static func < (left: Time, right: Time) -> Bool {
        left.units < right.units
    }

    /// The later time, or nothing beyond the last one that can be written.
    package func advanced(by duration: TimeDuration) -> Time? {
        let (sum, overflow) = units.addingReportingOverflow(duration.units)
        return overflow ? nil : Time(units: sum)
    }
}

/// A length of time in units of the task's time precision: the draft's `Duration`, whose name Swift has taken.
///
/// `uint64 Duration;`
///
/// Spec: DAP §4.1.1
package struct TimeDuration: Hashable, Comparable, Sendable, WireCodable {
    package let units: UInt64

    package init(units: UInt64) {
        self.units = units
    }

    /// The length in seconds, saturating.
    package func seconds(precision: TimePrecision) -> UInt64 {
        let (product, overflow) = units.multipliedReportingOverflow(by: precision.seconds)
        return overflow ? .max : product
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u64: units)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        units = try reader.readU64()
    }

    package static func < (left: TimeDuration, right: TimeDuration) -> Bool {
        left.units < right.units
    }
}
