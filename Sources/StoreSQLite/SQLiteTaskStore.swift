import Aggregator
import PopulusDAP

/// The store of one task: its rows in the file of its role.
package final class SQLiteTaskStore: TaskStore {
    package let task: TaskID
    package let noiseKey: [UInt8]
    package let earliestReportTime: UInt64
    package let seal: TaskSeal?
    /// The file that holds it.
    package let datastore: SQLiteDatastore

    /// The row of `task`.
    let row: Int64
    let ledger: StoreLedger
    /// Whether the transaction at hand has done what must never be forgotten; only the writer looks at it.
    let mark = LedgerMark()

    init(_ datastore: SQLiteDatastore, task: TaskID, row: Int64, _ ledger: StoreLedger) throws {
        (self.datastore, self.task, self.row, self.ledger) = (datastore, task, row, ledger)
        let (stored, earliest) = try datastore.pool.read { db in
            let tables = LedgerTables(db: db, task: row)
            return (try tables.noiseKey, try tables.earliestReportTime)
        }
        seal = datastore.seal?.task(task)
        (noiseKey, earliestReportTime) = (try seal.noiseKey(stored: stored), earliest)
    }

    package var segmentsDirectory: String { datastore.files.segments }

    package var jobRows: ClosedRange<Int64> { TaskRows.range(of: row) }

    package var replica: any StoreReplica { datastore.replica }

    /// What no other process changes: a stream without elements.
    package func changes() -> AsyncStream<Void> { AsyncStream { _ in } }

    package func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await datastore.read(row, seal: seal, body)
    }

    /// All writes of the file follow one another, whatever they are.
    package func write<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await datastore.write(self, body)
    }
}

// MARK: - What is said to the other aggregator

extension SQLiteTaskStore {
    package var statement: StoreStatement { ledger.statement }

    package var conflict: StoreConflict? { ledger.conflict }

    package var outage: StoreError? { datastore.outage(of: row) }

    package func examine(_ statement: StoreStatement) -> StoreConflict? { ledger.examine(statement) }

    package func hear(_ statement: StoreStatement?) throws(StoreConflict) {
        // What is only a greater count goes with the next commit.
        defer { if ledger.isUrgent { datastore.save(self) } }
        try ledger.hear(statement)
    }
}
