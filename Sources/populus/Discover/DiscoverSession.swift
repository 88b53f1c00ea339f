import ArgumentParser
import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles
import PopulusEvents
import PopulusStringCodec
import PopulusTLS
import PopulusTaskFiles
import Results

/// One run of `populus discover`.
struct DiscoverSession {
    let command: DiscoverCommand
    let taskFile: TaskFile
    let task: DiscoveryTask
    let statePath: String
    let display: ProgressDisplay
    private let view: DiscoverView
    /// Who hears as well: after the file of results, and before the walk's state goes.
    private let further: [any EventListener<WalkEvent>]
    private let token: String
    private let tls: ClientTLS?
    let lock: FileLock

    init(
        _ command: DiscoverCommand, _ taskFile: TaskFile, tls: ClientTLS?,
        further: [any EventListener<WalkEvent>] = []
    ) throws {
        guard case .collector(let secrets) = taskFile.secrets else {
            throw CommandFailure(.data, "\(command.task): not the collector's file")
        }
        self.command = command
        (self.further, self.tls) = (further, tls)
        display = ProgressDisplay(quiet: command.quiet)
        self.taskFile = taskFile
        token = secrets.collectorToken
        guard taskFile.hasWalks else {
            throw CommandFailure(
                .data,
                "\(command.task): the task's batches are collected, not walked: use\n    populus collect --task "
                    + ShellWord.quoted(command.task))
        }
        let encoding = try encoding(of: taskFile)
        do throws(CollectorError) {
            task = try DiscoveryTask(
                id: taskFile.taskID, configuration: taskFile.configuration, codePoints: taskFile.walkCodePoints,
                encoding: encoding, keyPair: secrets.hpkeKey)
        } catch .unsupportedExtensions(let types) {
            throw CommandFailure(.data, unsupportedExtensions(types, command.task))
        } catch .walkExtension(let error) {
            throw CommandFailure(.data, "\(command.task): \(error)")
        } catch .batchNoise(let error) {
            throw CommandFailure(.data, "\(command.task): \(error)")
        } catch {
            throw CommandFailure(.data, "\(command.task): the parameters of the task's walks are impossible")
        }
        view = DiscoverView(display, bits: task.bits)
        try Self.check(command.bitsPerStep, task.walk.maxBitsPerStep)
        statePath = try StateFile.path(ofWalk: command)
        lock = try FileLock.beside(statePath, busy: "another `populus discover` is walking")
    }

    /// Refuses longer steps than the task permits: the aggregators would end the walk's question with an error.
    private static func check(_ bitsPerStep: String, _ most: UInt8) throws {
        guard case .fixed(let bits)? = BitsPerStep(bitsPerStep), bits > most else { return }
        throw CommandFailure(
            .refused,
            "--bits-per-step \(bits): the task permits steps of at most \(counted(Int(most), "bit")); give auto, or a "
                + "number from 1 to \(most)")
    }

    // MARK: Abandoning

    /// Ends the walk; says what that means.
    func abandon() async throws -> String {
        defer { withExtendedLifetime(lock) {} }
        let state: DiscoveryState
        switch DiscoveryState.load(statePath) {
        case .none: throw CommandFailure(.failed, "no walk is under way (\(statePath) does not exist)")
        case .damaged:
            throw CommandFailure(.data, "\(statePath): not a state file of this version; remove it by hand")
        case .state(let loaded): state = loaded
        }
        try checkTask(state)
        let run = run([view])
        let (outcome, signal) = await Interruption.cancelling(parting: "interrupted; the walk stays") {
            await Self.result { () async throws(CollectorError) in try await run.abandon(state) }
        }
        await run.end(nil)
        switch outcome {
        case .success: break
        // The Leader no longer knows it: over all the same.
        case .failure(.refused(let problem, _)) where problem.type == .walkEnded: break
        case .failure(let error):
            if let signal { throw ExitCode(128 + signal) }
            let problem = explain(error)
            throw CommandFailure(problem.code, "the walk could not be ended: \(problem.message)")
        }
        removeState()
        recordEnd(of: state)
        return state.asked == nil && state.steps.isEmpty
            ? "forgotten: nothing had been asked"
            : "the walk has ended without a result; its reports are used up, a new walk needs new ones"
    }

    /// Notes in the file of results that the walk has none; it is over whatever becomes of the note.
    private func recordEnd(of state: DiscoveryState) {
        guard !state.steps.isEmpty, state.result == nil else { return }
        do throws(CommandFailure) {
            try command.kept.recorder(of: taskFile, state: statePath, display)?.record(
                WalkFailure(.abandoned), of: state, task)
        } catch {
            display.error("note: that the walk has ended is not in the file of results: \(error.message)")
        }
    }

    // MARK: Discovering

    func discover() async throws {
        defer { withExtendedLifetime(lock) {} }
        let output = try DiscoverOutput(command, taskFile, statePath: statePath, walk: task.walk)
        let kept = KeptResults(beside: statePath)
        try kept.check()
        let recorder = try command.kept.recorder(of: taskFile, state: statePath, display).map {
            WalkRecorder($0, task, statePath: statePath, display)
        }
        let limit = WaitLimit(command.waiting)
        let (keeper, writer) = (WalkKeeper(kept, statePath: statePath, display), WalkWriter(output))
        let (state, isNew, waitUntil) = try startingState()
        // The recorder hears of a result before the walk's state goes.
        let run = run([view, limit.ofWalk] + (recorder.map { [$0] } ?? []) + further + [keeper, writer])
        if let replacement = output.replacement { display.line(replacement) }
        let (outcome, signal) = await Interruption.cancelling(parting: "interrupted; \(hint)") {
            await limit.running {
                await Self.result { () async throws(CollectorError) in
                    try await run.walk(from: state, isNew: isNew, waitingUntil: waitUntil)
                }
            }
        }
        let reason = view.waitReason
        await run.end(outcome)
        switch outcome {
        case .success:
            try conclude(keeper, writer, unrecorded: recorder?.failure)
        case .failure(.interrupted) where limit.isOver:
            throw CommandFailure(
                .temporary, [limit.text, reason, hintToGoOn].compactMap { $0 }.joined(separator: "\n"))
        case .failure(let error):
            try fail(error, signal: signal, isNew: isNew)
        }
    }

    /// Lets go of the walk's state as soon as its result is kept or written.
    ///
    /// - Parameter unrecorded: why the result is not in the file of results, where it should be.
    private func conclude(_ keeper: WalkKeeper, _ writer: WalkWriter, unrecorded: CommandFailure?) throws {
        if let failure = writer.failure {
            if keeper.hasKept { throw failure.keptResult(command) }
            throw CommandFailure(failure.code, "the result cannot be written: \(failure.message)\n\(hint)")
        }
        if let unrecorded {
            // Where nothing is kept beside the task the state alone still has all that is to be recorded.
            throw unrecorded.unrecordedResult(
                keeper.hasKept ? "it is kept beside the task, and can be recorded: \(command.againLine())" : hint)
        }
        guard !keeper.hasKept else { return }
        // A table alone is nothing that can be had again.
        guard command.csv != nil || command.writesJSON else { return display.error(hint) }
        removeState()
    }

    private func removeState() { StateFile.remove(ofWalk: statePath, display) }

    private func fail(_ error: CollectorError, signal: Int32?, isNew: Bool) throws {
        let saved = DiscoveryState.load(statePath)
        var step = 0
        if case .state(let state) = saved { step = state.steps.count }
        let problem = explain(error, step: step)
        var message = problem.message
        if saved.isOfNoWalk(after: error, isNew: isNew) {
            removeState()
        } else if case .refused(let document, let status) = error, saved != .none,
            RefusedStep(document, status: status).isFinal
        {
            message +=
                "\nthe walk cannot go on; end it: \(command.abandonLine) (its reports are used up, a new walk needs "
            message += "new ones)"
        } else if saved != .none, canGoOn(after: error) {
            message += "\n\(hint)"
        }
        if let signal {
            StandardStream.error.write("populus discover: \(message)\n")
            throw ExitCode(128 + signal)
        }
        throw CommandFailure(problem.code, message)
    }

    private func canGoOn(after error: CollectorError) -> Bool {
        switch error {
        case .thresholdTooLow, .outOfBounds, .notAWalkTask, .walkExtension, .batchNoise, .unsupportedExtensions: false
        default: true
        }
    }

    /// As many reports as the threshold asks for; a share of them is never more than there are.
    private var leastReports: UInt64 {
        guard case .count(let count)? = command.threshold.flatMap({ Threshold($0) }) else { return 0 }
        return count
    }

    /// How to go on.
    private var hint: String {
        "go on where it stopped: \(command.commandLine) --resume"
    }

    private var hintToGoOn: String {
        DiscoveryState.load(statePath) == .none ? "run the same command again" : hint
    }

    func run(_ listeners: [any EventListener<WalkEvent>]) -> WalkRun {
        WalkRun(
            task, token: token, leastReports: leastReports, statePath: statePath, version: Version.number,
            patience: command.waiting.patience, tls: tls, listeners: listeners)
    }

    static func result<Value>(
        _ body: () async throws(CollectorError) -> Value
    ) async -> Result<Value, CollectorError> {
        do throws(CollectorError) {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
