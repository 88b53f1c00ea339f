import Aggregator
import PopulusDAP
import Synchronization

/// How often a store was asked whether something is stored up to some rows.
final class LookCounter: Sendable {
    private let count = Mutex(0)

    var questions: Int { count.withLock { $0 } }
    func note() { count.withLock { $0 += 1 } }
}

/// A shelf that counts such questions.
struct CountingShelf: TaskShelf {
    let inner: any TaskShelf
    let counter: LookCounter

    func storedTasks() throws -> [StoredTask] { try inner.storedTasks() }
    func keptTasks(only task: TaskID?) throws -> [KeptTask] { try inner.keptTasks(only: task) }
    func keep(_ task: KeptTask) throws { try inner.keep(task) }
    func changeSecrets(
        of task: TaskID, _ body: @escaping @Sendable ([TaskSecret]) -> [TaskSecret]
    ) throws -> (task: KeptTask, revision: UInt64) { try inner.changeSecrets(of: task, body) }
    func lastBodies() throws -> [Int64] { try inner.lastBodies() }

    func hasBodies(upTo rows: [Int64]) throws -> Bool {
        counter.note()
        return try inner.hasBodies(upTo: rows)
    }
}
