import Foundation
import PopulusCollector
import PopulusDAP
import ResultText

/// How kept results are written as JSON: the names of members, in one order.
///
/// A value is text as in CSV files and in `populus-result/1` (`CSVWriter.escaped`), which can be turned back into the
/// exact bytes. Where that text is not the value itself, `bytes` has the value in base64 (RFC 4648 §4) as well.
package enum ResultsJSON {
    /// The format; a member that is added does not change it.
    package static let format = "populus-kept/1"

    /// How every such file begins, by which it is recognised, also one of another version.
    package static let beginning = Array("{\"format\":\"populus-kept/".utf8)

    typealias Members = [(name: String, value: String)]

    /// A value, and its bytes where the text is another.
    static func value(_ value: [UInt8], _ name: String = "value") -> Members {
        let escaped = CSVWriter.escaped(value)
        let bytes = escaped == value ? [] : [("bytes", JSONText.string(Data(value).base64EncodedString()))]
        return [(name, JSONText.string(escaped))] + bytes
    }

    /// A value of a task's walks, with its group before it where there is one.
    static func value(_ value: [UInt8], of task: KeptTask) -> Members {
        guard let parts = task.parts(of: value) else { return self.value(value) }
        return [("group", JSONText.string(CSVWriter.escaped(parts.group)))] + self.value(parts.string)
    }

    static func optional(_ number: (some BinaryInteger)?) -> String { number.map { "\($0)" } ?? "null" }

    static func optional(_ text: String?) -> String { text.map { JSONText.string($0) } ?? "null" }

    static func span(_ span: ResultFacts.Span?) -> String {
        span.map { JSONText.interval($0.start, $0.end) } ?? "null"
    }

    /// A count with its share and its interval.
    static func count(_ count: Int64, in head: WalkHead) -> Members {
        let shown = UInt64(max(0, count))
        return [("count", "\(shown)"), ("fraction", CSVWriter.fraction(shown, of: head.reports))]
            + (head.noise?.interval(of: count).members ?? [])
    }

    static func task(_ task: KeptTask) -> Members {
        [
            ("task", JSONText.string(task.id.base64URL)), ("vdaf", JSONText.string(task.scheme)),
            ("bits", optional(task.bits)), ("encoding", optional(task.encoding)),
            ("batch_mode", JSONText.string(task.batchMode.name)), ("leader", JSONText.string(task.leader)),
            ("helper", JSONText.string(task.helper)),
        ]
    }

    /// Null where nobody told.
    static func rejections(_ rejections: [KeptRejection]?) -> String {
        guard let rejections else { return "null" }
        return JSONText.rejections(
            rejections.map { RejectedReports(party: $0.party, reason: $0.reason, count: $0.count) })
    }

    static func sum(_ rejections: [KeptRejection]?) -> String {
        optional(rejections.map { $0.reduce(0 as UInt128) { $0 + UInt128($1.count) } })
    }

    static func line(_ members: Members) -> String { JSONText.object(members) + "\n" }
}
