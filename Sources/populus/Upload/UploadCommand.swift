import ArgumentParser
import Client
import DAP
import DAPRequests
import Foundation
import StringCodec

/// `populus upload`: one report a line.
struct UploadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upload",
        abstract: "Uploads one report for each line of a file.",
        discussion: """
            Each line is split into two secret shares that are sealed to the two aggregators; neither learns the line. \
            A line is a string (poplar1), a number (prio3-count, prio3-sum), the number of a bucket counted from 0 \
            (prio3-histogram), or numbers with commas between them (prio3-sumvec, prio3-multihot). Empty lines are \
            skipped. Lines that the task cannot take are named and left out; the exit code is then 1. What is not acknowledged when an upload is interrupted is kept track of in a journal, and \
            --resume goes on without a report counting twice.
            """)

    @Option(help: ArgumentHelp("The task's client.json.", valueName: "file"))
    var task: String

    @Argument(help: "A file with one measurement a line, or - for standard input.")
    var file: String

    @Flag(help: "Go on with an upload that was interrupted; with none, begin.")
    var resume = false

    @Flag(help: "Forget an upload that was interrupted. What was uploaded stays uploaded.")
    var abandon = false

    @Option(help: ArgumentHelp("Where to keep the journal (default: beside the task file).", valueName: "file"))
    var journal: String?

    func validate() throws {
        if resume && abandon { throw ValidationError("--resume and --abandon exclude each other") }
    }

    func run() async throws {
        try await Self.reporting {
            let taskFile = try readTaskFile(task, as: .client)
            let measurements = try measurements(taskFile)
            let slot = try JournalSlot(
                task: taskFile, taskPath: task, input: file, path: journal, resume: resume, abandon: abandon)
            // The lock in it is held to the end.
            defer { withExtendedLifetime(slot) {} }
            if abandon { return slot.sayAbandoned() }
            if !resume { try TaskTime(taskFile.configuration)?.checkUpload() }
            let input = try openInput()
            defer { try? input.close() }
            try await upload(input, taskFile, measurements, slot)
        }
    }

    private func measurements(_ taskFile: TaskFile) throws -> MeasurementReader {
        let vdaf = taskFile.configuration.vdaf
        let encoding: (any StringEncoding)? = if case .poplar1 = vdaf { try encoding(of: taskFile) } else { nil }
        return try MeasurementReader(vdaf: vdaf, encoding: encoding)
    }

    private func openInput() throws -> FileHandle {
        if file == "-" { return .standardInput }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
            throw CommandFailure(
                .noInput, "\(file): no such file; give a file with one measurement a line, or - for standard input")
        }
        guard !isFolder.boolValue else { throw CommandFailure(.noInput, "\(file): is a folder; give a file") }
        guard let handle = FileHandle(forReadingAtPath: file) else {
            throw CommandFailure(.noInput, "\(file): cannot be read: \(String(cString: strerror(errno)))")
        }
        return handle
    }

    private func upload(
        _ input: FileHandle, _ taskFile: TaskFile, _ measurements: MeasurementReader, _ slot: JournalSlot
    ) async throws {
        let display = ProgressDisplay()
        let began = ContinuousClock.now
        let size = file == "-" ? nil : try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
        let requester = DAPRequester(notice: { display.line($0) })
        let uploader = Uploader(
            taskID: taskFile.taskID, configuration: taskFile.configuration, codePoints: taskFile.walkCodePoints,
            measurements: measurements,
            transport: HTTPUploadTransport(
                task: taskFile.taskID, configuration: taskFile.configuration, requester: requester)
        ) { event in
            switch event {
            case .lineRefused(let number, let reason):
                display.line("line \(number): left out: \(reason)")
            case .reportRefused(let line, let error):
                display.line("line \(line): refused by the Leader: \(Self.explain(error))")
            case .settled(let progress):
                display.update(
                    "\(counted(progress.tally.accepted, "report")) uploaded",
                    fraction: size.flatMap { $0 > 0 ? Double(progress.bytes) / Double($0) : nil })
            }
        }
        let resumed = slot.isResumed
        let start = slot.journal
        let path = slot.path
        let hint = "go on without a report counting twice: \(commandLine(resume: true))"
        let (outcome, signal) = await Interruption.cancelling(parting: "interrupted; \(hint)") {
            await Self.result {
                () async throws(UploadFailure) in
                try await uploader.upload(input, journal: start, resumed: resumed, journalPath: path)
            }
        }
        await requester.shutdown()
        display.clear()
        switch outcome {
        case .success(let journal):
            slot.finish()
            let seconds = began.duration(to: .now) / .seconds(1)
            try conclude(journal.settled.tally, seconds: seconds)
        case .failure(let failure):
            let begun = FileManager.default.fileExists(atPath: path)
            let problem = Self.explain(failure, taskFile, taskPath: task, interrupted: signal != nil)
            let text = begun ? problem.message + "\n" + hint : problem.message
            if let signal {
                StandardStream.error.write("populus upload: \(text)\n")
                throw ExitCode(128 + signal)
            }
            throw CommandFailure(problem.code, text)
        }
    }

    private func conclude(_ tally: UploadTally, seconds: Double) throws {
        var parts = ["\(counted(tally.accepted, "report")) uploaded in \(readable(seconds: seconds))"]
        if tally.unencodable > 0 { parts.append("\(counted(tally.unencodable, "line")) left out") }
        if tally.refused > 0 { parts.append("\(counted(tally.refused, "report")) refused by the Leader") }
        if tally.empty > 0 { parts.append("\(counted(tally.empty, "empty line")) skipped") }
        StandardStream.output.write(parts.joined(separator: ", ") + "\n")
        if tally.unencodable + tally.refused > 0 { throw ExitCode(1) }
    }

    private func commandLine(resume: Bool) -> String {
        var words = ["populus", "upload", "--task", task]
        if let journal { words += ["--journal", journal] }
        if resume { words.append("--resume") }
        return (words + [file]).map(ShellWord.quoted).joined(separator: " ")
    }

    private static func result<Value>(
        _ body: () async throws(UploadFailure) -> Value
    ) async -> Result<Value, UploadFailure> {
        do throws(UploadFailure) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
