import Collector
import Foundation

/// The end of a discovery, for people.
struct ResultTable {
    let result: DiscoveryResult
    let task: CollectorTask
    /// Where the whole result went.
    let csv: String
    /// The most rows.
    let top: Int

    var text: String {
        var lines: [String] = []
        let shown = result.strings.prefix(top)
        if !shown.isEmpty {
            let width = max(5, shown.map { "\($0.count)".count }.max() ?? 0)
            lines.append("\(Self.right("count", width))  fraction  value")
            for string in shown {
                let value = String(decoding: CSVWriter.escaped(string.value), as: UTF8.self)
                let fraction = CSVWriter.fraction(string.count, of: result.reports)
                lines.append("\(Self.right("\(string.count)", width))  \(fraction)  \(value)")
            }
        }
        if result.strings.count > shown.count {
            lines.append("and \(result.strings.count - shown.count) more")
        }
        lines.append(summary)
        if result.unfinished > 0 {
            lines.append(
                "not complete: the strings below \(counted(result.unfinished, "popular beginning")) are left out, since the "
                    + "task permits no further step")
        }
        let late = result.acceptedAtStart - result.reports
        if late > 0 { lines.append("\(counted(late, "report")) turned out to be invalid after the first step") }
        if csv != "-" { lines.append("written to \(csv)") }
        lines.append("This batch has been walked; a lower threshold needs new reports.")
        return lines.joined(separator: "\n") + "\n"
    }

    private var summary: String {
        let what =
            result.strings.isEmpty
            ? "No string has \(counted(result.votes, "vote")) or more"
            : "\(counted(result.strings.count, "string")) with \(counted(result.votes, "vote")) or more"
        return "\(what) among \(counted(result.reports, "report")); \(counted(result.steps, "step")) in "
            + "\(readable(seconds: result.seconds))"
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
