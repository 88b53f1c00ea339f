import Foundation
import PopulusCollector
import PopulusDAP
import PopulusDurableFiles
import PopulusTaskFiles

/// Results of walks that are kept: nothing is asked for them.
struct WalkAgain {
    let command: DiscoverCommand
    let taskFile: TaskFile
    let statePath: String

    init(_ command: DiscoverCommand, _ taskFile: TaskFile) throws(CommandFailure) {
        self.command = command
        self.taskFile = taskFile
        statePath = try StateFile.path(ofWalk: command)
    }

    /// Writes a kept result once more.
    func writeAgain() throws(CommandFailure) {
        let kept = KeptResults(beside: statePath)
        guard let record = try chosen(try kept.all(of: taskFile.taskID)) else {
            throw CommandFailure(.failed, "no such result of this task is kept in \(kept.folder)\(hint)")
        }
        try Self.check(command.threshold, record)
        try write(record)
    }

    /// Writes the result of the interval that is asked for, where it has been walked; false if it has not.
    func writeSameInterval() throws(CommandFailure) -> Bool {
        guard taskFile.configuration.batchMode == .timeInterval, let since = command.since, let until = command.until
        else { return false }
        let asked = ResultFacts.Span(start: since.seconds, end: until.seconds)
        let kept = KeptResults(beside: statePath)
        guard let record = try kept.result(over: asked, of: taskFile.taskID) else { return false }
        try Self.check(command.threshold, record)
        if !command.quiet {
            StandardStream.error.write("this interval has been walked: the kept result, nothing was asked\n")
        }
        try write(record)
        return true
    }

    private func write(_ kept: WalkRecord) throws(CommandFailure) {
        // A walk extension that cannot be read has given no result.
        let walk = (try? taskFile.configuration.walkExtension(taskFile.walkCodePoints)) ?? nil
        var record = kept
        if let walk { record.complete(by: walk) }
        let output = try DiscoverOutput(command, taskFile, statePath: statePath, walk: walk)
        if let replacement = output.replacement, !command.quiet { StandardStream.error.write(replacement + "\n") }
        let recorder = try command.kept.recorder(of: taskFile, state: statePath, ProgressDisplay(quiet: command.quiet))
        do throws(CommandFailure) {
            try output.write(record)
        } catch {
            throw error.keptResult(command)
        }
        try recorder?.record(record)
    }

    /// The latest of those that are meant.
    private func chosen(_ records: [WalkRecord]) throws(CommandFailure) -> WalkRecord? {
        guard command.since != nil || command.until != nil else { return records.last }
        switch taskFile.configuration.batchMode {
        case .timeInterval:
            guard let since = command.since, let until = command.until else {
                throw CommandFailure(.refused, BatchQueryError.intervalMissing.explained(taskFile.configuration))
            }
            let asked = ResultFacts.Span(start: since.seconds, end: until.seconds)
            // One that was cut because it was not over lies inside.
            return records.last { $0.facts.asked == asked }
                ?? records.last { $0.facts.asked.map { asked.start <= $0.start && $0.end <= asked.end } ?? false }
        case .leaderSelected:
            let times = (command.since?.seconds ?? 0)..<max(command.since?.seconds ?? 0, command.until?.seconds ?? .max)
            return records.last { times.contains($0.facts.ended) }
        }
    }

    private var hint: String {
        guard case .state = DiscoveryState.load(statePath) else { return "" }
        return "; a walk is unfinished: go on with it with --resume"
    }

    /// Refuses another threshold than the kept result has.
    private static func check(_ threshold: String?, _ record: WalkRecord) throws(CommandFailure) {
        guard let threshold, threshold != record.threshold, threshold != "\(record.result.votes)" else { return }
        throw CommandFailure(
            .refused,
            "that batch has been walked with --threshold \(record.threshold) (\(counted(record.result.votes, "vote"))), and a "
                + "batch can be walked once: leave --threshold out and give --again to have that result once more")
    }
}

extension CommandFailure {
    /// A result that could not be written, and that is kept.
    func keptResult(_ command: DiscoverCommand) -> CommandFailure {
        // The same file again only where there may be room in it later.
        let isFile = command.csv.map { $0 != "-" && OutputPath($0).content != .stream } ?? command.writesJSON
        return CommandFailure(
            code,
            "the result cannot be written: \(message)\nit is kept, and can be written once more: "
                + command.againLine(csv: isFile && code != .cannotCreate ? command.csv : "FILE"))
    }
}

extension StateFile {
    /// Removes the state of a walk that is over; one that stays is in the way of the next walk.
    static func remove(ofWalk path: String, _ display: ProgressDisplay) {
        do throws(DurableFileError) {
            try DurableFile.remove(path)
        } catch {
            display.error("the walk is over, and its state cannot be removed: \(error); remove \(path) by hand")
        }
    }

    /// Where the state of a command's walk is kept.
    static func path(ofWalk command: DiscoverCommand) throws(CommandFailure) -> String {
        if let state = command.state { return try path(state) }
        let url = URL(fileURLWithPath: command.task)
        let stem = url.deletingPathExtension().lastPathComponent
        return try path(url.deletingLastPathComponent().appendingPathComponent("\(stem).walk.json").path)
    }
}
