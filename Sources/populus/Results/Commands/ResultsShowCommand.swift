import ArgumentParser
import DAP
import ResultText
import Results

/// `populus results show`: one walk, one string over all walks, or sums.
struct ResultsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a walk with its strings, the history of one string, or sums by host or path.",
        usage: "populus results show <file> [<options>]",
        discussion: """
            Sums are "at least": strings below the threshold are in none of them. With noise they are of the lower ends of \
            the intervals.
            """)

    @OptionGroup var choice: ResultsChoice

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The walk, or the beginning of its ID. (default: that of the latest reports with a result)", valueName: "id"
        )
    )
    var walk: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The history of one string over all walks, written as results have it, with \\xNN for other bytes; of a hash, "
                + "or of the string whose hash it is.",
            valueName: "value"))
    var string: String?

    @Option(
        help: ArgumentHelp(
            "Sums of strings that are URLs: by their host, or their path's first folders.", valueName: "part"))
    var by: SumPart?

    @Option(
        help: ArgumentHelp(
            "With --by path: how many folders of the path are told apart. (default: 1)", valueName: "number"),
        transform: Form.number("--folders", 0...100, such: 1))
    var folders = 1

    @Flag(help: "List each step of the walk: its level, its numbers of candidates and of survivors, its time.")
    var steps = false

    @Option(
        help: ArgumentHelp("How many strings are shown. (default: 20)", valueName: "number"),
        transform: Form.number("--top", 0...1_000_000_000, such: 20))
    var top = 20

    /// What sums are told apart by.
    enum SumPart: String, ExpressibleByArgument, CaseIterable {
        case host, path
    }

    func validate() throws {
        guard string == nil || walk == nil && by == nil else {
            throw ValidationError("--string is over all walks, and goes with neither --walk nor --by")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "results show") {
            let reading = try ResultsReading(choice)
            if let string { return try show(history: string, reading) }
            let walk = try reading.walk(walk)
            try ResultsText.deliver(by.map { sums(walk, $0) } ?? strings(walk))
        }
    }

    private func strings(_ walk: KeptWalk) -> [String] {
        let rows = walk.strings.prefix(top).map {
            (ResultsText.cells($0.count, walk.head), ResultsText.value($0.value))
        }
        var lines = ResultsText.lines(walk.head) + (steps ? ResultsText.steps(walk.head) : [])
        if !rows.isEmpty { lines += ResultsText.table(ResultsText.heading(walk.head) + ["value"], rows) }
        if walk.strings.count > rows.count { lines.append("and \(walk.strings.count - rows.count) more") }
        return lines
    }

    private func sums(_ walk: KeptWalk, _ part: SumPart) -> [String] {
        let sums = URLSums(of: walk, by: part == .host ? .host : .path(folders: folders))
        let rows = sums.rows.prefix(top).map { row in
            (["\(row.atLeast)", "\(row.strings)"], ResultsText.value(row.key))
        }
        var lines = ResultsText.table(["at least", "strings", part.rawValue], rows)
        if sums.rows.count > rows.count { lines.append("and \(sums.rows.count - rows.count) more") }
        if let others = sums.others {
            lines.append("\(counted(others.strings, "string")) that are no URLs: at least \(others.atLeast)")
        }
        return lines + ["strings below the threshold are in no sum: of each there may be more"]
    }

    private func show(history text: String, _ reading: ResultsReading) throws(CommandFailure) {
        guard let value = CSVWriter.unescaped(Array(text.utf8)) else {
            throw CommandFailure(.refused, "--string: a backslash begins \\xNN or is doubled")
        }
        let task = try reading.task()
        let (listed, title) = try Self.listed(value, task)
        let history = try reading.history(of: listed, task)
        let lines = history.entries.map { "  \(ResultsText.time($0.walk))  \(Self.words($0))" }
        let seen = history.firstSeen.flatMap { first in
            history.lastSeen.map { ["seen first \(ResultsText.time(first))", "seen last  \(ResultsText.time($0))"] }
        }
        try ResultsText.deliver([title] + (seen ?? ["never seen in the walks that are kept"]) + lines)
    }

    /// What walks have where they list a string, and what is said of it.
    private static func listed(_ value: [UInt8], _ task: KeptTask) throws(CommandFailure) -> ([UInt8], title: String) {
        switch task.listing(of: value) {
        case .value(let value): return (value, ResultsText.value(value))
        case .hash(let hash): return (hash, "\(ResultsText.value(value)), whose hash is \(ResultsText.value(hash))")
        case .never(let why):
            throw CommandFailure(
                .refused,
                "--string: the task cannot encode it (\(why)): no walk of the task can list it, however many have it")
        }
    }

    private static func words(_ entry: StringHistory.Entry) -> String {
        switch entry.sighting {
        case .listed(let count): ResultsText.cells(count, entry.walk).joined(separator: "  ")
        case .below(let votes): "fewer than \(counted(votes, "vote"))"
        case .mayBeCutOff: "not listed, and may have been cut off"
        case .failed: "the walk has no result"
        }
    }
}
