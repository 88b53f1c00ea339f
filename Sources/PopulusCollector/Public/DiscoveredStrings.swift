import Foundation
import PopulusDAP
import PopulusStringCodec

/// What a discovery found.
///
/// Only what has enough votes is in it: a string below the threshold is neither listed nor counted.
public struct DiscoveredStrings: Hashable, Sendable {
    /// The strings, most votes first, among equals ascending by bytes.
    public let strings: [DiscoveredString]
    /// Whether the strings are hashes, in hexadecimal digits, and not what clients hold.
    ///
    /// A hash is no encryption: whoever sees it can test guesses.
    public let areHashes: Bool
    /// How many reports hold a string that the task cannot encode; nothing where they are too few, or not counted.
    public let unencodable: DiscoveredCount?
    /// The reports that were counted; fractions are of these.
    public let reports: UInt64
    /// The threshold, in votes.
    public let votes: UInt64
    /// The least count with which a string is listed: the threshold, less what noise may have taken from it.
    public let listedFrom: UInt64
    /// The noise in the counts; nothing where they are exact.
    public let noise: CountNoise?
    /// What is not in the result.
    public let missing: MissingParts
    /// The smallest interval with all reports, by what the Leader says; its end is not in it.
    public let interval: Range<Date>?
    /// How many steps it took.
    public let steps: Int
    /// How long they took, without interruptions, in seconds.
    public let seconds: Double
    /// The walk's ID, as unpadded base64url: a result that is read twice has the same.
    public let walk: String
}

/// A string that was found.
public struct DiscoveredString: Hashable, Sendable {
    /// The string, without its group; a hash where ``DiscoveredStrings/areHashes``.
    public let bytes: [UInt8]
    /// The group that it is counted in, in a task with groups.
    public let group: [UInt8]?
    /// How many reports hold it.
    public let count: DiscoveredCount

    /// The string as text; nothing where the bytes are no UTF-8.
    public var text: String? { String(validating: bytes, as: UTF8.self) }
}

/// How many reports hold something.
public struct DiscoveredCount: Hashable, Sendable {
    /// As they were counted: with noise, near the true number.
    public let value: UInt64
    /// Between which numbers the true one is, in 95 of 100 cases; nothing where counts are exact.
    public let interval: ClosedRange<UInt64>?

    /// - Parameter noise: nothing where counts are exact.
    init(_ count: Int64, noise: NoiseFacts?) {
        value = UInt64(max(0, count))
        interval = noise.map { noise in
            let ends = noise.interval(of: count)
            return UInt64(clamping: ends.low)...UInt64(clamping: max(ends.low, ends.high))
        }
    }
}

extension DiscoveredStrings {
    init(_ record: WalkRecord, _ task: DiscoveryTask, cutAt: UInt64?) {
        let (result, noise) = (record.result, record.noise)
        strings = result.strings.map { string in
            let parts = record.isGrouped ? GroupedValue(string.value) : nil
            return DiscoveredString(
                bytes: parts?.string ?? string.value, group: parts?.group,
                count: DiscoveredCount(string.count, noise: noise))
        }
        areHashes = StringEncodings.hashes(of: task.encoding) != nil
        unencodable = result.other.map { DiscoveredCount($0, noise: noise) }
        reports = result.reports
        votes = result.votes
        listedFrom = UInt64(max(0, task.leastCount(threshold: result.votes)))
        self.noise = noise.map { CountNoise($0) }
        missing = MissingParts(
            lateRejections: result.acceptedAtStart - min(result.acceptedAtStart, result.reports),
            rejected: record.facts.rejections,
            unfinished: result.unfinished, beginnings: result.beginnings, cutAt: cutAt)
        interval = record.facts.interval.flatMap { Range($0) }
        steps = result.steps
        seconds = result.seconds
        walk = record.walk.base64URL
    }
}

extension Range<Date> {
    /// Nothing for what ends before it begins.
    init?(_ span: ResultFacts.Span) {
        guard span.start <= span.end else { return nil }
        self = Date(timeIntervalSince1970: Double(span.start))..<Date(timeIntervalSince1970: Double(span.end))
    }
}
