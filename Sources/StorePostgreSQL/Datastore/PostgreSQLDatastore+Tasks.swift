#if PostgreSQL
import Aggregator
import PopulusDAP

/// The tasks of a database, each opened by itself.
extension PostgreSQLDatastore {
    package func open(
        _ task: TaskID, configurationDigest: [UInt8], uploads: UploadQueue
    ) throws -> any TaskStore {
        try openTask(task, configurationDigest: configurationDigest, isServed: true)
    }

    /// - Parameter isServed: only then a store that must not be worked with stays closed.
    func openTask(_ task: TaskID, configurationDigest: [UInt8], isServed: Bool) throws -> PostgreSQLTaskStore {
        let role = role
        let row = try wait { db in
            try db.reading {
                try StoreTables.row(of: task, configurationDigest: configurationDigest, role: role, db)
            }
        }
        try setOpen(task, row: row, true)
        do {
            let opening = try begin(task, row: row, isServed: isServed)
            return try PostgreSQLTaskStore(self, task: task, opening)
        } catch {
            try setOpen(task, row: row, false)
            throw error
        }
    }

    /// Adds an incarnation: from here on the task is worked with.
    private func begin(_ task: TaskID, row: Int64, isServed: Bool) throws -> PostgreSQLTaskStore.Opening {
        let incarnation = IncarnationID.random()
        let mark = try cache.map { cache throws(StoreError) in try TaskMarkFile.read(cache.mark(of: task)) } ?? nil
        return try wait { [self] db in
            try checkHeld()
            // After whatever an earlier process has begun.
            try beginAlone(row, over: db)
            let tables = LedgerTables(db: db, task: row)
            try mark?.check(tables)
            if isServed, let conflict = try tables.conflict { throw StoreError.refused(conflict) }
            if isServed {
                try UploadDays(db: db, task: row).dropUnused(through: .today)
                try ReplicaTables.forgetLeftovers(of: row, db)
            }
            let opening = PostgreSQLTaskStore.Opening(
                row: row, record: try tables.begin(incarnation), noiseKey: try tables.noiseKey,
                earliestReportTime: try tables.earliestReportTime)
            // Once however often it runs, so it does no harm where nobody knows whether it was committed.
            do { try db.commit() } catch let error as PostgreSQLUnanswered { throw error.reason }
            return opening
        }
    }

    /// Begins a transaction that has a task's lock alone.
    private func beginAlone(_ task: Int64, over db: PostgreSQLConnection) throws {
        let (first, second) = locks.write(of: task)
        try db.script("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        try db.script("SELECT pg_advisory_xact_lock(\(first), \(second))")
    }

    /// Has a process count on in an incarnation of its own that is later than those of all others, in a transaction of its own.
    ///
    /// One that is committed though nobody hears of it stays as it is: nothing is ever counted in it.
    func beginAnew(_ store: PostgreSQLTaskStore, over db: PostgreSQLConnection) throws {
        let incarnation = IncarnationID.random()
        try checkHeld()
        try beginAlone(store.row, over: db)
        let record = try LedgerTables(db: db, task: store.row).begin(incarnation)
        try store.check(record)
        do { try db.commit() } catch let error as PostgreSQLUnanswered { throw error.reason }
        try store.begin(incarnation, record)
    }
}
#endif
