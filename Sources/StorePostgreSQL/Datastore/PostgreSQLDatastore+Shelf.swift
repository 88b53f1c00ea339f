#if PostgreSQL
import Aggregator
import PopulusDAP
import Synchronization

/// The tasks of the database as a list, and those that it keeps.
extension PostgreSQLDatastore {
    package func storedTasks() throws -> [StoredTask] {
        try wait { db in try db.reading { try KeptTaskTables(db: db).all() } }
    }

    package func keptTasks(only task: TaskID?) throws -> [KeptTask] {
        let seal = seal
        return try wait { db in try db.reading { try KeptTaskTables(db: db, seal: seal).tasks(only: task) } }
    }

    /// Reads which tasks a database keeps; of a sealed one their secrets stay as they are kept.
    package static func keptTasks(at address: PostgreSQLAddress, role: Role) throws -> [KeptTask] {
        do {
            let connector = PostgreSQLConnector(address: address, role: role, limits: .maintenance, logger: nil)
            let db = try connector.connect()
            try StoreTables.checkCurrent(db, role: role)
            return try db.reading { try KeptTaskTables(db: db).tasks(only: nil) }
        } catch { throw StoreError(wrapping: error) }
    }

    package func keep(_ task: KeptTask) throws {
        let (role, store, isSent) = (role, StoreID.random(), SentCommit())
        try wait { [self] db in
            try checkHeld()
            try db.script("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
            // One such change at a time; one whose connection was lost is then at its end.
            try db.script("SELECT pg_advisory_xact_lock(\(StoreLocks.making))")
            let known = try StoreTables.tasks(db).first { $0.id == task.id }?.row
            // Its COMMIT was made, though nobody said so.
            if let known, isSent.value, try KeptTaskTables(db: db).isKept(row: known) { return try db.commit() }
            let row =
                try known
                ?? LedgerTables.create(
                    task.id, store: store, configurationDigest: task.configurationDigest, earliestReportTime: 0, db)
            try Self.checkFree(task, row: row, role: role, db)
            try KeptTaskTables(db: db, seal: seal).insert(task, row: row)
            try checkHeld()
            isSent.note()
            do { try db.commit() } catch let error as PostgreSQLUnanswered { throw error.reason }
        }
    }

    /// Sees that the task of a row has this configuration, and is not kept.
    private static func checkFree(
        _ task: KeptTask, row: Int64, role: Role, _ db: PostgreSQLConnection
    ) throws {
        let expected = "\(role) of task \(task.id)"
        guard try LedgerTables(db: db, task: row).configurationDigest == task.configurationDigest else {
            throw StoreError.belongsToAnother(found: "\(expected) with another configuration", expected: expected)
        }
        guard try !KeptTaskTables(db: db).isKept(row: row) else {
            throw StoreError.exists("task \(task.id) in \(db.place)")
        }
    }
}

/// Whether a COMMIT was sent, by a body that may run again.
private final class SentCommit: Sendable {
    private let isSent = Atomic(false)

    var value: Bool { isSent.load(ordering: .sequentiallyConsistent) }

    func note() { isSent.store(true, ordering: .sequentiallyConsistent) }
}
#endif
