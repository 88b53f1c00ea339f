import Foundation
import PopulusCollector
import PopulusDAP
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

    /// How bars are drawn; only a terminal has any.
    let style: BarChart.Style

    private var result: DiscoveryResult { record.result }

    /// The lines, of which a terminal obeys no sign but the colour of our own bars.
    ///
    /// - Parameter columns: the width of the terminal; nil where it is none, and values are as long as they are.
    func text(columns: Int?) -> String {
        // Values in rows are escaped already.
        let rows = ResultRows(
            strings: result.strings, isGrouped: record.isGrouped, noise: record.noise, reports: result.reports,
            top: top,
            names: names, style: style
        ).lines(columns: columns)
        let facts = facts(columns: columns).map { ForeignText.escapedLines($0) }
        return (rows + facts).joined(separator: "\n") + "\n"
    }

    private func facts(columns: Int?) -> [String] {
        var lines: [String] = []
        if result.strings.count > top { lines.append("and \(result.strings.count - top) more") }
        if let other = result.other { lines.append(Self.words(other: other, record.noise)) }
        if record.isGrouped { lines += sums(columns) }
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
        lines += Wrapping.words(RejectionWords.line(record.facts.rejections), width: columns)
        lines += promise.flatMap { Wrapping.words($0, width: columns) }
        lines.append("This batch has been walked; a lower threshold needs new reports.")
        if let csv, !csv.isStandardOutput { lines.append("written to \(csv.path)") }
        if let again { lines.append("the result is kept; to write it to a file: \(again)") }
        if let naming { lines.append("values are hashes; with a list of strings, to name them: \(naming)") }
        lines.append(origin)
        return lines
    }

    /// What groups come to, and what strings do that several groups list.
    private func sums(_ columns: Int?) -> [String] {
        let sums = GroupSums(of: result.strings, noise: record.noise)
        return Self.lines("by group, at least:", sums.groups, "string", top, columns)
            + Self.lines("over groups, at least:", sums.strings, "group", top, columns)
            + (sums.groups.isEmpty ? [] : ["what is below the threshold in a group is in no sum: there may be more"])
    }

    private static func lines(
        _ title: String, _ rows: [GroupSums.Row], _ part: String, _ top: Int, _ columns: Int?
    ) -> [String] {
        guard !rows.isEmpty else { return [] }
        let shown = rows.prefix(top)
        let width = shown.map { "\($0.atLeast)".count }.max() ?? 0
        let lines = shown.flatMap { row in
            let start = "  " + ResultRows.right("\(row.atLeast)", width) + "  "
            let text = String(decoding: CSVWriter.escaped(row.key), as: UTF8.self) + " (\(counted(row.parts, part)))"
            let wrapped =
                columns.map { Wrapping.lines(text, width: max(8, $0 - start.count - 1), most: 3) } ?? [text]
            return wrapped.enumerated().map { index, line in
                (index == 0 ? start : String(repeating: " ", count: start.count)) + line
            }
        }
        return [title] + lines + (rows.count > top ? ["  and \(rows.count - top) more"] : [])
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
        if names.leftOut > 0 {
            lines.append(
                "lines of the dictionary that stand for no string, left out: \(names.leftOut); `populus upload` with the same "
                    + "options says why")
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
}
