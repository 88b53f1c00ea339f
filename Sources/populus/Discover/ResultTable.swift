import Collector
import Foundation
import ResultText

/// The end of a discovery, for people.
struct ResultTable {
    let record: WalkRecord
    /// Where the whole result went; nil if it is only kept.
    let csv: ResultFile?
    /// The command that writes the kept result; nil where that need not be said.
    let again: String?
    /// The most rows.
    let top: Int

    private var result: DiscoveryResult { record.result }

    /// - Parameter columns: the width of the terminal; nil where it is none, and values are as long as they are.
    func text(columns: Int?) -> String {
        var lines = rows(columns: columns)
        if result.strings.count > top { lines.append("and \(result.strings.count - top) more") }
        lines.append(summary)
        if result.unfinished > 0 {
            lines.append(
                "not complete: the strings below \(counted(result.unfinished, "popular beginning")) are left out, since the "
                    + "task permits no further step")
        }
        let late = result.acceptedAtStart - result.reports
        if late > 0 { lines.append("\(counted(late, "report")) turned out to be invalid after the first step") }
        lines.append("This batch has been walked; a lower threshold needs new reports.")
        if let csv, !csv.isStandardOutput { lines.append("written to \(csv.path)") }
        if let again { lines.append("the result is kept; to write it to a file: \(again)") }
        lines.append(origin)
        return lines.joined(separator: "\n") + "\n"
    }

    private func rows(columns: Int?) -> [String] {
        let shown = result.strings.prefix(top)
        guard !shown.isEmpty else { return [] }
        let width = max(5, shown.map { "\($0.count)".count }.max() ?? 0)
        let heading = "\(Self.right("count", width))  fraction  value"
        let margin = heading.count - "value".count
        return [heading]
            + shown.flatMap { string in
                let value = String(decoding: CSVWriter.escaped(string.value), as: UTF8.self)
                let fraction = CSVWriter.fraction(string.count, of: result.reports)
                let lines = columns.map { Wrapping.lines(value, width: max(8, $0 - margin - 1), most: 3) } ?? [value]
                return lines.enumerated().map { index, line in
                    index == 0
                        ? "\(Self.right("\(string.count)", width))  \(fraction)  \(line)"
                        : String(repeating: " ", count: margin) + line
                }
            }
    }

    private var summary: String {
        let what =
            result.strings.isEmpty
            ? "No string has \(counted(result.votes, "vote")) or more"
            : "\(counted(result.strings.count, "string")) with \(counted(result.votes, "vote")) or more"
        return "\(what) among \(counted(result.reports, "report")); \(counted(result.steps, "step")) in "
            + "\(readable(seconds: result.seconds))"
    }

    /// What it is a result of: day, interval, threshold, reports.
    private var origin: String {
        var parts = ["\(Moment.text(record.facts.ended))"]
        if let span = record.facts.asked ?? record.facts.interval {
            parts.append("reports of \(Moment.text(span.start)) until \(Moment.text(span.end))")
        }
        let votes = record.threshold.hasSuffix("%") ? " (\(counted(result.votes, "vote")))" : ""
        parts.append("threshold \(record.threshold)\(votes)")
        parts.append(counted(result.reports, "report"))
        return parts.joined(separator: ", ")
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
