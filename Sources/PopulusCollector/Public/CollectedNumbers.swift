import Foundation

/// What a collection came to.
public struct CollectedNumbers: Hashable, Sendable {
    /// One number for a count or a sum, one for each element or bucket of a vector or histogram, or one for each candidate,
    /// in the order in which they were given.
    public let numbers: [CollectedNumber]
    /// The reports that were counted.
    public let reports: UInt64
    /// The noise in the numbers; nothing where they are exact.
    public let noise: CountNoise?
    /// What is not in the result.
    public let missing: MissingParts
    /// The smallest interval with all reports, by what the Leader says; its end is not in it.
    public let interval: Range<Date>?
    /// The Leader's job, as unpadded base64url: a result that is read twice has the same.
    public let job: String?
}

/// A number of a collection's result.
public struct CollectedNumber: Hashable, Sendable {
    /// As it was counted: noise can take it below zero.
    public let value: Int128
    /// Between which numbers the true one is, in 95 of 100 cases; nothing where numbers are exact.
    public let interval: ClosedRange<UInt128>?
    /// The candidate whose votes it is; nothing where there are none.
    public let candidate: [UInt8]?
}

extension CollectedNumbers {
    init(_ record: BatchRecord, cutAt: UInt64?) {
        let (report, facts) = (record.report, record.facts)
        numbers = report.numbers.enumerated().map { place, number in
            let ends = report.noise?.interval(of: number)
            let values = report.candidates?.values
            return CollectedNumber(
                value: number, interval: ends.map { $0.low...max($0.low, $0.high) },
                candidate: values.flatMap { $0.indices.contains(place) ? $0[place] : nil })
        }
        reports = facts.reports
        noise = report.noise.map { CountNoise($0) }
        missing = MissingParts(rejected: facts.rejections, cutAt: cutAt)
        interval = facts.interval.flatMap { Range($0) }
        job = record.job?.base64URL
    }
}
