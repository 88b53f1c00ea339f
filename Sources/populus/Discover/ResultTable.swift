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
    /// The command that names hashes; nil where the values are none, or a list was given.
    let naming: String?
    /// The most rows.
    let top: Int
    /// What the task promises; nil where its file does not say.
    let privacy: PrivacyWords?
    /// The known strings, where the values are hashes and a list of strings was given.
    let names: HashNames?

    private var result: DiscoveryResult { record.result }

    /// - Parameter columns: the width of the terminal; nil where it is none, and values are as long as they are.
    func text(columns: Int?) -> String {
        var lines = rows(columns: columns)
        if result.strings.count > top { lines.append("and \(result.strings.count - top) more") }
        if let other = result.other { lines.append(Self.words(other: other, record.noise)) }
        lines.append(summary)
        if let names { lines += Self.words(names, of: result.strings.count) }
        if result.unfinished > 0 {
            lines.append(
                "not complete: the strings below \(counted(result.unfinished, "popular beginning")) are left out, since the "
                    + "task permits no further step")
            lines += beginnings(columns)
        }
        let late = result.acceptedAtStart - result.reports
        if late > 0 { lines.append("\(counted(late, "report")) turned out to be invalid after the first step") }
        lines += promise.flatMap { Wrapping.words($0, width: columns) }
        lines.append("This batch has been walked; a lower threshold needs new reports.")
        if let csv, !csv.isStandardOutput { lines.append("written to \(csv.path)") }
        if let again { lines.append("the result is kept; to write it to a file: \(again)") }
        if let naming { lines.append("values are hashes; with a list of strings, to name them: \(naming)") }
        lines.append(origin)
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the strings begin with that are left out: an address that is cut off still tells where to look.
    private func beginnings(_ columns: Int?) -> [String] {
        let shown = result.beginnings.filter { !$0.isEmpty }.prefix(Self.mostBeginnings)
        return shown.map { beginning in
            let text = "  " + String(decoding: CSVWriter.escaped(beginning), as: UTF8.self) + "…"
            return columns.map { Wrapping.lines(text, width: max(8, $0 - 1), most: 2).joined(separator: "\n") } ?? text
        }
    }

    private static let mostBeginnings = 5

    private func rows(columns: Int?) -> [String] {
        let shown = ResultRow.rows(of: result.strings, names).prefix(top).flatMap { $0 }
        guard !shown.isEmpty else { return [] }
        // Values need the room more than fractions do, where there are intervals too.
        let hasFraction = record.noise == nil || columns.map { $0 >= Terminal.roomyColumns } ?? true
        let known = names == nil ? [] : ["known"]
        let heading = numbers("count", ("low", "high"), hasFraction ? "fraction" : nil) + known
        let cells = shown.map { row in
            let known = row.known.map { [$0.rawValue] } ?? []
            // What a hash may be has no count of its own.
            guard let string = row.string else { return numbers("", ("", ""), hasFraction ? "" : nil) + known }
            let ends = record.noise?.interval(of: string.count)
            return numbers(
                "\(string.shownCount)", ends.map { ("\($0.low)", "\($0.high)") } ?? ("", ""),
                hasFraction ? CSVWriter.fraction(string.shownCount, of: result.reports) : nil) + known
        }
        let widths = heading.indices.map { index in ([heading] + cells).map { $0[index].count }.max() ?? 0 }
        func row(_ cells: [String]) -> String {
            zip(cells, widths).map { Self.right($0, $1) + "  " }.joined()
        }
        let margin = row(heading).count
        return [row(heading) + "value"]
            + zip(shown, cells).flatMap { shown, cells in
                let value = String(decoding: CSVWriter.escaped(shown.value), as: UTF8.self)
                let lines = columns.map { Wrapping.lines(value, width: max(8, $0 - margin - 1), most: 3) } ?? [value]
                return lines.enumerated().map { index, line in
                    (index == 0 ? row(cells) : String(repeating: " ", count: margin)) + line
                }
            }
    }

    /// A row's cells but the value: no interval where counts are exact.
    private func numbers(_ count: String, _ ends: (low: String, high: String), _ fraction: String?) -> [String] {
        [count] + (record.noise == nil ? [] : [ends.low, ends.high]) + (fraction.map { [$0] } ?? [])
    }

    /// What the dictionary has of the hashes, and how far its names can be relied on.
    private static func words(_ names: HashNames, of hashes: Int) -> [String] {
        let list = "the dictionary, which has \(counted(names.listed, "string"))"
        var lines = [
            names.unnamed == 0
                ? "every hash is that of a string of \(list)"
                : "hashes of no string of \(list): \(names.unnamed) of \(hashes), in hexadecimal digits (no)"
        ]
        if names.ambiguous > 0 {
            lines.append(
                "hashes of several strings (several): \(names.ambiguous); all of these strings are listed (maybe), and which one "
                    + "was counted nobody can tell")
        }
        let wrong = String(format: "%.2g", names.expectedWrongNames)
        return lines + [
            "expected number of wrong names: \(wrong) (\(names.unnamed) unlisted × \(names.listed) / 2^\(names.bits))"
        ]
    }

    /// The strings that the task cannot encode are one count, and no string of the result.
    private static func words(other: Int64, _ noise: NoiseFacts?) -> String {
        let interval = noise?.interval(of: other)
        return "(other: \(counted(max(0, other), "string")) that the task cannot encode"
            + (interval.map { ", \($0.low) to \($0.high)" } ?? "") + ")"
    }

    /// What the counts tell of a single report, and what noise has done to them.
    private var promise: [String] {
        guard let privacy else { return [] }
        guard let noise = record.noise else { return [privacy.sentence] }
        var counts =
            "low and high are the ends of each count's 95 % interval: the count less \(noise.halfWidth) and the count plus "
            + "\(noise.halfWidth), not below 0"
        if record.margin > 0 {
            counts +=
                "; strings with \(result.votes - min(result.votes, record.margin)) votes or more are listed, since noise may "
                + "have taken \(record.margin) from one with \(result.votes)"
        }
        return [privacy.sentence, privacy.line, counts]
    }

    private var summary: String {
        let least = counted(result.votes - min(result.votes, record.margin), "vote")
        let what =
            result.strings.isEmpty
            ? "No string has \(least) or more"
            : "\(counted(result.strings.count, "string")) with \(least) or more"
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
