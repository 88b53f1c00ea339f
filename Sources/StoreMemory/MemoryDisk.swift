import Aggregator
import Dispatch
import PopulusDAP
import Synchronization

/// What outlives a process whose store is in memory: the tables of all tasks of one role.
///
/// Several datastores may work on it at once, as several processes on one database. Writes begin on what is there and run
/// beside each other; one that finds its task changed when it is to commit runs again, then alone. So every body of every
/// write is a body that may run again, and two that meet really overlap.
package final class MemoryDisk: Sendable {
    package let role: Role
    /// Folder of the segment files; the caller made it, and removes it.
    package let segmentsDirectory: String
    /// Whether the bodies of a job's reports are kept, so that segments can be made again.
    package let segmentsAreCache: Bool
    /// Writes that are under way; those that run again are barriers.
    let writers = DispatchQueue(label: "populus.memory.write", attributes: .concurrent)
    /// The processes that work on it.
    let replicas = Mutex(MemoryReplicas())
    /// What they show each other.
    let secret = MemoryReplica.newSecret()
    /// Those of them that wait for a change of a task.
    let waiters = Waiters<TaskID>()
    private let entries = Mutex<[TaskID: Entry]>([:])

    /// One task.
    struct Entry: Sendable {
        let configurationDigest: [UInt8]
        let noiseKey: [UInt8]
        let earliestReportTime: UInt64
        let jobRows: ClosedRange<Int64>
        var ledger: StoreLedger.Record
        var tables = MemoryTables()
        /// What a server needs to serve it, where it is kept here.
        var kept: KeptTask?
        /// Raised with every change of its secrets.
        var revision: UInt64 = 0
        /// Raised with every commit.
        var version: UInt64 = 0
    }

    package init(role: Role, segmentsDirectory: String, segmentsAreCache: Bool = false) {
        self.role = role
        self.segmentsDirectory = segmentsDirectory
        self.segmentsAreCache = segmentsAreCache
    }

    /// Makes the store of a task, once: the operator's word.
    ///
    /// - Throws: `StoreError.exists`.
    package func create(_ task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0) throws {
        try entries.withLock { entries in
            guard entries[task] == nil else { throw StoreError.exists("the store of task \(task)") }
            entries[task] = Self.newEntry(
                after: entries.count, configurationDigest: configurationDigest, earliestReportTime: earliestReportTime)
        }
    }

    private static func newEntry(
        after count: Int, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0
    ) -> Entry {
        let first = Int64(count) << rowBits
        // Two identifiers of 16 bytes from the system's generator are a key of 32.
        return Entry(
            configurationDigest: configurationDigest, noiseKey: StoreID.random().bytes + StoreID.random().bytes,
            earliestReportTime: earliestReportTime, jobRows: (first + 1)...(first + (1 << rowBits) - 1),
            ledger: StoreLedger.Record(store: .random(), incarnations: []))
    }

    /// Keeps a task, and makes its store where there is none.
    ///
    /// - Throws: `StoreError.exists`, `.belongsToAnother`.
    func keep(_ task: KeptTask) throws {
        try entries.withLock { entries in
            var entry =
                entries[task.id] ?? Self.newEntry(after: entries.count, configurationDigest: task.configurationDigest)
            guard entry.configurationDigest == task.configurationDigest else {
                let wanted = "\(role) of task \(task.id)"
                throw StoreError.belongsToAnother(found: wanted + " with another configuration", expected: wanted)
            }
            guard entry.kept == nil else { throw StoreError.exists("task \(task.id)") }
            entry.kept = task
            entries[task.id] = entry
        }
    }

    /// All tasks, in the order in which they were made.
    var tasks: [(id: TaskID, entry: Entry)] {
        entries.withLock { $0.map { ($0.key, $0.value) } }
            .sorted { $0.entry.jobRows.lowerBound < $1.entry.jobRows.lowerBound }
    }

    /// Each task has so many rows that it never comes to those of the next.
    private static let rowBits: Int64 = 40

    /// What is committed of a task.
    ///
    /// - Throws: `StoreError`: `.missing`, or `.belongsToAnother` where there are other tasks.
    func entry(_ task: TaskID) throws -> Entry {
        try entries.withLock { entries in
            guard let entry = entries[task] else { throw noStore(of: task, beside: Array(entries.keys)) }
            return entry
        }
    }

    private func noStore(of task: TaskID, beside others: [TaskID]) -> StoreError {
        guard !others.isEmpty else { return .missing }
        let names = others.sorted().map { "\($0)" }.joined(separator: ", ")
        return .belongsToAnother(found: "\(role) of task \(names)", expected: "\(role) of task \(task)")
    }

    /// Changes what is committed of a task, in one moment.
    ///
    /// - Throws: as ``entry(_:)`` does, and what `body` throws; then nothing has changed.
    func change<T>(_ task: TaskID, _ body: (inout Entry) throws -> T) throws -> T {
        try entries.withLock { entries in
            guard var entry = entries[task] else { throw noStore(of: task, beside: Array(entries.keys)) }
            let value = try body(&entry)
            entries[task] = entry
            return value
        }
    }
}
