#if PostgreSQL
import Aggregator
import PopulusDAP
import Synchronization

/// The store of one task: its rows in the database of its role.
package final class PostgreSQLTaskStore: TaskStore {
    package let task: TaskID
    package let noiseKey: [UInt8]
    package let earliestReportTime: UInt64
    package let seal: TaskSeal?
    /// The database that holds it.
    package let datastore: PostgreSQLDatastore

    /// The row of `task`.
    let row: Int64
    let ledger: StoreLedger
    /// Raised with every commit that changes anything; nothing where there is no folder for it.
    let markFile: TaskMarkFile?
    let lane = WriteLane()

    static let closed = StoreError.database("the store is closed")

    /// What the database says of a task as it is opened.
    struct Opening: Sendable {
        let row: Int64
        let record: StoreLedger.Record
        /// As it is kept: see `TaskSeal`.
        let noiseKey: [UInt8]
        let earliestReportTime: UInt64
    }

    init(_ datastore: PostgreSQLDatastore, task: TaskID, _ opening: Opening) throws(StoreError) {
        (self.datastore, self.task, row) = (datastore, task, opening.row)
        seal = datastore.seal?.task(task)
        (noiseKey, earliestReportTime) = (try seal.noiseKey(stored: opening.noiseKey), opening.earliestReportTime)
        let ledger = StoreLedger(opening.record)
        self.ledger = ledger
        let others = datastore.isAlone ? [] : ledger.others(TaskMark.greatestOthers)
        let mark = TaskMark(store: opening.record.store, incarnation: ledger.current, others: others)
        markFile = try datastore.cache.map { cache throws(StoreError) in
            try TaskMarkFile(cache.mark(of: task), mark)
        }
    }

    package var segmentsDirectory: String { datastore.cache?.segments ?? "" }

    package var segmentsAreCache: Bool { true }

    package var jobRows: ClosedRange<Int64> { TaskRows.range(of: row) }

    package var replica: any StoreReplica { datastore.replica }

    package func changes() -> AsyncStream<Void> { datastore.changes(of: row) }

    /// A transaction's view of the task.
    func transaction(over db: PostgreSQLConnection, _ mark: LedgerMark) -> PostgreSQLTransaction {
        PostgreSQLTransaction(
            db: db, task: row, mark: mark, replica: datastore.isAlone ? nil : datastore.replica.id, seal: seal)
    }

    package func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await datastore.read(self, body)
    }

    package func write<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await datastore.write(self, scope, body)
    }
}

// MARK: - What is said to the other aggregator

extension PostgreSQLTaskStore {
    package var statement: StoreStatement { ledger.statement }

    package var conflict: StoreConflict? { ledger.conflict }

    package var outage: StoreError? { datastore.outage }

    package var isAway: Bool { datastore.isAway }

    package func examine(_ statement: StoreStatement) async -> StoreConflict? {
        _ = await learn(before: statement)
        return ledger.examine(statement)
    }

    package func hear(_ statement: StoreStatement?) async throws(StoreConflict) {
        do throws(StoreConflict) { try await take(statement) } catch {
            await saveWhatIsUrgent()
            throw error
        }
        await saveWhatIsUrgent()
    }

    /// What is only a greater count goes with the next commit.
    private func saveWhatIsUrgent() async {
        guard ledger.isUrgent else { return }
        guard !datastore.isAlone else { return datastore.save(self) }
        // Other processes are to know it before this one says anything. What cannot be saved now stays urgent.
        _ = try? await datastore.write(self, .task) { _ in }
    }

    private func take(_ statement: StoreStatement?) async throws(StoreConflict) {
        if await !learn(before: statement), let statement, let found = ledger.examine(statement) {
            // Nobody can say yet whether it is so: nothing is acted on, and the store is not condemned for good.
            throw found
        }
        try ledger.hear(statement)
    }

    /// Looks at what other processes have committed, where a word tells of more than this one knows.
    ///
    /// - Returns: false where the database cannot be asked.
    private func learn(before statement: StoreStatement?) async -> Bool {
        guard ledger.isInDoubt(of: statement) else { return true }
        // Others of this process read and commit meanwhile: what they learn is no measure of this record.
        let (row, known) = (row, ledger.counts)
        do {
            let record = try await datastore.read(self) { transaction in
                guard let db = (transaction as? PostgreSQLTransaction)?.db else { throw Self.closed }
                return try LedgerTables(db: db, task: row).record()
            }
            do { try check(record, since: known) } catch { datastore.note(error) }
            ledger.learn(record)
            return true
        } catch { return false }
    }
}
#endif
