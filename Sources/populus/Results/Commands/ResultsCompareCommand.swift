import ArgumentParser
import PopulusDAP
import ResultText
import Results

/// `populus results compare`: what changed between two walks.
struct ResultsCompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Says which strings are new, rose, fell, or are no longer at the threshold.",
        usage: "populus results compare <file> [<options>]",
        discussion: """
            Under different thresholds only strings at the higher one are compared. With noise a change inside the 95 % \
            intervals is none. In a task with groups a string is compared in each group by itself. A string that one of the walks may have cut off is said to be that.
            """)

    @OptionGroup var choice: ResultsChoice

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The earlier walk. (default: the one before the later)", valueName: "id"))
    var from: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The later walk. (default: that of the latest reports with a result)", valueName: "id"))
    var to: String?

    @OptionGroup var format: ExportFormat

    @Option(
        help: ArgumentHelp("How many strings of each kind are shown. (default: 20)", valueName: "number"),
        transform: Form.number("--top", 0...1_000_000_000, such: 20))
    var top = 20

    func run() async throws {
        try await Self.reporting(as: "results compare") {
            let reading = try ResultsReading(choice)
            let later = try reading.walk(to)
            let earlier = try reading.walk(from, before: later.head)
            let comparison: WalkComparison
            do throws(ComparisonRefusal) {
                comparison = try WalkComparison(from: earlier, to: later)
            } catch {
                throw CommandFailure(.refused, "\(error)")
            }
            try format.write(
                json: { comparison.json }, lines: { comparison.jsonLines }, csv: { comparison.csv(raw: $0) },
                beside: { comparison.sidecar(csv: $0) },
                missing: facts(comparison), headers: WalkComparison.csvHeaders, choice.file)
            if format.isText { try ResultsText.deliver(lines(comparison)) }
        }
    }

    private func lines(_ comparison: WalkComparison) -> [String] {
        var lines: [String] = []
        for kind in Change.allCases where kind != .unchanged {
            let changes = comparison.changes(kind)
            guard !changes.isEmpty else { continue }
            lines.append("\(Self.words(kind)): \(changes.count)")
            let rows = changes.prefix(top).map { change in
                (
                    ResultsText.cells(change.earlier, comparison.earlier)
                        + ResultsText.cells(change.later, comparison.later),
                    ResultsText.value(change.value, comparison.later.task)
                )
            }
            let heading =
                ResultsText.heading(comparison.earlier, "earlier ") + ResultsText.heading(comparison.later, "later ")
            lines += ResultsText.table(heading + ResultsText.valueHeading(comparison.later.task), rows).map {
                "  " + $0
            }
            if changes.count > rows.count { lines.append("  and \(changes.count - rows.count) more") }
        }
        lines.append("unchanged: \(comparison.changes(.unchanged).count)")
        return lines + facts(comparison)
    }

    /// What was compared, and what the comparison cannot say.
    private func facts(_ comparison: WalkComparison) -> [String] {
        var lines = ["compared: strings with \(counted(comparison.threshold, "vote")) or more"]
        for (name, head) in [("earlier", comparison.earlier), ("later", comparison.later)] {
            let late = head.lateRejections > 0 ? ", \(counted(head.lateRejections, "late rejection"))" : ""
            lines.append(
                "\(name): walk \(head.walk), \(ResultsText.time(head)), threshold \(ResultsText.threshold(head)), "
                    + "\(counted(head.reports, "report"))\(late), \(ResultsText.ending(head.ending))")
        }
        if comparison.coverage != nil {
            lines.append(
                "a change inside the 95 % intervals of noise is none; of unchanged strings 10 in 100 are told at most, and "
                    + "6 in 1000 where both walks have the same Gaussian noise")
        }
        return lines
    }

    private static func words(_ kind: Change) -> String {
        switch kind {
        case .new: "new"
        case .risen: "risen"
        case .fallen: "fallen"
        case .gone: "no longer at the threshold"
        case .withinNoise: "listed in one walk only, which noise alone may have done"
        case .cutOff: "listed in one walk, and perhaps cut off in the other"
        case .unchanged: "unchanged"
        }
    }
}
