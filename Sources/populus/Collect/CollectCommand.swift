import ArgumentParser
import Foundation
import PopulusCollector
import PopulusDAP

/// `populus collect`: the aggregate of one batch.
struct CollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Collects the count, sum, histogram or votes of one batch.",
        usage: "populus collect --task <file> [<options>]",
        discussion: """
            For tasks without walks: every Prio3 task, and Poplar1 tasks made with --without-walk. Where the Leader \
            selects the batches, the next batch is collected: all reports at hand. Otherwise --since and --until say \
            which batch.

            An interval is collected once it is over. Before that the command ends with code 75 and says when it will \
            be.

            After an interruption the same command goes on with the same batch. Times are such as 2026-01-31, \
            2026-01-31T12:00Z or seconds since the Epoch, in UTC unless they say otherwise.
            """)

    @Option(help: ArgumentHelp("The task's collector.json.", valueName: "file"), completion: .json)
    var task: String

    @Option(
        help: ArgumentHelp("The batch's first moment, in the time-interval mode.", valueName: "time"),
        transform: Moment.option)
    var since: Moment?

    @Option(
        help: ArgumentHelp("The first moment after the batch.", valueName: "time"),
        transform: Moment.option)
    var until: Moment?

    @OptionGroup var openInterval: OpenInterval

    @OptionGroup var waiting: WaitOptions

    @OptionGroup var connection: ConnectionOptions

    @Flag(help: "Print one JSON object on standard output, and no table: result, report_count, interval and so on.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Where to write the result as CSV; - is standard output. FILE.json beside it says what it is a result of.",
            valueName: "file"),
        completion: .file())
    var csv: String?

    @Option(
        help: ArgumentHelp("Poplar1: the strings to count, one a line; - is standard input.", valueName: "file"),
        completion: .file())
    var candidates: String?

    @OptionGroup var kept: ResultsOptions

    @OptionGroup(title: "Candidates") var input: InputOptions

    @OptionGroup(title: "Candidates that are URLs") var values: ValueOptions

    @Flag(help: "The candidates are beginnings of strings, all of the same length, and not whole strings.")
    var prefixes = false

    @Flag(help: "Write candidates to the CSV as they are: no escapes, no guard against formulas in spreadsheets.")
    var raw = false

    @Option(
        help: ArgumentHelp("Where to keep what is under way (default: beside the task file).", valueName: "file"),
        completion: .json)
    var state: String?

    @Flag(help: "Give up a collection that was interrupted. What the Leader had collected of it is used up.")
    var abandon = false

    @Flag(name: .shortAndLong, help: "Show nothing but errors and what was asked for.")
    var quiet = false

    func validate() throws {
        guard !json || csv != "-" else {
            throw ValidationError("--json and --csv - both take standard output: leave one out, or give --csv a file")
        }
        guard until != nil || openInterval.words.isEmpty else {
            throw ValidationError("--wait and --early go with --since and --until")
        }
        guard !prefixes || candidates != nil else { throw ValidationError("--prefixes goes with --candidates") }
        guard input.words.isEmpty && values.words.isEmpty || candidates != nil else {
            throw ValidationError("--null, --binary and --value go with --candidates")
        }
        guard !prefixes || values.words.isEmpty else {
            throw ValidationError("--value and --prefixes exclude each other: the beginning of a URL is none")
        }
        guard !raw || csv != nil else { throw ValidationError("--raw goes with --csv") }
        try Terminal.refuse(raw: raw, csv: csv)
    }

    func run() async throws {
        try await Self.reporting {
            let taskFile = try readTaskFile(task, as: .collector)
            let session = try CollectSession(self, taskFile)
            if abandon {
                try await session.abandon()
            } else {
                try await session.collect()
            }
        }
    }

    /// The words of a command for the same task that reads its candidates elsewhere.
    func words(candidates: String) -> [String] {
        var words = ["populus", "collect", "--task", task, "--candidates", candidates]
        words += connection.words
        if prefixes { words.append("--prefixes") }
        return words + values.words + values.fileWords
    }

    /// The command that gives up what is under way.
    var abandonLine: String {
        var words = ["populus", "collect", "--task", task]
        if let state { words += ["--state", state] }
        words += connection.words
        return (words + ["--abandon"]).map(ShellWord.quoted).joined(separator: " ")
    }
}
