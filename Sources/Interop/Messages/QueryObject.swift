import PopulusDAP

/// What a collection asks for, as the test API writes it.
///
/// The draft's queries of fixed-size tasks have a `subtype`. DAP-18 has no query by batch ID any more: `subtype` 0 is
/// refused, 1 ("the current batch") is what leader-selected tasks do.
package struct QueryObject: Decodable, Hashable, Sendable {
    package let type: UInt8
    let batchIntervalStart: UInt64?
    let batchIntervalDuration: UInt64?
    let subtype: UInt8?

    private enum CodingKeys: String, CodingKey {
        case type, subtype
        case batchIntervalStart = "batch_interval_start"
        case batchIntervalDuration = "batch_interval_duration"
    }

    /// The query in units of the task's time precision.
    package func query(precision: TimePrecision) throws(InteropError) -> Query {
        switch BatchMode(rawValue: type) {
        case .timeInterval:
            guard let start = batchIntervalStart, let duration = batchIntervalDuration else {
                throw .refused("query: a time interval needs batch_interval_start and batch_interval_duration")
            }
            return .timeInterval(
                try Interval(secondsFrom: start, lasting: duration, precision: precision, name: "query"))
        case .leaderSelected:
            guard subtype != 0 else { throw .refused("query.subtype: DAP-18 has no query by batch ID") }
            return .leaderSelected
        case nil:
            throw .refused("query.type is 1 (time interval) or 2 (leader-selected)")
        }
    }
}

extension Interval {
    /// An interval given in seconds, which must be multiples of the time precision.
    init(
        secondsFrom start: UInt64, lasting duration: UInt64, precision: TimePrecision, name: String
    ) throws(InteropError) {
        let unit = precision.seconds
        guard unit > 0, start.isMultiple(of: unit), duration.isMultiple(of: unit) else {
            throw .refused("\(name): start and duration are multiples of the time precision, \(unit) s")
        }
        self.init(start: Time(units: start / unit), duration: TimeDuration(units: duration / unit))
        guard isWellFormed else { throw .refused("\(name): the interval is empty or has no end") }
    }
}
