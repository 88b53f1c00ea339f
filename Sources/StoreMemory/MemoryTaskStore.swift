import Aggregator
import Dispatch
import PopulusDAP
import Synchronization

/// The store of one task in memory.
///
/// A write whose task another one changed meanwhile runs again, so writes are serialisable; a read has the tables as they
/// were when it began.
final class MemoryTaskStore: TaskStore {
    let task: TaskID
    let segmentsDirectory: String
    /// Memory is not stolen.
    let seal: TaskSeal? = nil
    let jobRows: ClosedRange<Int64>
    let noiseKey: [UInt8]
    let earliestReportTime: UInt64
    var segmentsAreCache: Bool { disk.segmentsAreCache }
    private let disk: MemoryDisk
    private let process: MemoryReplica
    private let ledger: StoreLedger
    private let isClosed = Atomic(false)

    static let closed = StoreError.database("the store is closed")

    /// Adds an incarnation.
    init(
        _ disk: MemoryDisk, _ task: TaskID, configurationDigest: [UInt8], _ process: MemoryReplica,
        segmentsDirectory: String
    ) throws {
        let entry = try disk.change(task) { entry in
            guard entry.configurationDigest == configurationDigest else {
                let wanted = "\(disk.role) of task \(task)"
                throw StoreError.belongsToAnother(found: wanted + " with another configuration", expected: wanted)
            }
            if let conflict = entry.ledger.conflict { throw StoreError.refused(conflict) }
            entry.ledger.incarnations.append(Incarnation(id: .random(), count: 0))
            return entry
        }
        (self.disk, self.task, self.process) = (disk, task, process)
        self.segmentsDirectory = segmentsDirectory
        (jobRows, noiseKey, earliestReportTime) = (entry.jobRows, entry.noiseKey, entry.earliestReportTime)
        ledger = StoreLedger(entry.ledger)
    }

    func close() { isClosed.store(true, ordering: .sequentiallyConsistent) }

    private func checkOpen() throws {
        guard !isClosed.load(ordering: .sequentiallyConsistent) else { throw Self.closed }
    }

    func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [self] in
                continuation.resume(
                    with: Result {
                        try checkOpen()
                        let tables = try disk.entry(task).tables
                        return try body(transaction(tables, isReadOnly: true))
                    })
            }
        }
    }

    /// Whatever its scope, a write runs beside any other, and again where something came between.
    func write<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            disk.writers.async { [self] in
                do {
                    if let value = try attempt(body) { return continuation.resume(returning: value) }
                } catch {
                    return continuation.resume(throwing: error)
                }
                disk.writers.async(flags: .barrier) { [self] in
                    continuation.resume(
                        with: Result {
                            // Only a word of the other aggregator may come between, and it changes no table.
                            guard let value = try attempt(body) else {
                                throw StoreError.database("a write came between")
                            }
                            return value
                        })
                }
            }
        }
    }

    private func transaction(_ tables: MemoryTables, isReadOnly: Bool = false) -> MemoryTransaction {
        MemoryTransaction(
            tables, jobRows, keepsBodies: segmentsAreCache, process.id,
            among: process.isShared ? disk.replicas.withLock { $0 } : nil, isReadOnly: isReadOnly)
    }

    var replica: any StoreReplica { process }

    func changes() -> AsyncStream<Void> { disk.waiters.changes(of: task) }

    /// Runs a write on what is there; nothing if that changed meanwhile, so that it is to run again.
    private func attempt<T>(_ body: (any StoreTransaction) throws -> T) throws -> T? {
        try checkOpen()
        let before = try disk.entry(task)
        let transaction = transaction(before.tables)
        let value = try body(transaction)
        let (tables, isMarked) = (transaction.tables, transaction.isMarked)
        let committed: T? = try commit { entry in
            guard entry.version == before.version else { return nil }
            if isMarked { try raiseCount(in: &entry) }
            entry.tables = tables
            entry.version += 1
            return value
        }
        if committed != nil, transaction.tellsOthers { disk.waiters.notify(task) }
        return committed
    }

    /// Commits a change along with what was heard meanwhile.
    private func commit<T>(_ change: (inout MemoryDisk.Entry) throws -> T) throws -> T {
        try disk.change(task) { entry in
            // Not after the end: what a later process saw would change.
            try checkOpen()
            let unsaved = ledger.unsaved
            let value = try change(&entry)
            if let unsaved { entry.ledger.save(unsaved) }
            let count = entry.ledger.incarnations.last { $0.id == ledger.current }?.count
            ledger.committed(unsaved, count: count)
            ledger.learn(entry.ledger)
            return value
        }
    }

    /// Counts a commit that must never be forgotten.
    private func raiseCount(in entry: inout MemoryDisk.Entry) throws {
        guard let place = entry.ledger.incarnations.lastIndex(where: { $0.id == ledger.current }) else {
            throw StoreError.damaged("the incarnation is missing")
        }
        let later = entry.ledger.incarnations.count - 1 - place
        if process.isShared, later >= StoreLedger.greatestAge {
            // Committed with this: nothing fails after it.
            entry.ledger.incarnations.append(Incarnation(id: .random(), count: 1))
            if let fresh = entry.ledger.incarnations.last { ledger.begin(fresh.id) }
            return
        }
        guard later < StoreLedger.greatestSuccessors else { throw StoreError.superseded }
        entry.ledger.incarnations[place].count += 1
    }
}

// MARK: - What is said to the other aggregator

extension MemoryTaskStore {
    var statement: StoreStatement { ledger.statement }

    var conflict: StoreConflict? { ledger.conflict }

    func examine(_ statement: StoreStatement) async -> StoreConflict? {
        learn(before: statement)
        return ledger.examine(statement)
    }

    func hear(_ statement: StoreStatement?) async throws(StoreConflict) {
        defer { saveWhatIsUrgent() }
        learn(before: statement)
        try ledger.hear(statement)
    }

    /// Looks at what other processes have committed, where a word tells of more than this one knows.
    private func learn(before statement: StoreStatement?) {
        // A task that is open is there.
        if ledger.isInDoubt(of: statement), let entry = try? disk.entry(task) { ledger.learn(entry.ledger) }
    }

    /// What is only a greater count goes with the next commit.
    private func saveWhatIsUrgent() {
        guard ledger.isUrgent else { return }
        // Fails only when the store is closed: then it was never acknowledged, and is heard again.
        try? commit { _ in }
    }
}
