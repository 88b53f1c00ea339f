import ArgumentParser
import Collector
import DAP
import DAPRequests
import Foundation

/// `populus discover`: walks a batch and writes the popular strings.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Finds the strings that at least a threshold of the reports hold.",
        usage: """
            populus discover --task <file> --threshold <count or share> --csv <file>
                [<options>]
                   populus discover --task <file> --abandon [--state <file>]
            """,
        discussion: """
            A batch can be walked once: a lower threshold needs new reports. The state of a walk is kept in a file \
            beside the task's; after an interruption the same command with --resume goes on where it stopped.

            An interval of time is walked once it is over; before, the command ends with code 75 and says when that is.
            """)

    @Option(help: ArgumentHelp("The task's collector.json.", valueName: "file"), completion: .json)
    var task: String

    @Option(
        help: ArgumentHelp(
            """
            The votes that a string needs: a count such as 10, or a share of the accepted reports such as 0.1%. Required, \
            except with --abandon.
            """, valueName: "count or share"))
    var threshold: String?

    @Option(
        help: ArgumentHelp(
            "Where to write the result; - is standard output. Required, except with --abandon.", valueName: "file"),
        completion: .file())
    var csv: String?

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

    @Option(
        help: ArgumentHelp("Where to keep the walk's state (default: beside the task file).", valueName: "file"),
        completion: .json)
    var state: String?

    @Flag(help: "Go on with the walk that was interrupted; with none, begin.")
    var resume = false

    @Flag(help: "End the walk that was interrupted, without a result. Its reports are used up.")
    var abandon = false

    @Flag(help: "Write values to the CSV as they are: no escapes, no guard against formulas in spreadsheets.")
    var raw = false

    @Option(
        help: ArgumentHelp("How many strings the table shows. (default: 20)", valueName: "number"),
        transform: Form.number("--top", 0...1_000_000_000, such: 20))
    var top = 20

    @Flag(name: .shortAndLong, help: "Show nothing but errors and what was asked for.")
    var quiet = false

    func validate() throws {
        guard !(resume && abandon) else { throw ValidationError("--resume and --abandon exclude each other") }
        guard BitsPerStep(bitsPerStep) != nil else {
            throw ValidationError("--bits-per-step takes auto or a number from 1 to 16, not \"\(bitsPerStep)\"")
        }
        guard until != nil || openInterval.words.isEmpty else {
            throw ValidationError("--wait and --early go with --since and --until")
        }
        guard !abandon else { return }
        guard let threshold else {
            throw ValidationError("--threshold is missing: a count such as 10, or a share such as 0.1%")
        }
        guard Threshold(threshold) != nil else {
            throw ValidationError(
                "--threshold takes a count such as 10, or a share such as 0.1% (above 0, at most 100%), not "
                    + "\"\(threshold)\"" + Share.advice(for: threshold))
        }
        guard csv != nil else { throw ValidationError("--csv is missing: a file, or - for standard output") }
        try Terminal.refuse(raw: raw, csv: csv)
    }

    func run() async throws {
        try await Self.reporting {
            let taskFile = try readTaskFile(task, as: .collector)
            let session = try DiscoverSession(self, taskFile)
            if abandon {
                try await session.abandon()
            } else {
                try await session.discover()
            }
        }
    }
}
