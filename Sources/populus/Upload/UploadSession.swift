import ArgumentParser
import Client
import Foundation
import PopulusDAP
import PopulusEvents
import PopulusHTTPRequests
import PopulusTLS
import PopulusTaskFiles
import Synchronization

/// One run of `populus upload`.
struct UploadSession {
    let command: UploadCommand
    private let task: TaskFile
    private let measurements: MeasurementReader
    private let token: String?
    private let tls: ClientTLS?
    let input: InputFile
    /// What the file has; nil for what can be read once only.
    let survey: InputSurvey?
    let display: ProgressDisplay

    /// - Throws: what is wrong with the input, before anything is sent or a journal made.
    init(_ command: UploadCommand, _ task: TaskFile) throws {
        self.command = command
        self.task = task
        measurements = try command.measurements(task)
        token = if let path = command.uploadTokenFile { try UploadTokenFile.read(path) } else { nil }
        tls = try command.authorities.client()
        input = try InputFile(command.file)
        survey =
            input.isRegular ? try input.survey(command.input.form, command: command.words(file: "-")) : nil
        display = ProgressDisplay(quiet: command.quiet)
    }

    func run() async throws {
        if let survey, survey.bytes == 0 { return sayEmpty() }
        guard survey != nil || command.journal != nil else {
            guard !command.resume else {
                throw ValidationError(
                    "\(input.name) can be read once only and has no journal, so that there is nothing to resume: leave "
                        + "--resume out and give the lines that are missing")
            }
            return try await upload(nil)
        }
        var slot = try JournalSlot.find(command.search(task), command.resume ? .resume : .begin)
        // The lock in it is held to the end.
        defer { withExtendedLifetime(slot) {} }
        if let earlier = slot.earlier, let survey {
            let isSame = earlier.settled.bytes == survey.bytes && earlier.settled.digest == survey.digest
            if command.resume, isSame { return sayNothingToResume(earlier) }
            if command.resume, try !hasBeginning(earlier) { slot = slot.renewed(for: command.search(task)) }
            sayEarlier(earlier, isSame: isSame, goesOn: slot.earlier != nil && command.resume)
        }
        try await upload(slot)
    }

    /// Whether the file begins with all that an earlier upload had.
    private func hasBeginning(_ earlier: UploadJournal) throws -> Bool {
        let count = earlier.settled.bytes
        guard let survey, count <= survey.bytes else { return false }
        do throws(InputError) {
            return try InputSurvey.digest(ofFirst: count, of: input.handle) == earlier.settled.digest
        } catch {
            throw input.failure(error, command: command.words(file: "-"))
        }
    }

    private func upload(_ slot: JournalSlot?) async throws {
        let source = UploadSource(
            input.handle, form: command.input.form, longestLine: measurements.longestLine, limit: survey?.bytes)
        if survey == nil { try await look(source) }
        let began = ContinuousClock.now
        let view = UploadView(display, size: survey?.bytes)
        let progress = Mutex(slot?.journal.settled ?? UploadJournal.Progress())
        let keeping = Hearing<UploadEvent> { event in
            if case .settled(let settled) = event { progress.withLock { $0 = settled } }
        }
        let listeners = Listeners<UploadEvent>([keeping, view])
        let requester = DAPRequester(tls: tls, notice: { listeners.hear(.waiting($0)) })
        let uploader = uploader(requester, listeners)
        let start = slot?.journal ?? UploadJournal(task: task.taskID.base64URL, input: "-")
        let (resumed, path) = (slot?.isResumed ?? false, slot?.path)
        let body: @Sendable () async -> Result<UploadJournal, UploadFailure> = {
            do throws(UploadFailure) {
                return .success(
                    try await uploader.upload(source, journal: start, resumed: resumed, journalPath: path))
            } catch {
                return .failure(error)
            }
        }
        let state: @Sendable () -> String = { pipeState(progress.withLock { $0 }, source) }
        let (outcome, signal) =
            slot == nil
            ? await Interruption.stopping(
                parting: { "interrupted; " + state() }, stop: { source.stop() }, body)
            : await Interruption.cancelling(parting: "interrupted; \(resumption)", body)
        await requester.shutdown()
        view.end()
        switch outcome {
        case .success(let journal):
            try conclude(journal, slot, began: began, signal: signal, state: state)
        case .failure(let failure):
            try fail(failure, slot, signal: signal, state: state)
        }
    }

    /// Refuses what is no text as soon as the first bytes of a pipe are there.
    private func look(_ source: UploadSource) async throws {
        if isatty(input.handle.fileDescriptor) == 1 {
            display.line("reading measurements from the terminal, one a line; Ctrl-D ends them")
        }
        let found: NoText?
        do throws(InputError) {
            found = try await source.look()
        } catch {
            throw input.failure(error, command: command.words(file: "-"))
        }
        if let found { throw input.failure(.noText(found), command: command.words(file: "-")) }
    }

    private func uploader(_ requester: DAPRequester, _ listeners: Listeners<UploadEvent>) -> Uploader {
        Uploader(
            taskID: task.taskID, configuration: task.configuration, codePoints: task.walkCodePoints,
            measurements: measurements,
            transport: HTTPUploadTransport(
                task: task.taskID, configuration: task.configuration, requester: requester, token: token),
            listener: listeners)
    }
}

// How it ends.
extension UploadSession {
    private func conclude(
        _ journal: UploadJournal, _ slot: JournalSlot?, began: ContinuousClock.Instant, signal: Int32?,
        state: () -> String
    ) throws {
        let settled = journal.settled
        if let slot, let error = slot.finish(journal) {
            display.error(
                "everything is uploaded, but that cannot be noted: \(error)\n--resume would find it out again")
        }
        if let signal {
            StandardStream.error.write("populus upload: interrupted; \(state())\n")
            throw ExitCode(128 + signal)
        }
        if settled.lines == 0 { return sayEmpty() }
        if let slot, command.resume, slot.earlier?.settled.lines == settled.lines {
            return sayNothingToResume(slot.earlier ?? journal)
        }
        if !command.quiet { StandardStream.output.write(Self.summary(settled.tally, since: began) + "\n") }
        let isWhole = try checkInput(settled)
        if !isWhole || settled.tally.unencodable + settled.tally.refused > 0 { throw ExitCode(1) }
    }

    private static func summary(_ tally: UploadTally, since began: ContinuousClock.Instant) -> String {
        let seconds = began.duration(to: .now) / .seconds(1)
        var parts = ["\(counted(tally.accepted, "report")) uploaded in \(readable(seconds: seconds))"]
        if tally.other > 0 { parts.append("\(tally.other) of them as other") }
        if tally.unencodable > 0 { parts.append("\(counted(tally.unencodable, "line")) left out") }
        if tally.refused > 0 { parts.append("\(counted(tally.refused, "report")) refused by the Leader") }
        if tally.empty > 0 { parts.append("\(counted(tally.empty, "empty line")) skipped") }
        return parts.joined(separator: ", ")
    }

    private func fail(
        _ failure: UploadFailure, _ slot: JournalSlot?, signal: Int32?, state: () -> String
    ) throws {
        let problem: (code: CommandFailure.Code, message: String)
        if case .input(let error) = failure {
            let failure = input.failure(error, command: command.words(file: "-"))
            problem = (failure.code, failure.message)
        } else {
            problem = command.explain(failure, task, note: slot?.earlier)
        }
        var text = problem.message
        if let slot {
            // With a journal that cannot be read nothing can be gone on with; the next run says why.
            if let kept = try? UploadJournal(path: slot.path), kept.finished == nil { text += "\n" + resumption }
        } else {
            text += "\n" + state()
        }
        guard let signal else { throw CommandFailure(problem.code, text) }
        StandardStream.error.write("populus upload: \(text)\n")
        throw ExitCode(128 + signal)
    }
}
