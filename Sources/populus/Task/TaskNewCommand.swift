import ArgumentParser
import DAP
import StringCodec
import WireCodec

/// `populus task new`: draws a task's secrets and gives each role its own.
struct TaskNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Makes a task: a file for each of its four roles.",
        discussion: """
            Writes leader.json, helper.json, collector.json and client.json into the directory. Each holds its own \
            role's secrets only and can be read by its owner only. Give each to its role, and to nobody else: who has \
            the Leader's and the Helper's files can read every report. client.json holds nothing secret.

            A task cannot be changed afterwards: clients consent to its bounds.
            """)

    @Option(help: "Where the files are created; the directory is made if need be.")
    var directory: String

    @Option(help: "The scheme: \(VdafName.allValueStrings.joined(separator: ", ")).")
    var vdaf: VdafName = .poplar1

    @Option(
        help: """
            The longest string in bits, encoded. Clients refuse longer ones; each bit costs every report about 65 bytes.
            """)
    var bits: UInt16

    @Option(help: "How strings become bits: \(StringEncodings.all.map(\.name).joined(separator: ", ")).")
    var encoding: String = "bytes"

    @Option(help: "The Leader's base URL, as clients, the Collector and the Helper reach it.")
    var leader: BaseURL

    @Option(help: "The Helper's base URL, as clients and the Leader reach it.")
    var helper: BaseURL

    @Option(help: "The fewest reports of a batch that may be walked.")
    var minBatchSize: UInt64

    @Option(
        help: """
            The lowest threshold of a discovery. The aggregators refuse candidates that need a lower one. (default: the \
            minimum batch size)
            """)
    var minThreshold: UInt64?

    @Option(
        help: """
            The share of a walk's reports that may be rejected after its first step; beyond it the walk ends. A \
            smaller share hinders an aggregator that drops single reports, a greater one hinders clients that turn bad \
            late to end walks.
            """)
    var maxLateRejections = Share(partsPerMillion: 10_000)

    @Option(help: "How reports are put into batches: all not yet in a walk, or those of a time.")
    var batchMode = BatchModeName.leaderSelected

    @Option(help: "The unit of reports' times, such as 300, 5m, 1h, 1d.")
    var timePrecision = Seconds(3600)

    @Option(help: "The most steps of a walk. (default: the bits, so that steps of one bit are possible)")
    var maxSteps: UInt16?

    @Option(help: "The most candidates of a step.")
    var maxCandidates: UInt32 = 65_536

    @Option(help: "The deepest level of a walk's first step, counted from 0. (default: 15, or the last)")
    var firstStepMaxLevel: UInt16?

    @Option(help: "How long a walk may take to begin its last step but one.")
    var maxLife = Seconds(7 * 86400)

    @Option(
        help: """
            The scale of the discrete Laplace noise that each aggregator adds to every count, a whole number: differential \
            privacy with epsilon 1/scale for a report's part in one count. Counts are no longer exact. (default: no noise)
            """)
    var noiseScale: UInt32?

    @Option(help: "The task's name, for people.")
    var name = "populus"

    @Flag(help: "Replace the files of an earlier task. Its reports and results become unreadable.")
    var force = false

    func validate() throws {
        guard bits > 0 else { throw ValidationError("--bits is at least 1") }
        guard StringEncodings.named(encoding) != nil else {
            let known = StringEncodings.all.map(\.name).joined(separator: ", ")
            throw ValidationError("--encoding \(encoding) is unknown; there are: \(known)")
        }
        guard minBatchSize > 0 else { throw ValidationError("--min-batch-size is at least 1") }
        guard minThreshold != 0 else { throw ValidationError("--min-threshold is at least 1") }
        guard maxSteps != 0 else { throw ValidationError("--max-steps is at least 1") }
        guard maxCandidates > 0 else { throw ValidationError("--max-candidates is at least 1") }
        guard noiseScale != 0 else { throw ValidationError("--noise-scale is at least 1") }
        guard leader != helper else {
            throw ValidationError("--leader and --helper are the same: one party would hold every report's both shares")
        }
        guard maxLife.value >= timePrecision.value else {
            throw ValidationError("--max-life is at least --time-precision")
        }
        guard (1...200).contains(name.utf8.count), !name.contains(where: \.isNewline) else {
            throw ValidationError("--name has 1 to 200 bytes in one line")
        }
        if let level = firstStepMaxLevel, level >= bits {
            throw ValidationError("--first-step-max-level is below --bits")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "task new") {
            let files: TaskFileSet
            do {
                files = try TaskFileSet(configuration: configuration(), encoding: encoding)
            } catch {
                throw CommandFailure(.software, "the task cannot be encoded: \(error)")
            }
            try files.write(to: directory, force: force)
            StandardStream.output.write(nextSteps(files))
            for url in [leader, helper] where url.isExposed {
                StandardStream.error.write(
                    "warning: \(url.text) is plain HTTP to another machine; put TLS in front of it and use https\n")
            }
        }
    }

    private func configuration() throws(WireError) -> TaskConfiguration {
        let lastLevel = bits - 1
        let firstLevel = firstStepMaxLevel ?? min(15, lastLevel)
        let wholeLevel = firstLevel < 31 ? UInt32(1) << (UInt32(firstLevel) + 1) : .max
        let precision = TimePrecision(seconds: timePrecision.value)
        let bounds = try WalkTaskExtension(
            minThreshold: minThreshold ?? minBatchSize, maxLateRejectionsPPM: maxLateRejections.partsPerMillion,
            maxSteps: maxSteps ?? bits, maxCandidates: maxCandidates, firstStepMaxLevel: firstLevel,
            firstStepMaxCandidates: min(maxCandidates, wholeLevel),
            maxLife: TimeDuration(units: maxLife.value / precision.seconds),
            noise: noiseScale.map { .discreteLaplace(scaleNumerator: $0, scaleDenominator: 1) } ?? .none)
        return try TaskConfiguration(
            taskInfo: TaskFile.taskInfo(name: name, encoding: encoding), leaderEndpoint: Array(leader.text.utf8),
            helperEndpoint: Array(helper.text.utf8), timePrecision: precision, minBatchSize: minBatchSize,
            batchMode: batchMode.mode, vdaf: .poplar1(bits: bits),
            extensions: [TaskExtension(type: WalkCodePoints.provisional.task, data: bounds.encoded())])
    }

    private func nextSteps(_ files: TaskFileSet) -> String {
        func file(_ role: Role) -> String { ShellWord.quoted("\(directory)/\(role.fileName).json") }
        func listen(_ url: BaseURL) -> String { ServeOptions.likelyAddress(of: url.text) }
        return """
            made task \(files.taskID) in \(directory)

            Next, each on its own machine and with its own file:
              populus helper --listen \(listen(helper)) --store helper.sqlite --task \(file(.helper))
              populus leader --listen \(listen(leader)) --store leader.sqlite --task \(file(.leader))
            then send reports, one string a line:
              populus upload --task \(file(.client)) FILE
            and find what at least \(minThreshold ?? minBatchSize) of them say:
              populus discover --task \(file(.collector)) --threshold \(minThreshold ?? minBatchSize) --csv out.csv

            """
    }
}
