import ArgumentParser
import Dashboard
import PopulusCollector
import PopulusDAP
import PopulusEvents
import PopulusTaskFiles
import ResultText
import Results

/// The walks of one task as `populus discover` does them, for the dashboard.
struct DashboardWalks: WalkStarter {
    let task: KeptTask
    let terms: WalkTerms
    private let path: String
    private let taskFile: TaskFile
    private let results: String
    private let statePath: String
    private let connection: ConnectionOptions

    /// Reads the tasks' files.
    static func all(
        _ paths: [String], results: String, _ connection: ConnectionOptions
    ) throws -> [DashboardWalks] {
        var all: [DashboardWalks] = []
        for path in paths {
            let walks = try DashboardWalks(path, results: results, connection)
            guard !all.contains(where: { $0.task.id == walks.task.id }) else {
                throw CommandFailure(.data, "\(path): another --task has this very task")
            }
            all.append(walks)
        }
        return all
    }

    private init(_ path: String, results: String, _ connection: ConnectionOptions) throws {
        let file = try readTaskFile(path, as: .collector)
        guard file.hasWalks, let walk = try? file.configuration.walkExtension(file.walkCodePoints) else {
            throw CommandFailure(
                .data,
                "\(path): the task's batches are collected, not walked: leave this --task out; what is kept of it is shown all "
                    + "the same")
        }
        (self.path, self.results, taskFile, self.connection) = (path, results, file, connection)
        statePath = try StateFile.path(ofWalk: try DiscoverCommand.parse(["--task=\(path)", "--again"]))
        task = KeptTask(id: file.taskID, configuration: file.configuration, encoding: file.encoding)
        terms = WalkTerms(
            leastThreshold: max(walk.minThreshold, walk.leastThreshold),
            leastBatch: file.configuration.minBatchSize, promise: PrivacyWords(walk).sentence,
            takesIntervals: file.configuration.batchMode == .timeInterval)
    }

    func interruptedThreshold() -> String? {
        guard case .state(let state) = DiscoveryState.load(statePath), state.task == task.id else { return nil }
        return state.options.threshold
    }

    func check(_ wish: WalkWish) throws(StartRefusal) {
        guard Threshold(wish.threshold) != nil else {
            throw StartRefusal("a threshold is a number of votes such as 10, or a share of the reports such as 0.1%")
        }
        do { _ = try session(wish).startingState() } catch { throw Self.refusal(error) }
    }

    func walk(_ wish: WalkWish, telling listener: any EventListener<WalkEvent>) async throws(StartRefusal) {
        do { try await session(wish).walk(telling: listener) } catch { throw Self.refusal(error) }
    }

    /// The command that does the same.
    private func session(_ wish: WalkWish) throws -> DiscoverSession {
        var words = ["--task=\(path)", "--threshold=\(wish.threshold)", "--results=\(results)", "--resume", "--quiet"]
        if let since = wish.since { words.append("--since=\(since)") }
        if let until = wish.until { words.append("--until=\(until)") }
        return try DiscoverSession(try DiscoverCommand.parse(words), taskFile, tls: try connection.client())
    }

    /// The first line: what follows it are commands for a terminal.
    private static func refusal(_ error: any Error) -> StartRefusal {
        let words = (error as? CommandFailure)?.message ?? DiscoverCommand.message(for: error)
        return StartRefusal(words.split(separator: "\n").first.map(String.init) ?? "the walk did not begin")
    }
}

extension DiscoverSession {
    /// Walks for somebody who watches elsewhere: the result is kept beside the task and in the file of results.
    ///
    /// - Parameter listener: hears each event when all the others have; of the result when it is kept.
    func walk(telling listener: any EventListener<WalkEvent>) async throws {
        defer { withExtendedLifetime(lock) {} }
        let kept = KeptResults(beside: statePath)
        try kept.check()
        let recorder = try command.kept.recorder(of: taskFile, state: statePath, display).map {
            WalkRecorder($0, task, statePath: statePath, display)
        }
        let (state, isNew, waitUntil) = try startingState()
        let keeper = WalkKeeper(kept, statePath: statePath, display)
        // The file of results has a result before the walk's state goes, and a page links to nothing that is not kept.
        let run = run((recorder.map { [$0] } ?? []) + [keeper, listener])
        let outcome = await Self.result { () async throws(CollectorError) in
            try await run.walk(from: state, isNew: isNew, waitingUntil: waitUntil)
        }
        await run.end(outcome)
        switch outcome {
        case .success:
            if let failure = recorder?.failure { throw failure.unrecordedResult("it is kept beside the task") }
            guard keeper.hasKept else {
                throw CommandFailure(.inputOutput, "the result cannot be kept beside the task; the walk's state stays")
            }
        case .failure(let error):
            if DiscoveryState.load(statePath).isOfNoWalk(after: error, isNew: isNew) {
                StateFile.remove(ofWalk: statePath, display)
            }
            throw CommandFailure(explain(error).code, explain(error).message)
        }
    }
}
