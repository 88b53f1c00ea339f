import ArgumentParser
import Collector
import DAP
import DurableFiles
import Foundation
import HTTPRequests
import StringCodec
import TaskFiles

/// One run of `populus discover`.
struct DiscoverSession {
    let command: DiscoverCommand
    let taskFile: TaskFile
    let task: CollectorTask
    let statePath: String
    let display: ProgressDisplay
    private let token: String
    private let lock: FileLock

    init(_ command: DiscoverCommand, _ taskFile: TaskFile) throws {
        guard case .collector(let secrets) = taskFile.secrets else {
            throw CommandFailure(.data, "\(command.task): not the collector's file")
        }
        self.command = command
        display = ProgressDisplay(quiet: command.quiet)
        self.taskFile = taskFile
        token = secrets.collectorToken
        do throws(CollectorError) {
            task = try CollectorTask(
                id: taskFile.taskID, configuration: taskFile.configuration, codePoints: taskFile.walkCodePoints,
                encoding: try Self.encoding(taskFile), keyPair: secrets.hpkeKey)
        } catch .unsupportedExtensions(let types) {
            throw CommandFailure(.data, unsupportedExtensions(types, command.task))
        } catch .walkExtension(let error) {
            throw CommandFailure(.data, "\(command.task): \(error)")
        } catch {
            guard taskFile.hasWalks else {
                throw CommandFailure(
                    .data,
                    "\(command.task): the task's batches are collected, not walked: use\n    populus collect --task "
                        + ShellWord.quoted(command.task))
            }
            throw CommandFailure(.data, "\(command.task): the task's encoding of strings is unknown")
        }
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

    private static func encoding(_ taskFile: TaskFile) throws(CollectorError) -> any StringEncoding {
        guard let encoding = taskFile.encoding.flatMap(StringEncodings.named) else { throw .notAWalkTask }
        return encoding
    }

    // MARK: Abandoning

    func abandon() async throws {
        defer { withExtendedLifetime(lock) {} }
        let state: DiscoveryState
        switch DiscoveryState.load(statePath) {
        case .none: throw CommandFailure(.failed, "no walk is under way (\(statePath) does not exist)")
        case .damaged:
            throw CommandFailure(.data, "\(statePath): not a state file of this version; remove it by hand")
        case .state(let loaded): state = loaded
        }
        try checkTask(state)
        let requester = requester()
        let discovery = discovery(requester)
        let (outcome, signal) = await Interruption.cancelling(parting: "interrupted; the walk stays") {
            await Self.result { () async throws(CollectorError) in try await discovery.abandon(state) }
        }
        await requester.shutdown()
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
        StandardStream.output.write(
            state.asked == nil && state.steps.isEmpty
                ? "forgotten: nothing had been asked\n"
                : "the walk has ended without a result; its reports are used up, a new walk needs new ones\n")
    }

    // MARK: Discovering

    func discover() async throws {
        defer { withExtendedLifetime(lock) {} }
        let output = try DiscoverOutput(command, statePath: statePath)
        try KeptResults(beside: statePath).check()
        let requester = requester()
        let (wait, limit) = (leaderWait, WaitLimit(command.waiting))
        let discovery = discovery(requester, wait, limit)
        let (state, isNew, waitUntil) = try startingState(discovery)
        let address = taskFile.configuration.leaderURL("hpke_config")
        if let replacement = output.replacement { display.line(replacement) }
        if isNew { display.line(LateRejections(task).beforeTheWalk) }
        let (outcome, signal) = await Interruption.cancelling(parting: "interrupted; \(hint)") {
            await limit.running {
                await Self.result { () async throws(CollectorError) in
                    if let waitUntil { try await OpenInterval.wait(until: waitUntil, display) }
                    limit.progressed()
                    // A Leader that is not there should not leave a walk behind that must be gone on with.
                    if isNew { try await requester.probe(address) }
                    return try await discovery.run(from: state)
                }
            }
        }
        let reason = wait.reason
        await wait.end()
        await requester.shutdown()
        display.clear()
        switch outcome {
        case .success(let result):
            try keepAndWrite(result, output)
        case .failure(.interrupted) where limit.isOver:
            throw CommandFailure(
                .temporary, [limit.text, reason, hintToGoOn].compactMap { $0 }.joined(separator: "\n"))
        case .failure(let error):
            try fail(error, signal: signal, isNew: isNew)
        }
    }

    /// Keeps the result, writes it, and lets go of the walk's state as soon as one of them is done.
    private func keepAndWrite(_ result: DiscoveryResult, _ output: DiscoverOutput) throws {
        guard case .state(let state) = DiscoveryState.load(statePath) else {
            throw CommandFailure(.data, "\(statePath): the walk's state is gone, and the result with it")
        }
        let record = WalkRecord(
            result, of: state, configuration: taskFile.configuration, version: Version.number,
            ended: UInt64(Date().timeIntervalSince1970))
        var isKept = true
        do throws(CommandFailure) {
            try KeptResults(beside: statePath).keep(record)
            removeState()
        } catch {
            isKept = false
            display.error("the result cannot be kept beside the task: \(error.message)")
        }
        do throws(CommandFailure) {
            try output.write(record)
        } catch {
            if isKept { throw error.keptResult(command) }
            throw CommandFailure(error.code, "the result cannot be written: \(error.message)\n\(hint)")
        }
        guard !isKept else { return }
        // A table alone is nothing that can be had again.
        guard command.csv != nil || command.json else { return display.error(hint) }
        removeState()
    }

    /// Removes the state of a walk that is over; one that stays is in the way of the next walk.
    private func removeState() {
        do throws(DurableFileError) {
            try DurableFile.remove(statePath)
        } catch {
            display.error("the walk is over, and its state cannot be removed: \(error); remove \(statePath) by hand")
        }
    }

    private func fail(_ error: CollectorError, signal: Int32?, isNew: Bool) throws {
        let saved = DiscoveryState.load(statePath)
        var step = 0
        if case .state(let state) = saved { step = state.steps.count }
        let problem = explain(error, step: step)
        var message = problem.message
        if Self.leavesNothing(error, saved, isNew: isNew) {
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

    /// Whether the walk did not begin: its first step was refused, or nobody was there to ask.
    private static func leavesNothing(
        _ error: CollectorError, _ loaded: DiscoveryState.Loaded, isNew: Bool
    ) -> Bool {
        guard case .state(let state) = loaded, state.steps.isEmpty else { return false }
        switch error {
        case .refused(let problem, let status):
            return [.invalidBatchSize, .fewerReportsThanAsked, .clocksDiffer].contains(problem.type)
                || (isNew && state.lastJob == nil && 400..<500 ~= status)
        default: return false
        }
    }

    private func canGoOn(after error: CollectorError) -> Bool {
        switch error {
        case .thresholdTooLow, .outOfBounds, .notAWalkTask, .walkExtension, .unsupportedExtensions: false
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

    private func requester() -> DAPRequester {
        DAPRequester(patience: .init(later: command.waiting.patience), notice: LeaderWait.away(display))
    }

    private var leaderWait: LeaderWait {
        LeaderWait(
            display, taskFile, token: token, tellsReports: false,
            fallback: "waiting for the Leader, which does not say what it waits for; its log does. Ctrl-C is safe")
    }

    private func discovery(
        _ requester: DAPRequester, _ wait: LeaderWait? = nil, _ limit: WaitLimit? = nil
    ) -> Discovery {
        let progress = DiscoverProgress(display: display, bits: task.bits, lateRejections: LateRejections(task))
        return Discovery(
            task: task,
            jobs: LeaderCollectionJobs(
                task: taskFile.taskID, configuration: taskFile.configuration, token: token,
                resultType: .walkCollectionJobResp, leastReports: leastReports, requester: requester),
            statePath: statePath
        ) { event in
            progress.show(event)
            limit?.progressed()
            if case .asking = event { wait?.begin() } else { wait?.pause() }
        }
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
