import ArgumentParser
import DAP
import Foundation
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

    @Option(help: "The Leader's base URL, as clients, the Collector and the Helper reach it.")
    var leader: BaseURL

    @Option(help: "The Helper's base URL, as clients and the Leader reach it.")
    var helper: BaseURL

    @Option(help: "The fewest reports of a batch that may be counted.")
    var minBatchSize: UInt64

    @OptionGroup(title: "What is measured") var scheme: SchemeOptions

    @Option(help: "How reports are put into batches: all at hand, or those of a time.")
    var batchMode = BatchModeName.leaderSelected

    @Option(help: "The unit of reports' times, such as 300, 5m, 1h, 1d.")
    var timePrecision = Seconds(3600)

    @Option(help: ArgumentHelp("Reports of an earlier time are refused.", valueName: "time"))
    var starts: Moment?

    @Option(help: ArgumentHelp("Reports of this time or a later one are refused.", valueName: "time"))
    var ends: Moment?

    @Option(
        help: """
            How far ahead of an aggregator's clock a report's time, or the end of an interval, may be: what the clocks of \
            clients and aggregators may differ by. At most 1d.
            """)
    var clockSkew = Seconds(TaskFile.defaultClockSkew)

    @OptionGroup(title: "Walks (poplar1 with populus discover)") var walk: WalkOptions

    @Option(help: "The task's name, for people.")
    var name = "populus"

    @Flag(help: "Replace the files of an earlier task. Its reports and results become unreadable.")
    var force = false

    func validate() throws {
        guard minBatchSize > 0 else { throw ValidationError("--min-batch-size is at least 1") }
        guard leader != helper else {
            throw ValidationError("--leader and --helper are the same: one party would hold every report's both shares")
        }
        guard (1...200).contains(name.utf8.count), !name.contains(where: \.isNewline) else {
            throw ValidationError("--name has 1 to 200 bytes in one line")
        }
        if scheme.hasWalks {
            try walk.check(bits: scheme.bits ?? 1, minBatchSize: minBatchSize, timePrecision: timePrecision)
        } else if let option = walk.given.first {
            throw ValidationError(
                "\(option) is for tasks with walks, not for \(scheme.vdaf.rawValue)"
                    + (scheme.withoutWalk ? " --without-walk" : ""))
        }
        guard TaskFile.clockSkews.contains(clockSkew.value) else {
            throw ValidationError("--clock-skew is 1 second to 1 day, such as 300, 5m or 1h, not \(clockSkew)")
        }
        _ = try interval()
        try checkSums()
    }

    /// Refuses a task whose smallest batch could have a sum beyond the scheme's field.
    private func checkSums() throws {
        let vdaf = try scheme.configuration()
        guard vdaf.greatestReportCount < minBatchSize else { return }
        throw ValidationError(
            "--max \(vdaf.greatestAddend): the sum of \(counted(minBatchSize, "measurement")), the smallest batch, could be "
                + "beyond the scheme's field, and would be another number; give --max "
                + "\(vdaf.greatestMaximum(forReports: minBatchSize)) or less, or a smaller --min-batch-size")
    }

    /// Says how large a batch can become where that is not far from the smallest.
    private func warnOfSums(_ files: TaskFileSet) {
        let most = files.configuration.vdaf.greatestReportCount
        guard most / 1000 < minBatchSize else { return }
        let rest =
            batchMode == .leaderSelected
            ? "further ones go into the next batch" : "an interval with more cannot be collected as a whole"
        StandardStream.error.write(
            "warning: --max \(files.configuration.vdaf.greatestAddend) is so great that only \(most) measurements have a "
                + "sum: \(rest)\n")
    }

    func run() async throws {
        try await Self.reporting(as: "task new") {
            let files: TaskFileSet
            do {
                files = try TaskFileSet(
                    configuration: configuration(), encoding: scheme.encodingName,
                    clockSkew: clockSkew.value)
            } catch {
                throw CommandFailure(.software, "the task cannot be encoded: \(error)")
            }
            try files.write(to: directory, force: force)
            StandardStream.output.write(nextSteps(files))
            if minBatchSize < 10 {
                StandardStream.error.write(
                    "warning: a batch of \(counted(minBatchSize, "report")) says much of each; with --min-batch-size from "
                        + "10 up, and better far more, a report is one of many\n")
            }
            for warning in try walkWarnings() { StandardStream.error.write("warning: \(warning)\n") }
            try warnOfLateRejections(files)
            warnOfSums(files)
            for url in [leader, helper] where url.isExposed {
                StandardStream.error.write(
                    "warning: \(url.text) is plain HTTP to another machine; put TLS in front of it and use https\n")
            }
        }
    }

    private func walkWarnings() throws -> [String] {
        guard scheme.hasWalks, let bits = scheme.bits else { return [] }
        let precision = TimePrecision(seconds: timePrecision.value)
        return walk.warnings(
            try walk.bounds(bits: bits, minBatchSize: minBatchSize, precision: precision), bits: bits)
    }

    /// Says so where a single report that turns bad late ends a walk over the least batch.
    private func warnOfLateRejections(_ files: TaskFileSet) throws {
        guard let bounds = try files.configuration.walkExtension(.provisional),
            bounds.lateRejectionLimit(initialCount: minBatchSize) == 0
        else { return }
        let one = Share(partsPerMillion: UInt32(min(1_000_000, (999_999 + minBatchSize) / minBatchSize)))
        let larger = bounds.leastCountWithLateRejection.map { ", or batches of \($0) reports" } ?? ""
        StandardStream.error.write(
            "warning: \(Share(partsPerMillion: bounds.maxLateRejectionsPPM)) of a least batch of "
                + "\(counted(minBatchSize, "report")) is no late rejection at all: "
                + "one report that turns bad after a walk's first step ends the walk, and its batch is spent; "
                + "--max-late-rejections \(one)\(larger) would allow one\n")
    }

    /// The time of the task's reports, where it is bounded.
    private func interval() throws -> Interval? {
        guard starts != nil || ends != nil else { return nil }
        guard let starts, let ends else { throw ValidationError("--starts and --ends go together") }
        let unit = timePrecision.value
        for (option, time) in [("--starts", starts), ("--ends", ends)] where time.seconds % unit != 0 {
            throw ValidationError("\(option) lies on a multiple of --time-precision, \(timePrecision)")
        }
        guard starts.seconds < ends.seconds else { throw ValidationError("--ends is after --starts") }
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
        if scheme.hasWalks, case .poplar1(let bits) = vdaf {
            let bounds = try walk.bounds(bits: bits, minBatchSize: minBatchSize, precision: precision)
            extensions.append(TaskExtension(type: WalkCodePoints.provisional.task, data: bounds.encoded()))
        }
        return try TaskConfiguration(
            taskInfo: TaskFile.taskInfo(name: name, encoding: scheme.encodingName),
            leaderEndpoint: Array(leader.text.utf8), helperEndpoint: Array(helper.text.utf8), timePrecision: precision,
            minBatchSize: minBatchSize, batchMode: batchMode.mode, vdaf: vdaf, extensions: extensions)
    }

    private func nextSteps(_ files: TaskFileSet) -> String {
        func file(_ role: Role) -> String { ShellWord.quoted("\(directory)/\(role.fileName).json") }
        func listen(_ url: BaseURL) -> String { ServeOptions.likelyAddress(of: url.text) }
        return """
            made task \(files.taskID) in \(directory)

            Next, each on its own machine and with its own file; the first two lines once:
              populus store create --store helper.sqlite --task \(file(.helper))
              populus store create --store leader.sqlite --task \(file(.leader))
              populus helper --listen \(listen(helper)) --store helper.sqlite --task \(file(.helper))
              populus leader --listen \(listen(leader)) --store leader.sqlite --task \(file(.leader))
            then send reports, \(lineForm):
              populus upload --task \(file(.client)) FILE
            and \(collection(file(.collector)))

            \(collectorAdvice)

            """
    }

    /// Who should have the Collector's file.
    private var collectorAdvice: String {
        let noise =
            !scheme.hasWalks || walk.noiseScale != nil
            ? "" : "\nOnly noise (--noise-scale) bounds what such a party can read."
        return """
            Let a third party collect, neither the Leader's operator nor the Helper's. An operator who collects as well, the
            Leader's above all, can fill a batch with reports of its own, and the rest of the sum is what others sent.\(noise)
            """
    }

    /// What a line of an upload is.
    private var lineForm: String {
        switch scheme.vdaf {
        case .poplar1: "one string a line"
        case .prio3Count: "one 0 or 1 a line"
        case .prio3Sum: "one number a line"
        case .prio3SumVec: "one vector a line, with commas between its numbers"
        case .prio3Histogram: "the number of one bucket a line, counted from 0"
        case .prio3Multihot: "one vector a line, with commas between its zeros and ones"
        }
    }

    private func collection(_ file: String) -> String {
        let threshold = walk.minThreshold ?? minBatchSize
        let interval = batchMode == .timeInterval ? " --since TIME --until TIME" : ""
        if scheme.hasWalks {
            return "find what at least \(threshold) of them say:\n"
                + "  populus discover --task \(file) --threshold \(threshold)\(interval) --csv out.csv"
        }
        let candidates = scheme.vdaf == .poplar1 ? " --candidates FILE" : ""
        return "see what they add up to:\n  populus collect --task \(file)\(interval)\(candidates)"
    }
}
