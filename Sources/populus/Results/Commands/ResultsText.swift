import Foundation
import PopulusCollector
import PopulusDAP
import ResultText
import Results

/// Kept results in lines for people.
enum ResultsText {
    /// Writes lines, whatever is in them.
    static func deliver(_ lines: [String]) throws(CommandFailure) {
        try StandardStream.output.deliver(
            Array((lines.map { ForeignText.escapedLines($0) }.joined(separator: "\n") + "\n").utf8))
    }

    /// A value as results show it.
    static func value(_ value: [UInt8]) -> String { String(decoding: CSVWriter.escaped(value), as: UTF8.self) }

    /// A value of a task's walks, with its group before it where there is one.
    static func value(_ value: [UInt8], _ task: KeptTask) -> [String] {
        task.parts(of: value).map { [self.value($0.group), self.value($0.string)] } ?? [self.value(value)]
    }

    /// What stands above such values.
    static func valueHeading(_ task: KeptTask) -> [String] { (task.isGrouped ? ["group"] : []) + ["value"] }

    // MARK: Lists

    static func line(_ head: WalkHead) -> String {
        "  walk \(head.walk)  \(Moment.text(head.ended))  \(batch(head.span))threshold \(threshold(head)), "
            + (head.ending.isFailure
                ? "no result: \(ending(head.ending))"
                : "\(counted(head.stringCount, "string")) of \(counted(head.reports, "report"))\(endingNote(head.ending))")
    }

    static func line(_ collection: CollectionHead) -> String {
        let numbers = counted(collection.numbers, "number")
        return
            "  collection \(collection.key)  \(Moment.text(collection.ended))  \(batch(collection.interval))\(numbers) of "
            + counted(collection.reports, "report")
    }

    private static func batch(_ span: ResultFacts.Span?) -> String { span.map { "\(text($0)), " } ?? "" }

    private static func text(_ span: ResultFacts.Span) -> String {
        "\(Moment.text(span.start)) until \(Moment.text(span.end))"
    }

    /// The time of a walk's reports; where nobody told it, when the walk ended.
    static func time(_ head: WalkHead) -> String {
        head.span.map(text) ?? "ended \(Moment.text(head.ended))"
    }

    static func threshold(_ head: WalkHead) -> String {
        guard let votes = head.votes, head.threshold != "\(votes)" else { return head.threshold }
        return "\(head.threshold) (\(counted(votes, "vote")))"
    }

    private static func endingNote(_ ending: WalkEnding) -> String {
        ending.unfinished > 0 ? ", \(ResultsText.ending(ending))" : ""
    }

    static func ending(_ ending: WalkEnding) -> String {
        switch ending {
        case .complete: "complete"
        case .cutOff(let unfinished, _): "not complete: \(counted(unfinished, "popular beginning")) cut off"
        case .failed(let failure):
            ([failure.kind.rawValue.replacing("_", with: " ")]
                + [failure.party?.name, failure.problem].compactMap { $0 })
                .joined(separator: ", ")
        }
    }

    // MARK: One walk

    /// What a walk was, and what its result does not have.
    static func lines(_ head: WalkHead) -> [String] {
        var lines = [
            "walk       \(head.walk), ended \(Moment.text(head.ended))",
            "task       \(head.task.id), \(head.task.vdaf)\(head.task.encoding.map { ", \($0)" } ?? "")",
        ]
        if let span = head.span { lines.append("reports    of \(text(span))") }
        lines.append("threshold  \(threshold(head))")
        lines.append("ending     \(ending(head.ending))")
        lines.append("counted    \(counted(head.reports, "report")), \(counted(head.lateRejections, "late rejection"))")
        lines += rejected(head.rejections)
        if !head.steps.isEmpty {
            let most = head.steps.map(\.candidates).max() ?? 0
            lines.append(
                "steps      \(head.steps.count) in \(readable(seconds: head.steps.reduce(0) { $0 + $1.seconds })), at most "
                    + counted(most, "candidate"))
        }
        return lines + missing(head)
    }

    /// What the aggregators said of rejected reports.
    static func rejected(_ rejections: [KeptRejection]?) -> [String] {
        guard let rejections else { return ["rejected   not told by the Leader"] }
        guard !rejections.isEmpty else { return ["rejected   none"] }
        return rejections.map { rejection in
            "rejected   "
                + RejectionWords.words(
                    RejectedReports(party: rejection.party, reason: rejection.reason, count: rejection.count))
        }
    }

    /// What a walk's result does not have, and how sure its counts are.
    static func missing(_ head: WalkHead) -> [String] {
        guard let least = head.leastCount, let votes = head.votes, !head.ending.isFailure else {
            return noise(head.noise)
        }
        let fewer = "so perhaps some with fewer than \(counted(votes, "vote"))"
        return [
            head.noise == nil
                ? "missing    strings with fewer than \(counted(least, "vote"))"
                : "missing    strings with a lower count than \(least), \(fewer)"
        ] + noise(head.noise)
    }

    /// What an export of a walk says beside it where no file stands beside it.
    static func missingBeside(_ head: WalkHead) -> [String] {
        ["ending     \(ending(head.ending))", "late       \(counted(head.lateRejections, "late rejection"))"]
            + rejected(head.rejections) + missing(head)
    }

    static func noise(_ noise: NoiseFacts?) -> [String] {
        noise.map { ["noise      each count has a 95 % interval: less and plus \($0.halfWidth), not below 0"] } ?? []
    }

    /// Each step of a walk.
    static func steps(_ head: WalkHead) -> [String] {
        head.steps.enumerated().map { number, step in
            "step \(number + 1)".padding(toLength: 11, withPad: " ", startingAt: 0)
                + "bit \(step.level + 1), \(counted(step.candidates, "candidate")), "
                + "\(step.survivors.map { counted($0, "survivor") } ?? "survivors unknown"), "
                + readable(seconds: step.seconds)
        }
    }

    /// Rows of right-aligned numbers before a value, or before a group and a value.
    ///
    /// - Parameter heading: one for each cell and each part of a value.
    static func table(_ heading: [String], _ rows: [(cells: [String], value: [String])]) -> [String] {
        let numbers = rows.first?.cells.count ?? 0
        let texts = [heading] + rows.map { $0.cells + $0.value }
        let widths = heading.indices.map { column in
            texts.map { Wrapping.columns(of: $0[column]) }.max() ?? 0
        }
        return texts.map { cells in
            cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - Wrapping.columns(of: cells[column]))
                if column < numbers { return space + cells[column] }
                return column == cells.count - 1 ? cells[column] : cells[column] + space
            }.joined(separator: "  ")
        }
    }

    /// A count with its interval and its share.
    static func cells(_ count: Int64?, _ head: WalkHead) -> [String] {
        guard let count else { return head.noise == nil ? ["", ""] : ["", "", ""] }
        let shown = UInt64(max(0, count))
        let interval = head.interval(of: count)
        return ["\(shown)"] + (head.noise == nil ? [] : ["\(interval.low)..\(interval.high)"])
            + [CSVWriter.fraction(shown, of: head.reports)]
    }

    /// What stands above such cells.
    static func heading(_ head: WalkHead, _ prefix: String = "") -> [String] {
        [prefix + "count"] + (head.noise == nil ? [] : ["interval"]) + ["fraction"]
    }
}
