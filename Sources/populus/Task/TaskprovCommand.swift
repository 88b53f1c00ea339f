import ArgumentParser
import PopulusDAP
import PopulusSchemes
import PopulusTaskFiles

/// `populus taskprov`: what two aggregators and a Collector agree on, once, for tasks that requests bring.
struct TaskprovCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "taskprov",
        abstract: "Sets up what aggregators need to take up tasks that requests bring.",
        subcommands: [TaskprovNewCommand.self])
}

/// `populus taskprov new`: a file for each of the three.
struct TaskprovNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract:
            "Makes a file for each aggregator and for the Collector, by which they take part in tasks that requests bring.",
        usage: """
            populus taskprov new --directory <folder> --leader <URL> --helper <URL>
                [--vdaf <name> ...] [--walks] [<options>]
            """,
        discussion: """
            Writes leader-taskprov.json, helper-taskprov.json and collector-taskprov.json. Each holds the secrets of its own role \
            only, and what both aggregators derive verification keys from. `populus leader` and `populus helper` take theirs with \
            --taskprov. `populus task new --taskprov collector-taskprov.json` then makes tasks, and no aggregator is told of them: \
            the first upload brings a task to the Leader, and the Leader brings it to its Helper.

            Whoever makes such tasks is taken for an adversary. So both files say which tasks are taken: their limits can be edited, \
            each by its own operator, while the server is stopped. Poplar1 is taken with walks only. Without --upload-token whoever \
            reaches the Leader can bring tasks, as many a day as the limits permit.
            """)

    @Option(
        help: ArgumentHelp("Where the files are created; the directory is made if need be.", valueName: "folder"),
        completion: .directory)
    var directory: String

    @Option(
        help: ArgumentHelp("The Leader's base URL, such as https://leader.example/.", valueName: "URL"),
        transform: Form.baseURL)
    var leader: AggregatorURL

    @Option(
        help: ArgumentHelp("The Helper's base URL, such as https://helper.example/.", valueName: "URL"),
        transform: Form.baseURL)
    var helper: AggregatorURL

    @Option(
        help: ArgumentHelp("A VDAF that tasks may have, such as prio3-count. May be given again.", valueName: "name"))
    var vdaf: [String] = []

    @Flag(help: "Take tasks with walks, within the limits of the walk that the files then have.")
    var walks = false

    @Option(
        help: ArgumentHelp("The least --min-batch-size of a task.", valueName: "number"),
        transform: Form.number("--min-batch-size", 1...1_000_000_000_000, such: 1000))
    var minBatchSize: UInt64 = 100

    @Option(
        help: ArgumentHelp(
            "The least threshold of a task's walks, less the margin of its noise. (default: 100)", valueName: "number"),
        transform: Form.number("--min-threshold", 1...1_000_000_000_000, such: 100))
    var minThreshold: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            The greatest epsilon that a task may promise: tasks without noise are refused then. (default: exact tasks are taken \
            as well)
            """, valueName: "number"),
        transform: Form.epsilon)
    var maxEpsilon: Double?

    @Option(
        help: ArgumentHelp("How many tasks there may be at once.", valueName: "number"),
        transform: Form.number("--max-tasks", 1...100_000, such: 16))
    var maxTasks = 16

    @Option(
        help: ArgumentHelp("How many tasks may begin within a day.", valueName: "number"),
        transform: Form.number("--max-tasks-per-day", 1...100_000, such: 4))
    var maxTasksPerDay = 4

    @Option(
        help: ArgumentHelp("How far ahead the end of a task may be, such as 30d. (default: 366d)", valueName: "time"),
        transform: Form.seconds)
    var maxLifetime = Seconds(366 * 86_400)

    @Flag(help: "Draw a token that all clients show, and write it into the file upload-token.")
    var uploadToken = false

    func validate() throws {
        guard !leader.leadsToSame(as: helper) else {
            throw ValidationError(
                "--leader and --helper are the same: one party would hold every report's both shares")
        }
        let names = Schemes.all.filter { !$0.countsStrings }.map(\.name)
        if let wrong = vdaf.first(where: { !names.contains($0) }) {
            throw ValidationError(
                "--vdaf is one of \(names.joined(separator: ", ")), and --walks is for poplar1, not \(wrong)")
        }
        guard walks || !vdaf.isEmpty else {
            throw ValidationError("say which tasks are taken: --vdaf prio3-count, for example, or --walks")
        }
        guard walks || minThreshold == nil else { throw ValidationError("--min-threshold goes with --walks") }
    }

    private var limits: TaskprovLimits {
        var limits = TaskprovLimits()
        (limits.maxTasks, limits.maxTasksPerDay, limits.maxLifetime) = (maxTasks, maxTasksPerDay, maxLifetime.value)
        (limits.minBatchSize, limits.vdafs, limits.maxEpsilon) = (minBatchSize, Set(vdaf), maxEpsilon)
        guard walks else { return limits }
        var bounds = TaskprovLimits.WalkLimits()
        if let minThreshold { bounds.minThreshold = minThreshold }
        // With noise the steps are what the promise permits.
        if maxEpsilon != nil { bounds.maxBitsPerStep = 8 }
        limits.walks = bounds
        return limits
    }

    func run() async throws {
        try await Self.reporting(as: "taskprov new") {
            let drawn = uploadToken ? TaskFile.UploadToken.draw(name: "clients") : nil
            let paths: [String]
            do throws(TaskFileError) {
                let files = try TaskprovFileSet(
                    leader: leader, helper: helper, limits: limits, uploadTokens: drawn.map { [$0.kept] } ?? [])
                paths = try files.write(to: directory, uploadToken: drawn?.token)
            } catch { throw CommandFailure(error) }
            StandardStream.output.write(nextSteps(paths.map(ShellWord.quoted)))
            for url in [leader, helper] where url.isExposed {
                StandardStream.error.write(
                    "warning: \(url.text) is plain HTTP to another machine; put TLS in front of it and use https\n")
            }
        }
    }

    private func nextSteps(_ paths: [String]) -> String {
        """
        wrote \(paths.joined(separator: ", "))

        Next, each on its own machine and with its own file:
          populus helper --listen ADDRESS --store helper.sqlite --taskprov \(paths[1])
          populus leader --listen ADDRESS --store leader.sqlite --taskprov \(paths[0])
        then make tasks, where the Collector is:
          populus task new --taskprov \(paths[2]) --directory DIR --leader \(leader.text) --helper \(helper.text) --starts TIME --ends TIME ...

        """
    }
}
