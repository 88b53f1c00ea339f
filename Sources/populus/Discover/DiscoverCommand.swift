import ArgumentParser
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusHTTPRequests

/// `populus discover`: walks a batch and writes the popular strings.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Finds the strings that at least a threshold of the reports hold.",
        usage: """
            populus discover --task <file> --threshold <count or share> [<options>]
            populus discover --task <file> --again [<options>]
            populus discover --task <file> --abandon [--state <file>]
            """,
        discussion: """
            A batch can be walked once: a lower threshold needs new reports. The state of a walk is kept in a file \
            beside the task's. After an interruption the same command with --resume goes on where it stopped.

            An interval of time is walked once it is over. Before that the command ends with code 75 and says when it \
            will be.

            Results are kept in a folder beside the task (collector.results, for its owner only). --again writes the \
            latest once more. To ask for the same interval again does so too. Nobody is asked for that. Remove a file \
            there to forget a result. --results keeps them in a file too, for `populus results`.

            With --every each interval of time is walked once it is over, by a process that goes on, or with --once by \
            a timer. What is killed goes on where it stopped: each interval is walked once.
            """)

    @Option(help: ArgumentHelp("The task's collector.json.", valueName: "file"), completion: .json)
    var task: String

    @Option(
        help: ArgumentHelp(
            """
            The votes that a string needs: a count such as 10, or a share of the accepted reports such as 0.1%. Required, \
            except with --again and --abandon. With noise strings are listed from the task's margin below it on.
            """, valueName: "count or share"))
    var threshold: String?

    @Option(
        help: ArgumentHelp(
            "Where to write the result as CSV; - is standard output. FILE.json beside it says what it is a result of.",
            valueName: "file"),
        completion: .file())
    var csv: String?

    @Flag(help: "Print one JSON object on standard output, and no table.")
    var json = false

    @Flag(help: "Print lines of JSON on standard output, and no table: the walk first, then one line a string.")
    var jsonl = false

    /// Whether standard output is for a program.
    var writesJSON: Bool { json || jsonl }

    @Option(
        help: ArgumentHelp(
            "How many bits a step moves on, 1 to the most that the task permits.", valueName: "auto or number"),
        completion: .list(["auto"] + (1...16).map { "\($0)" }))
    var bitsPerStep = "auto"

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

    @Option(
        help: ArgumentHelp(
            "Where to keep the walk's state, and beside it the results (default: beside the task file).",
            valueName: "file"),
        completion: .json)
    var state: String?

    @Option(
        help: ArgumentHelp(
            """
            Tasks of hashes (--encoding hash): strings that are known, one a line; - is standard input. Popular hashes that \
            are theirs get their names; the others are listed in hexadecimal digits. A column known says yes, no, several \
            (the strings follow, and which one it is nobody can tell) or maybe (one of several). Give --value and its \
            options as the clients do.
            """, valueName: "file"),
        completion: .file())
    var dictionary: String?

    @OptionGroup var kept: ResultsOptions

    @OptionGroup(title: "Schedule") var schedule: ScheduleOptions

    @OptionGroup(title: "Dictionary") var input: InputOptions

    @OptionGroup(title: "Dictionary of URLs") var values: ValueOptions

    @Flag(help: "Go on with the walk that was interrupted; with none, begin.")
    var resume = false

    @Flag(help: "End the walk that was interrupted, without a result. Its reports are used up.")
    var abandon = false

    @Flag(
        help: """
            Write a kept result once more: the latest, or with --since and --until that of the interval (leader-selected: \
            the latest that ended then).
            """)
    var again = false

    @Flag(help: "Write values to the CSV as they are: no escapes, no guard against formulas in spreadsheets.")
    var raw = false

    @Option(
        help: ArgumentHelp("How many strings the table shows. (default: 20)", valueName: "number"),
        transform: Form.number("--top", 0...1_000_000_000, such: 20))
    var top = 20

    @Flag(name: .shortAndLong, help: "Show nothing but errors and what was asked for.")
    var quiet = false

    func validate() throws {
        let ways = [("--resume", resume), ("--abandon", abandon), ("--again", again)].filter(\.1).map(\.0)
        guard ways.count < 2 else { throw ValidationError("\(ways[0]) and \(ways[1]) exclude each other") }
        try schedule.validate(self)
        guard BitsPerStep(bitsPerStep) != nil else {
            throw ValidationError("--bits-per-step takes auto or a number from 1 to 16, not \"\(bitsPerStep)\"")
        }
        guard until != nil || openInterval.words.isEmpty else {
            throw ValidationError("--wait and --early go with --since and --until")
        }
        guard !json || !jsonl else { throw ValidationError("--json and --jsonl exclude each other") }
        guard !writesJSON || csv != "-" else {
            throw ValidationError(
                "--json\(jsonl ? "l" : "") and --csv - both take standard output: leave one out, or give --csv a file")
        }
        guard dictionary != nil || dictionaryWords("-").count == 2 else {
            throw ValidationError("--null, --binary and --value go with --dictionary")
        }
        guard !raw || csv != nil else { throw ValidationError("--raw goes with --csv") }
        try Terminal.refuse(raw: raw, csv: csv)
        // One that is missing is said when the command runs: where it was mistyped the library names that first.
        guard !abandon, let threshold else { return }
        guard Threshold(threshold) != nil else {
            throw ValidationError(
                "--threshold takes a count such as 10, or a share such as 0.1% (above 0, at most 100%), not "
                    + "\"\(threshold)\"" + Share.advice(for: threshold))
        }
    }

    func run() async throws {
        guard abandon || again || threshold != nil else {
            StandardStream.error.write(
                "Error: --threshold is missing: a count such as 10, or a share such as 0.1%\n"
                    + Populus.usageString(for: Self.self) + "\n")
            throw ExitCode.validationFailure
        }
        try await Self.reporting {
            let taskFile = try readTaskFile(task, as: .collector)
            if let length = schedule.every {
                return try await ScheduleSession(self, taskFile, every: length).run()
            }
            let kept = try WalkAgain(self, taskFile)
            if again { return try kept.writeAgain() }
            if try !abandon && kept.writeSameInterval() { return }
            let session = try DiscoverSession(self, taskFile, tls: try connection.client())
            if abandon {
                StandardStream.output.write(try await session.abandon() + "\n")
            } else {
                try await session.discover()
            }
        }
    }
}
