import ArgumentParser
import Foundation
import PopulusDAP
import Results

/// A file of results, and which task of it is meant.
struct ResultsChoice: ParsableArguments {
    @Argument(help: "A file of results, as --results names it.", completion: .file())
    var file: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The ID of the task that is meant, or its beginning.", valueName: "id"))
    var task: String?
}

/// Reads a file of results for a command; its errors are the command's.
struct ResultsReading {
    let choice: ResultsChoice
    private let store: ResultsStore

    /// A file that is not there is made by no command that only reads or deletes.
    init(_ choice: ResultsChoice, for use: ResultsStore.Use = .reading) throws(CommandFailure) {
        self.choice = choice
        do throws(ResultsError) {
            store = try ResultsStore(path: choice.file, for: use)
        } catch {
            throw CommandFailure(error, choice.file)
        }
    }

    private func reading<T>(_ body: () throws(ResultsError) -> T) throws(CommandFailure) -> T {
        do throws(ResultsError) { return try body() } catch { throw CommandFailure(error, choice.file) }
    }

    /// Those that are meant: all of the file, or the one that is named.
    func tasks() throws(CommandFailure) -> [KeptTask] {
        let all = try reading { () throws(ResultsError) in try store.tasks() }
        guard let name = choice.task else { return all }
        return [try Self.one(all, name, "task") { "\($0.id)" }]
    }

    /// The one task that is meant.
    func task() throws(CommandFailure) -> KeptTask {
        let all = try tasks()
        guard let task = all.first else { throw CommandFailure(.failed, "\(choice.file): nothing is kept there") }
        guard all.count == 1 else {
            throw CommandFailure(
                .failed,
                "\(choice.file): has results of \(all.count) tasks: give --task with one of\n    "
                    + all.map { "\($0.id)" }.joined(separator: "\n    "))
        }
        return task
    }

    func heads(of task: KeptTask) throws(CommandFailure) -> [WalkHead] {
        try reading { () throws(ResultsError) in try store.heads(of: task.id) }
    }

    func collectionHeads(of task: KeptTask) throws(CommandFailure) -> [CollectionHead] {
        try reading { () throws(ResultsError) in try store.collectionHeads(of: task.id) }
    }

    /// With their strings, the latest last.
    func walks(of task: KeptTask) throws(CommandFailure) -> [KeptWalk] {
        try reading { () throws(ResultsError) in try store.walks(of: task.id) }
    }

    func history(of value: [UInt8], _ task: KeptTask) throws(CommandFailure) -> StringHistory {
        try reading { () throws(ResultsError) in try store.history(of: value, task: task.id) }
    }

    func prune(_ retention: Retention) throws(CommandFailure) -> ResultsStore.Deletion {
        let task = choice.task == nil ? nil : try task().id
        let now = UInt64(max(0, Date().timeIntervalSince1970))
        return try reading { () throws(ResultsError) in try store.prune(retention, task: task, now: now) }
    }

    /// A walk by its ID, or that of the latest reports; of those that have a result, where none is named.
    ///
    /// - Parameter before: the latest before this one.
    func walk(_ name: String?, before: WalkHead? = nil) throws(CommandFailure) -> KeptWalk {
        let task = try task()
        let heads = try heads(of: task)
        let head: WalkHead
        if let name {
            head = try Self.one(heads, name, "walk") { "\($0.walk)" }
        } else {
            let finished = heads.filter { head in
                !head.ending.isFailure && before.map { WalkHead.precedes(head, $0) } ?? true
            }
            guard let latest = finished.last else {
                throw CommandFailure(
                    .failed,
                    "\(choice.file): no \(before == nil ? "" : "earlier ")walk of the task is kept that has a result")
            }
            head = latest
        }
        let found = try reading { () throws(ResultsError) in try store.walk(head.walk, of: task.id) }
        guard let found else { throw CommandFailure(.failed, "walk \(head.walk) was deleted meanwhile") }
        return found
    }

    func collection(_ name: String) throws(CommandFailure) -> KeptCollection {
        let task = try task()
        let head = try Self.one(try collectionHeads(of: task), name, "collection") { "\($0.key)" }
        let found = try reading { () throws(ResultsError) in try store.collection(head.key, of: task.id) }
        guard let found else { throw CommandFailure(.failed, "collection \(head.key) was deleted meanwhile") }
        return found
    }

    /// The only element whose ID begins so.
    private static func one<Element>(
        _ all: [Element], _ name: String, _ what: String, _ id: (Element) -> String
    ) throws(CommandFailure) -> Element {
        let found = all.filter { id($0).hasPrefix(name) }
        guard let only = found.first else {
            throw CommandFailure(.failed, "no \(what) is kept whose ID begins with \(name)")
        }
        guard found.count == 1 || found.contains(where: { id($0) == name }) else {
            throw CommandFailure(.failed, "\(found.count) IDs begin with \(name): give more of the \(what)'s")
        }
        return found.first { id($0) == name } ?? only
    }
}
