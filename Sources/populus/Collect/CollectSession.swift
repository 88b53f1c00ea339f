import ArgumentParser
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles
import PopulusEvents
import PopulusTLS
import PopulusTaskFiles
import ResultText

/// One run of `populus collect`.
struct CollectSession {
    let command: CollectCommand
    let taskFile: TaskFile
    let task: BatchTask
    let statePath: String
    let display: ProgressDisplay
    private let view: CollectView
    private let token: String
    private let tls: ClientTLS?
    private let lock: FileLock

    init(_ command: CollectCommand, _ taskFile: TaskFile) throws {
        guard case .collector(let secrets) = taskFile.secrets else {
            throw CommandFailure(.data, "\(command.task): not the collector's file")
        }
        self.command = command
        display = ProgressDisplay(quiet: command.quiet)
        view = CollectView(display, leastBatch: taskFile.configuration.minBatchSize)
        self.taskFile = taskFile
        token = secrets.collectorToken
        tls = try command.connection.client()
        do throws(CollectorError) {
            task = try BatchTask(
                id: taskFile.taskID, configuration: taskFile.configuration, codePoints: taskFile.walkCodePoints,
                keyPair: secrets.hpkeKey)
        } catch .isAWalkTask {
            throw CommandFailure(
                .data,
                "\(command.task): the task's batches are walked, not collected: use\n    populus discover --task "
                    + "\(ShellWord.quoted(command.task)) --threshold N --csv FILE")
        } catch .unsupportedExtensions(let types) {
            throw CommandFailure(.data, unsupportedExtensions(types, command.task))
        } catch .batchNoise(let error) {
            throw CommandFailure(.data, "\(command.task): \(error)")
        } catch {
            throw CommandFailure(.data, "\(command.task): the parameters of the task's VDAF are impossible")
        }
        statePath = try StateFile.path(ofCollection: command)
        lock = try FileLock.beside(statePath, busy: "another `populus collect` is under way")
    }

    // MARK: Collecting

    func collect() async throws {
        defer { withExtendedLifetime(lock) {} }
        let question = try CollectQuestion(command, taskFile)
        try TaskTime(taskFile.configuration)?.check(question.query, taskFile.configuration.timePrecision) {
            display.line($0)
        }
        let privacy = task.noise.map { PrivacyWords($0, vdaf: task.configuration.vdaf) }
        let output = try CollectOutput(command, statePath: statePath, privacy: privacy)
        let recorder = try command.kept.recorder(of: taskFile, state: statePath, display).map { BatchRecorder($0) }
        let (limit, writer) = (WaitLimit(command.waiting), BatchWriter(output))
        let (start, isNew, waitUntil) = try await startingState(question)
        let run = run([view, limit.ofBatch, writer] + (recorder.map { [$0] } ?? []))
        if let replacement = output.replacement { display.line(replacement) }
        let (outcome, signal) = await Interruption.cancelling(parting: "interrupted; \(Self.hint)") {
            await limit.running {
                await Self.result { () async throws(CollectorError) in
                    try await run.collect(
                        start, candidates: question.candidates, isNew: isNew, waitingUntil: waitUntil)
                }
            }
        }
        let reason = view.waitReason
        await run.end(outcome)
        switch outcome {
        case .success:
            if let failure = writer.failure {
                throw CommandFailure(
                    failure.code, "the result cannot be written: \(failure.message)\n\(Self.hint)")
            }
            if let recorder, let failure = recorder.failure, !recorder.isRefusedForGood {
                throw failure.unrecordedResult(Self.hint)
            }
            await telling { await settle($0) }
            // What is refused for good does not keep the next batch from being collected.
            if let failure = recorder?.failure {
                throw failure.unrecordedResult("it is written all the same, and the next collection begins anew")
            }
        case .failure(.interrupted) where limit.isOver:
            throw CommandFailure(
                .temporary, [limit.text, reason, Self.hint].compactMap { $0 }.joined(separator: "\n"))
        case .failure(let error):
            try await fail(error, signal: signal, isNew: isNew)
        }
    }

    /// Lends a run for a last word to the Leader, which the next one says again if need be: with short patience.
    private func telling(_ body: (BatchRun) async -> Void) async {
        let listener = Hearing<BatchEvent> { [display] event in
            if case .waiting(.leader(let absence)) = event { display.line(absence.text) }
        }
        let run = run([listener], patience: 8)
        await body(run)
        await run.end(nil)
    }

    /// The state to collect from, whether the collection is a new one, and until when it has to wait.
    private func startingState(
        _ question: CollectQuestion
    ) async throws -> (BatchState, isNew: Bool, waitUntil: UInt64?) {
        guard let state = try loaded() else { return try newState(question) }
        if state.isDone {
            // Its result was safe; only the Leader did not hear of it.
            try await giveUp(state)
            return try newState(question)
        }
        guard state.belongs(to: question.request) else {
            throw CommandFailure(
                .failed,
                "another collection is unfinished (\(describe(state))): run its command again to go on with it, or give "
                    + "it up: \(command.abandonLine)")
        }
        display.line("going on with the collection that was interrupted")
        return (state, false, nil)
    }

    /// A collection that has not begun; of an interval that is over, or will be.
    private func newState(_ question: CollectQuestion) throws -> (BatchState, isNew: Bool, waitUntil: UInt64?) {
        let began = UInt64(Date().timeIntervalSince1970)
        var whole = BatchState(task: task.id, request: question.request)
        whole.began = began
        switch try command.openInterval.decision(on: question.query, taskFile.configuration.timePrecision) {
        case .ask: return (whole, true, nil)
        case .waitUntil(let end): return (whole, true, end)
        case .cut(let cut):
            display.line(OpenInterval.note(cut: cut, end: command.until?.seconds))
            let request = question.request(cutAt: cut, taskFile.configuration)
            var beginning = BatchState(task: task.id, request: request, whole: question.request)
            beginning.began = began
            return (beginning, true, nil)
        }
    }

    private func loaded() throws -> BatchState? {
        switch BatchState.load(statePath) {
        case .none: return nil
        case .damaged:
            throw CommandFailure(
                .data, "\(statePath): not a state file of this version; give another with --state, or remove it")
        case .state(let state):
            guard state.task == task.id else {
                throw CommandFailure(
                    .data,
                    "\(statePath): a collection of another task; give that task's file, or another --state")
            }
            return state
        }
    }

    private func describe(_ state: BatchState) -> String {
        // It is only named here; who goes on with it is told why it cannot be.
        guard let asked = try? CollectionJobReq(decoding: [UInt8](state.request)) else { return "unreadable" }
        let words = CollectQuestion.words(asked.query, taskFile.configuration.timePrecision)
        return asked.aggregationParameter.isEmpty ? words : words + ", with other candidates or the same"
    }

    /// Lets go of a collection whose result is written.
    private func settle(_ run: BatchRun) async {
        guard case .state(let state) = BatchState.load(statePath) else { return }
        do throws(CollectorError) {
            try await run.settle(state)
        } catch {
            display.line("note: the Leader could not be told that the result is safe; the next collection does that")
        }
    }

    // MARK: Ending

    func abandon() async throws {
        defer { withExtendedLifetime(lock) {} }
        guard let state = try loaded() else {
            throw CommandFailure(.failed, "no collection is under way (\(statePath) does not exist)")
        }
        try await giveUp(state)
        StandardStream.output.write("given up: the next collection begins anew\n")
    }

    private func giveUp(_ state: BatchState) async throws {
        let run = run([view])
        let outcome = await Self.result { () async throws(CollectorError) in try await run.abandon(state) }
        await run.end(nil)
        if case .failure(let error) = outcome {
            let problem = explain(error)
            throw CommandFailure(problem.code, "the collection could not be ended: \(problem.message)")
        }
    }

    private func fail(
        _ error: CollectorError, signal: Int32?, isNew: Bool
    ) async throws {
        let problem = explain(error)
        var message = problem.message
        if case .state(let state) = BatchState.load(statePath) {
            if state.isOver(after: error, isNew: isNew) {
                // A failed job keeps its failure: without it the same command asks anew.
                var stays: CollectorError?
                await telling { collection in
                    do throws(CollectorError) { try await collection.abandon(state) } catch { stays = error }
                }
                if let stays {
                    message += "\nit could not be ended: \(explain(stays).message)\ngive it up: \(command.abandonLine)"
                }
            } else {
                message += "\n\(Self.hint)"
            }
        }
        if let signal {
            StandardStream.error.write("populus collect: \(message)\n")
            throw ExitCode(128 + signal)
        }
        throw CommandFailure(problem.code, message)
    }

    private static let hint = "run the same command again to go on with this batch"

    private func run(_ listeners: [any EventListener<BatchEvent>], patience: Double? = nil) -> BatchRun {
        BatchRun(
            task, token: token, statePath: statePath, version: Version.number,
            patience: patience ?? command.waiting.patience, tls: tls, listeners: listeners)
    }

    private static func result<Value>(
        _ body: () async throws(CollectorError) -> Value
    ) async -> Result<Value, CollectorError> {
        do throws(CollectorError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
