import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import ResultText
import Results

extension Notice {
    /// The format; a member that is added does not change it.
    package static let format = "populus-notice/1"

    /// So many strings are told of one rule.
    package static let mostValues = 20

    /// The longest value that is told whole, in bytes; of a longer one nothing is told but its counts.
    package static let longestValue = 2_048

    /// The notice as one line of JSON, without a line feed.
    ///
    /// - Parameter values: whether strings are told, with their counts. Without them a notice says only how many meet a
    ///   rule.
    package func json(values: Bool) -> String {
        var members = [
            ("format", JSONText.string(Self.format)), ("id", JSONText.string(id)),
            ("kind", JSONText.string(kind.rawValue)), ("time", "\(time)"), ("task", JSONText.string(task.base64URL)),
        ]
        if let batch { members.append(("batch", JSONText.interval(batch.start, batch.end))) }
        if let walk { members.append(("walk", JSONText.string(walk.base64URL))) }
        if let comparedWith { members.append(("compared_with", JSONText.string(comparedWith.base64URL))) }
        if let reports { members.append(("reports", "\(reports)")) }
        if let strings { members.append(("strings", "\(strings)")) }
        if let failure { members.append(("failure", JSONText.string(failure))) }
        if let since { members.append(("since", "\(since)")) }
        members.append(("findings", JSONText.array(findings.map { $0.json(values: values, grouped: isGrouped) })))
        return JSONText.object(members.map { (name: $0.0, value: $0.1) })
    }
}

extension RuleFinding {
    fileprivate func json(values: Bool, grouped: Bool) -> String {
        var members = [(name: "rule", value: JSONText.string("\(rule)"))]
        if !strings.isEmpty { members.append(("strings", "\(strings.count)")) }
        if values, !strings.isEmpty {
            members.append(
                ("values", JSONText.array(strings.prefix(Notice.mostValues).map { Self.json($0, grouped: grouped) })))
        }
        return JSONText.object(members)
    }

    /// A value is text as in CSV files; `bytes` has it in base64 where that text is another.
    ///
    /// A group stands before its string, as in every export.
    private static func json(_ change: StringChange, grouped: Bool) -> String {
        var members: [(name: String, value: String)] = []
        if change.value.count <= Notice.longestValue {
            let parts = grouped ? GroupedValue(change.value) : nil
            if let parts { members.append(("group", JSONText.string(CSVWriter.escaped(parts.group)))) }
            let value = parts?.string ?? change.value
            let escaped = CSVWriter.escaped(value)
            members.append(("value", JSONText.string(escaped)))
            if escaped != value { members.append(("bytes", JSONText.string(Data(value).base64EncodedString()))) }
        }
        if let later = change.later { members.append(("count", "\(max(0, later))")) }
        if let earlier = change.earlier { members.append(("earlier", "\(max(0, earlier))")) }
        return JSONText.object(members)
    }
}
