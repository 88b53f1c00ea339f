import ArgumentParser
import PopulusDAP
import PopulusStringCodec
import ResultText
import Results

/// `populus results show`: one walk, one string over all walks, or sums.
struct ResultsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows a walk with its strings, the history of one string, or sums by group, host or path.",
        usage: "populus results show <file> [<options>]",
        discussion: """
            Sums are "at least": strings below the threshold are in none of them. With noise they are of the lower ends of \
            the intervals.

            In a task with groups --group shows one of them, --by group what each comes to, and --by string what each string \
            does that several groups list. --string is then over all groups that list it, or with --group of one.
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
            """
            Sums: by group, by string over its groups, and of strings that are URLs by their host, or their path's first \
            folders.
            """, valueName: "part"))
    var by: SumPart?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Tasks with groups: the strings of one group only, as results have it.", valueName: "group"))
    var group: String?

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
        case group, string, host, path
    }

    func validate() throws {
        guard string == nil || walk == nil && by == nil else {
            throw ValidationError("--string is over all walks, and goes with neither --walk nor --by")
        }
        guard group == nil || by != .group && by != .string else {
            throw ValidationError("--group is one group, and --by \(by?.rawValue ?? "") is over all of them")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "results show") {
            let reading = try ResultsReading(choice)
            if let string { return try show(history: string, reading) }
            let walk = try ofGroup(try reading.walk(walk))
            switch by {
            case nil: try show(strings: walk)
            case .host?, .path?: try ResultsText.deliver(sums(walk, by == .host ? .host : .path(folders: folders)))
            case .group?, .string?: try ResultsText.deliver(try groupSums(walk))
            }
        }
    }

    /// The bytes of an option that is written as results write values.
    func bytes(_ text: String, _ option: String) throws(CommandFailure) -> [UInt8] {
        guard let bytes = CSVWriter.unescaped(Array(text.utf8)) else {
            throw CommandFailure(.refused, "\(option): a backslash begins \\xNN or is doubled")
        }
        return bytes
    }

    func check(_ task: KeptTask, _ option: String) throws(CommandFailure) {
        guard task.isGrouped else {
            throw CommandFailure(.refused, "\(option) is for tasks made with --groups; task \(task.id) has none")
        }
    }

    /// A terminal has ranks and bars, as after a discovery; a pipe has the rows alone.
    private func show(strings walk: Shown) throws(CommandFailure) {
        let facts = ResultsText.lines(walk.head) + (steps ? ResultsText.steps(walk.head) : [])
        var rows = rows(walk)
        if walk.strings.count > top { rows.append("and \(walk.strings.count - top) more") }
        // What is in rows is escaped already, and the bars' colours are our own.
        let lines = facts.map { ForeignText.escapedLines($0) } + rows
        try StandardStream.output.deliver(Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    private func rows(_ walk: Shown) -> [String] {
        if let columns = Terminal.columns(of: 1) {
            return ResultRows(
                strings: walk.strings, isGrouped: walk.head.task.isGrouped, noise: walk.head.noise,
                reports: walk.head.reports, top: top, names: nil, style: Terminal.barStyle
            ).lines(columns: columns)
        }
        let rows = walk.strings.prefix(top).map {
            (ResultsText.cells($0.count, walk.head), ResultsText.value($0.value, walk.head.task))
        }
        guard !rows.isEmpty else { return [] }
        return ResultsText.table(
            ResultsText.heading(walk.head) + ResultsText.valueHeading(walk.head.task), rows)
    }

    private func sums(_ shown: Shown, _ part: URLSums.Part) -> [String] {
        let sums = URLSums(of: shown.walk, strings: shown.strings, by: part)
        let rows = sums.rows.prefix(top).map { row in
            (["\(row.atLeast)", "\(row.strings)"], [ResultsText.value(row.key)])
        }
        var lines = ResultsText.table(["at least", "strings", by?.rawValue ?? ""], rows)
        if sums.rows.count > rows.count { lines.append("and \(sums.rows.count - rows.count) more") }
        if let others = sums.others {
            lines.append("\(counted(others.strings, "string")) that are no URLs: at least \(others.atLeast)")
        }
        return lines + ["strings below the threshold are in no sum: of each there may be more"]
    }

    private func show(history text: String, _ reading: ResultsReading) throws(CommandFailure) {
        var value = try bytes(text, "--string")
        let task = try reading.task()
        if task.isGrouped, group == nil { return try show(overGroups: value, task, reading) }
        if let group {
            try check(task, "--group")
            value = GroupedValue(group: try bytes(group, "--group"), string: value).bytes
        }
        let (listed, title) = try Self.listed(value, task)
        let history = try reading.history(of: listed, task)
        let lines = history.entries.map { "  \(ResultsText.time($0.walk))  \(Self.words($0))" }
        let seen = history.firstSeen.flatMap { first in
            history.lastSeen.map { ["seen first \(ResultsText.time(first))", "seen last  \(ResultsText.time($0))"] }
        }
        try ResultsText.deliver([title] + (seen ?? ["never seen in the walks that are kept"]) + lines)
    }

    /// What walks have where they list a string, and what is said of it.
    static func listed(_ value: [UInt8], _ task: KeptTask) throws(CommandFailure) -> ([UInt8], title: String) {
        func text(_ value: [UInt8]) -> String { ResultsText.value(value, task).joined(separator: "  ") }
        switch task.listing(of: value) {
        case .value(let value): return (value, text(value))
        case .hash(let hash):
            let digits = task.parts(of: hash)?.string ?? hash
            return (hash, "\(text(value)), whose hash is \(ResultsText.value(digits))")
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
