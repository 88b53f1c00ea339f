import ArgumentParser
import Collector
import DAP
import DurableFiles
import Foundation
import HTTPRequests
import TaskFiles

/// One run of `populus collect`.
struct CollectSession {
    let command: CollectCommand
    let taskFile: TaskFile
    let task: BatchTask
    let statePath: String
    let display: ProgressDisplay
    private let token: String
    private let lock: FileLock

    init(_ command: CollectCommand, _ taskFile: TaskFile) throws {
        guard case .collector(let secrets) = taskFile.secrets else {
            throw CommandFailure(.data, "\(command.task): not the collector's file")
        }
        self.command = command
        display = ProgressDisplay(quiet: command.quiet)
        self.taskFile = taskFile
        token = secrets.collectorToken
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
        let output = try CollectOutput(command, statePath: statePath)
        let requester = requester()
        let collection = collection(requester)
        let (start, isNew, waitUntil) = try await startingState(question, collection)
        let address = taskFile.configuration.leaderURL("hpke_config")
        if let replacement = output.replacement { display.line(replacement) }
        let (wait, limit) = (leaderWait, WaitLimit(command.waiting))
        let (outcome, signal) = await Interruption.cancelling(parting: "interrupted; \(Self.hint)") {
            await limit.running {
                await Self.result { () async throws(CollectorError) in
                    if let waitUntil { try await OpenInterval.wait(until: waitUntil, display) }
                    limit.progressed()
                    // A Leader that is not there should not leave a collection behind that must be gone on with.
                    if isNew { try await requester.probe(address) }
                    var state = start
                    return try await collection.collect(&state) {
                        if display.isTerminal { display.update("waiting for the batch…") }
                        wait.begin()
                    }
                }
            }
        }
        let reason = wait.reason
        await wait.end()
        display.clear()
        await requester.shutdown()
        switch outcome {
        case .success(let answer):
            try show(answer, question, output)
            await telling { await settle($0) }
        case .failure(.interrupted) where limit.isOver:
            throw CommandFailure(
                .temporary, [limit.text, reason, Self.hint].compactMap { $0 }.joined(separator: "\n"))
        case .failure(let error):
            try await fail(error, signal: signal, isNew: isNew)
        }
    }

    /// Lends a collection for a last word to the Leader, which the next one says again if need be: with short patience.
    private func telling(_ body: (BatchCollection) async -> Void) async {
        let requester = DAPRequester(patience: .init(later: 8), notice: { display.line($0.text) })
        await body(collection(requester))
        await requester.shutdown()
    }

    /// The state to collect from, whether the collection is a new one, and until when it has to wait.
    private func startingState(
        _ question: CollectQuestion, _ collection: BatchCollection
    ) async throws -> (BatchState, isNew: Bool, waitUntil: UInt64?) {
        guard let state = try loaded() else { return try newState(question) }
        if state.isDone {
            // Its result was safe; only the Leader did not hear of it.
            try await giveUp(state, collection)
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

    private func show(_ answer: BatchAnswer, _ question: CollectQuestion, _ output: CollectOutput) throws {
        let report: BatchReport
        do throws(CollectorError) {
            report = try BatchReport(
                vdaf: taskFile.configuration.vdaf, answer: answer,
                precision: taskFile.configuration.timePrecision, candidates: question.candidates)
        } catch {
            let problem = explain(error)
            throw CommandFailure(problem.code, problem.message)
        }
        do throws(CommandFailure) {
            try output.write(report, facts(report, question))
        } catch {
            throw CommandFailure(error.code, "the result cannot be written: \(error.message)\n\(Self.hint)")
        }
    }

    /// What the result is a result of.
    private func facts(_ report: BatchReport, _ question: CollectQuestion) -> ResultFacts {
        var (asked, began) = (question.query, nil as UInt64?)
        if case .state(let state) = BatchState.load(statePath) {
            began = state.began
            // An interval may have been cut. A state that could not be read would have given no result.
            if let request = try? CollectionJobReq(decoding: [UInt8](state.request)) { asked = request.query }
        }
        return report.facts(
            task: task, version: Version.number, asked: asked, began: began,
            ended: UInt64(Date().timeIntervalSince1970))
    }

    /// Lets go of a collection whose result is written.
    private func settle(_ collection: BatchCollection) async {
        guard case .state(let state) = BatchState.load(statePath) else { return }
        do throws(CollectorError) {
            try await collection.finish(state)
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
        let requester = requester()
        do {
            try await giveUp(state, collection(requester))
        } catch {
            await requester.shutdown()
            throw error
        }
        await requester.shutdown()
        StandardStream.output.write("given up: the next collection begins anew\n")
    }

    private func giveUp(_ state: BatchState, _ collection: BatchCollection) async throws {
        do throws(CollectorError) {
            try await collection.abandon(state)
        } catch {
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
            if Self.endsIt(error, state, isNew: isNew) {
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

    /// Whether there is nothing to go on with: the Leader refused to begin, or refuses for ever.
    private static func endsIt(_ error: CollectorError, _ state: BatchState, isNew: Bool) -> Bool {
        guard case .refused(let document, let status) = error else { return false }
        return RefusedStep(document, status: status).isFinal
            || isNew && state.job == nil && 400..<500 ~= status
    }

    private func requester() -> DAPRequester {
        DAPRequester(patience: .init(later: command.waiting.patience), notice: LeaderWait.away(display))
    }

    private var leaderWait: LeaderWait {
        LeaderWait(
            display, taskFile, token: token, tellsReports: true,
            fallback:
                "the Leader waits: fewer than \(taskFile.configuration.minBatchSize) valid reports may have come so "
                + "far, or the Helper is away. Ctrl-C is safe: the same command goes on with this batch")
    }

    private static let hint = "run the same command again to go on with this batch"

    private func collection(_ requester: DAPRequester) -> BatchCollection {
        BatchCollection(
            task: task,
            jobs: LeaderCollectionJobs(
                task: taskFile.taskID, configuration: taskFile.configuration, token: token,
                resultType: .collectionJobResp, requester: requester),
            statePath: statePath)
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
