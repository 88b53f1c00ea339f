import ArgumentParser
import Foundation
import PopulusDAP
import PopulusStringCodec
import PopulusTaskFiles
import PopulusWireCodec

/// `populus task new`: draws a task's secrets and gives each role its own.
struct TaskNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Makes a task: a file for each of its four roles.",
        usage: """
            populus task new --directory <folder> --leader <URL> --helper <URL>
                --min-batch-size <number> [--vdaf <name>]
                [--epsilon <number> | --exact] [<options>]
            """,
        discussion: """
            Writes leader.json, helper.json, collector.json and client.json into the directory. Each holds the secrets \
            of its own role only, and only its owner can read it. Give each to its role, and to nobody else: whoever \
            has the Leader's and the Helper's files can read every report. client.json holds nothing secret.

            A task with walks needs a choice: --epsilon for noise with a promise, or --exact for counts as they are.

            With --register both aggregators are asked to take the task up, each over its admin API. Each draws its own key, \
            and the Leader its token for the Helper, of which the Helper gets a digest: neither is ever on this machine. \
            Only collector.json and client.json are written. So run it where the Collector is.

            A task cannot be changed afterwards: clients consent to its bounds.
            """)

    @Option(
        help: ArgumentHelp("Where the files are created; the directory is made if need be.", valueName: "folder"),
        completion: .directory)
    var directory: String

    @Option(
        help: ArgumentHelp(
            """
            The Leader's base URL, as clients, the Collector and the Helper reach it, such as https://leader.example/.
            """, valueName: "URL"),
        transform: Form.baseURL)
    var leader: AggregatorURL

    @Option(
        help: ArgumentHelp(
            "The Helper's base URL, as clients and the Leader reach it, such as https://helper.example/.",
            valueName: "URL"),
        transform: Form.baseURL)
    var helper: AggregatorURL

    @Option(
        help: ArgumentHelp("The fewest reports of a batch that may be counted, such as 1000.", valueName: "number"),
        transform: Form.number("--min-batch-size", 1...1_000_000_000_000, such: 1000))
    var minBatchSize: UInt64

    @OptionGroup(title: "What is measured") var scheme: SchemeOptions

    @OptionGroup(title: "What a report's sender is promised") var privacy: PrivacyOptions

    @Option(help: ArgumentHelp("How reports are put into batches: all at hand, or those of a time.", valueName: "name"))
    var batchMode = BatchModeName.leaderSelected

    @Option(
        help: ArgumentHelp(
            "The unit of reports' times, such as 300, 5m, 1h, 1d; at most 366d. (default: 1h)", valueName: "time"),
        transform: Form.seconds)
    var timePrecision = Seconds(3600)

    @Option(
        help: ArgumentHelp("Reports of an earlier time are refused.", valueName: "time"),
        transform: Moment.option)
    var starts: Moment?

    @Option(
        help: ArgumentHelp("Reports of this time or a later one are refused.", valueName: "time"),
        transform: Moment.option)
    var ends: Moment?

    @Option(
        help: ArgumentHelp(
            """
            How far ahead of an aggregator's clock a report's time, or the end of an interval, may be: what the clocks of \
            clients and aggregators may differ by; at most 1d. (default: 5m)
            """, valueName: "time"),
        transform: Form.seconds)
    var clockSkew = Seconds(TaskFile.defaultClockSkew)

    @Option(
        help: ArgumentHelp(
            """
            How old a report may be, such as 90d: both aggregators refuse older ones, and then forget them, those that waited and \
            the results of that time. (default: any age, and nothing is forgotten)
            """, valueName: "time"),
        transform: Form.seconds)
    var reportExpiry: Seconds?

    @OptionGroup(title: "Walks (poplar1 with populus discover)") var walk: WalkOptions

    @Option(help: ArgumentHelp("The task's name, for people.", valueName: "text"))
    var name = "populus"

    @OptionGroup(title: "Setting it up at running aggregators") var register: RegisterOptions

    @OptionGroup(title: "A task that requests bring") var advertised: AdvertisedTaskOptions

    @Flag(help: "Replace the files of an earlier task. Its reports and results become unreadable.")
    var force = false

    func validate() throws {
        guard !leader.leadsToSame(as: helper) else {
            throw ValidationError(
                "--leader and --helper are the same: one party would hold every report's both shares. Give the URLs of two "
                    + "servers, such as https://leader.example/ and https://helper.example/")
        }
        try checkName()
        guard timePrecision.value <= 366 * 86_400 else {
            throw ValidationError("--time-precision is at most 366d, such as 1h")
        }
        if scheme.hasWalks, let encoding = scheme.stringEncoding {
            try privacy.checkIsChosen()
            try walk.check(
                bits: scheme.stringBits ?? 1, encoding: encoding, minBatchSize: minBatchSize,
                timePrecision: timePrecision,
                promise: privacy.promise)
        } else if let option = walk.given.first {
            throw ValidationError(
                "\(option) is for tasks with walks, not for \(scheme.vdaf.name)"
                    + (scheme.withoutWalk ? " --without-walk" : ""))
        }
        guard TaskFile.clockSkews.contains(clockSkew.value) else {
            throw ValidationError("--clock-skew is 1 second to 1 day, such as 300, 5m or 1h, not \(clockSkew)")
        }
        if let reportExpiry, !TaskFile.reportExpiries.contains(reportExpiry.value) {
            throw ValidationError("--report-expiry is 1 minute to 3660 days, such as 90d, not \(reportExpiry)")
        }
        _ = try interval()
        try checkSums()
        try register.check()
        try advertised.check(registers: register.register, hasInterval: starts != nil)
    }

    /// A name that every terminal shows as it is: it stands beside the fingerprint that two parties compare.
    private func checkName() throws {
        guard (1...200).contains(name.utf8.count), !name.contains(where: \.isNewline) else {
            throw ValidationError("--name has 1 to 200 bytes in one line, such as \"crashes 2026\"")
        }
        guard name == ForeignText.escaped(name), !name.contains("  ") else {
            throw ValidationError(
                "--name has a sign in it that cannot be seen, or two spaces in a row: give letters, digits, signs and single "
                    + "spaces, such as \"crashes 2026\"")
        }
    }

    func run() async throws {
        try await Self.reporting(as: "task new") {
            guard try !makeAdvertised() else { return }
            let files: TaskFileSet
            do {
                files = try TaskFileSet(
                    configuration: configuration(), encoding: scheme.encodingName,
                    clockSkew: clockSkew.value, reportExpiry: reportExpiry?.value)
            } catch {
                throw CommandFailure(.software, "the task cannot be encoded: \(error)")
            }
            let roles: Set<Role> = register.register ? [.collector, .client] : [.client, .leader, .helper, .collector]
            do throws(TaskFileError) {
                // First: what cannot be written is seen before an aggregator is asked.
                if register.register {
                    try files.prepare(in: directory, replacing: force, roles: roles)
                } else {
                    try files.write(to: directory, replacing: force, roles: roles)
                }
            } catch { throw CommandFailure(error) }
            if register.register {
                do throws(CommandFailure) { try await register.run(files) } catch {
                    files.discard(in: directory, roles: roles)
                    throw error
                }
                do throws(TaskFileError) {
                    try files.putInPlace(in: directory, replacing: force, roles: roles)
                } catch { throw CommandFailure(error) }
                StandardStream.output.write(registeredSteps(files))
            } else {
                StandardStream.output.write(nextSteps(files))
            }
            for warning in try warnings(files.configuration) { StandardStream.error.write("warning: \(warning)\n") }
        }
    }

    /// Makes a task that requests bring, if that was asked for; whether it was.
    private func makeAdvertised() throws -> Bool {
        guard advertised.taskprov != nil else { return false }
        let configuration = try configuration()
        let task = try advertised.make(
            configuration, encoding: scheme.encodingName, leader: leader, helper: helper, in: directory,
            replacing: force)
        guard let task else { return false }
        let file = ShellWord.quoted("\(directory)/collector.json")
        StandardStream.output.write(
            advertised.nextSteps(
                task, in: directory, collection: collection(file, configuration), lines: lineForm(configuration.vdaf),
                group: scheme.groups ? " --group GROUP" : ""))
        for warning in try warnings(configuration) { StandardStream.error.write("warning: \(warning)\n") }
        return true
    }

    /// The time of the task's reports, where it is bounded.
    private func interval() throws -> Interval? {
        guard starts != nil || ends != nil else { return nil }
        guard let starts, let ends else {
            throw ValidationError("--starts and --ends go together, such as --starts 2026-01-01 --ends 2027-01-01")
        }
        let unit = timePrecision.value
        for (option, time) in [("--starts", starts), ("--ends", ends)] where time.seconds % unit != 0 {
            let below = time.seconds / unit * unit
            throw ValidationError(
                "\(option) lies on a multiple of --time-precision, \(timePrecision): give \(Moment.text(below)) or "
                    + Moment.text(below + unit))
        }
        guard starts.seconds < ends.seconds else { throw ValidationError("--ends is after --starts") }
        let now = UInt64(max(0, Date().timeIntervalSince1970))
        guard ends.seconds > now else {
            throw ValidationError(
                "--ends is over, \(Moment.text(ends.seconds)): the task would take no report; give a time after now, "
                    + Moment.text(now))
        }
        return Interval(
            start: Time(units: starts.seconds / unit),
            duration: TimeDuration(units: (ends.seconds - starts.seconds) / unit))
    }

    private func configuration() throws -> TaskConfiguration {
        let vdaf = try scheme.configuration()
        let precision = TimePrecision(seconds: timePrecision.value)
        var extensions: [TaskExtension] = []
        if let interval = try interval() {
            extensions.append(TaskExtension(type: TaskExtension.taskIntervalType, data: interval.encoded()))
        }
        if scheme.hasWalks, let bits = scheme.stringBits {
            let bounds = try walk.bounds(
                bits: bits, minBatchSize: minBatchSize, precision: precision, promise: privacy.promise)
            extensions.append(TaskExtension(type: WalkCodePoints.provisional.task, data: bounds.encoded()))
        } else if let noise = try batchNoise() {
            extensions.append(TaskExtension(type: WalkCodePoints.provisional.noise, data: noise.encoded()))
        }
        return try TaskConfiguration(
            taskInfo: TaskFile.taskInfo(name: name, encoding: scheme.encodingName),
            leaderEndpoint: Array(leader.text.utf8), helperEndpoint: Array(helper.text.utf8), timePrecision: precision,
            minBatchSize: minBatchSize, batchMode: batchMode.mode, vdaf: vdaf, extensions: extensions)
    }
}
