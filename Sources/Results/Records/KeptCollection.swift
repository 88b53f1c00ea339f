import Crypto
import PopulusCollector
import PopulusDAP

/// A collected batch as it is kept.
///
/// A collection has no threshold: whatever it asks for is its result, also a candidate that nobody has.
package struct KeptCollection: Hashable, Sendable {
    package var task: KeptTask
    /// Which collection it is: the same batch and the same question have the same, however often they are written down.
    package let key: Key
    package var version: String
    package let asked: ResultFacts.Span?
    package let interval: ResultFacts.Span
    package let began: UInt64?
    package var ended: UInt64
    package let reports: UInt64
    /// Nothing where the numbers are exact.
    package let noise: NoiseFacts?
    package let candidates: Candidates?
    /// Whether the result is one number and no list of one.
    package let isOneNumber: Bool
    /// As they were counted: noise can take one below zero.
    package let numbers: [Int128]
    /// Nothing where nobody told, which is not the same as none.
    package private(set) var rejections: [KeptRejection]?

    /// Poplar1's candidates, in the order in which they were given.
    package struct Candidates: Hashable, Sendable {
        package let level: Int
        package let values: [[UInt8]]

        package init(level: Int, values: [[UInt8]]) {
            (self.level, self.values) = (level, values)
        }
    }

    /// A digest of what was asked.
    package struct Key: Hashable, Sendable, CustomStringConvertible {
        /// 16 bytes.
        package let bytes: [UInt8]

        package init?(bytes: [UInt8]) {
            guard bytes.count == 16 else { return nil }
            self.bytes = bytes
        }

        /// A base64url text without padding.
        package init?(_ text: String) {
            guard let bytes = Base64URL.decode(text) else { return nil }
            self.init(bytes: bytes)
        }

        package var description: String { Base64URL.encode(bytes) }
    }

    /// A collected batch.
    ///
    /// - Throws: `inconsistent`.
    package init(_ record: BatchRecord, of task: KeptTask) throws(ResultsError) {
        let (facts, report) = (record.facts, record.report)
        guard facts.task == task.id else { throw .inconsistent("it is a collection of another task") }
        let interval = facts.interval ?? ResultFacts.Span(start: report.seconds.start, end: report.seconds.end)
        let candidates = report.candidates.map { Candidates(level: $0.level, values: $0.values) }
        guard let key = Self.key(record, interval, candidates) else { throw .inconsistent("it has no key") }
        var isOneNumber = false
        if case .number = report.answer.result { isOneNumber = true }
        try self.init(
            task: task, key: key, version: facts.version, asked: facts.asked, interval: interval, began: facts.began,
            ended: facts.ended, reports: facts.reports, noise: report.noise, candidates: candidates,
            isOneNumber: isOneNumber, numbers: report.numbers,
            rejections: facts.rejections?.map { KeptRejection($0) })
    }

    /// The one way to make a record, also from a file.
    package init(
        task: KeptTask, key: Key, version: String, asked: ResultFacts.Span?, interval: ResultFacts.Span,
        began: UInt64?, ended: UInt64, reports: UInt64, noise: NoiseFacts?, candidates: Candidates?,
        isOneNumber: Bool, numbers: [Int128], rejections: [KeptRejection]?
    ) throws(ResultsError) {
        guard !isOneNumber || numbers.count == 1, candidates?.values.count ?? numbers.count == numbers.count else {
            throw .inconsistent("numbers are missing")
        }
        self.task = task
        self.key = key
        self.version = version
        self.asked = asked
        self.interval = interval
        self.began = began
        self.ended = ended
        self.reports = reports
        self.noise = noise
        self.candidates = candidates
        self.isOneNumber = isOneNumber
        self.numbers = numbers
        self.rejections = try KeptRejection.sorted(rejections)
    }

    /// An interval is collected once for one question.
    ///
    /// Where the Leader selects the batch, the Leader's job and when the collection began tell it from others: both stay
    /// when a Collector asks once more. Two can begin in the same second.
    private static func key(
        _ record: BatchRecord, _ interval: ResultFacts.Span, _ candidates: Candidates?
    ) -> Key? {
        let facts = record.facts
        var text = "populus collection 1\n"
        if let asked = facts.asked {
            text += "asked \(asked.start) \(asked.end)\n"
        } else {
            if let began = facts.began { text += "began \(began)\n" }
            if let job = record.job { text += "job \(job)\n" }
            text += "interval \(interval.start) \(interval.end) \(facts.reports)\n"
        }
        var bytes = Array(text.utf8)
        if let candidates {
            bytes += "level \(candidates.level)\n".utf8
            for value in candidates.values { bytes += Array("\(value.count) ".utf8) + value }
        }
        return Key(bytes: Array(SHA256.hash(data: bytes).prefix(16)))
    }

    /// It without its numbers.
    var head: CollectionHead {
        CollectionHead(
            key: key, interval: interval, began: began, ended: ended, reports: reports, numbers: numbers.count)
    }

    /// Whether the same collection had the same result: when it was written down, and by which version, makes no difference.
    ///
    /// Nor does it matter whether rejected reports were told: a Leader may be away when it is asked for them.
    func hasContent(of other: KeptCollection) -> Bool {
        var same = other
        (same.task, same.version, same.ended) = (task, version, ended)
        if rejections == nil || other.rejections == nil { same.rejections = rejections }
        return self == same && task.isSame(as: other.task)
    }
}
