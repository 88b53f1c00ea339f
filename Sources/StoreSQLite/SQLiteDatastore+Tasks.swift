import Aggregator
import GRDB
import PopulusDAP

/// The tasks of a file, each opened by itself.
extension SQLiteDatastore {
    /// The bucket of uploads that a file of an earlier version held for a walk to come.
    static let unsorted = -1

    package func open(
        _ task: TaskID, configurationDigest: [UInt8], uploads: UploadQueue
    ) throws -> any TaskStore {
        try openTask(task, configurationDigest: configurationDigest, uploads: uploads, for: .service)
    }

    /// - Parameter purpose: only for `.service` a store that the other aggregator has refused stays closed.
    func openTask(
        _ task: TaskID, configurationDigest: [UInt8], uploads queue: UploadQueue?, for purpose: StoreInspection.Purpose
    ) throws -> SQLiteTaskStore {
        try bringOver(task, configurationDigest: configurationDigest, for: purpose)
        do {
            let row = try pool.read { db in
                try self.row(of: task, configurationDigest: configurationDigest, for: purpose, in: db)
            }
            let isFirst = opened.withLock { opened in
                guard opened[row] == nil else { return false }
                opened[row] = task
                return true
            }
            guard isFirst else { throw StoreError.inUse("task \(task)") }
            do {
                try check(task, row: row)
                return try begin(task, row: row, uploads: queue)
            } catch {
                opened.withLock { $0[row] = nil }
                throw error
            }
        } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
    }

    /// Refuses a task whose uploads or segments are lost or damaged: it is left as it is, and the others are served.
    ///
    /// Looks, unless that was done before anything was written.
    private func check(_ task: TaskID, row: Int64) throws {
        if let known = checked.withLock({ $0[task] }) { return try known.get() }
        let result = try pool.read { db in
            var check = try TaskCheck(db, files, role: role)
            defer { check.end() }
            return try check.result(of: row)
        }
        checked.withLock { $0[task] = result }
        try result.get()
    }

    /// Adds an incarnation: from here on the task is worked with.
    private func begin(_ task: TaskID, row: Int64, uploads queue: UploadQueue?) throws -> SQLiteTaskStore {
        if let outage = watch.outage { throw outage }
        let (record, commits) = try pool.write { db in
            if let queue { try Self.sort(into: queue, of: row, in: db) }
            return (try LedgerTables(db: db, task: row).begin(), try FileTables.raiseCommits(in: db))
        }
        try noteStart(commits)
        // Who moved the files meanwhile has not got this start.
        if let outage = watch.outage { throw outage }
        return try SQLiteTaskStore(self, task: task, row: row, StoreLedger(record))
    }

    /// Puts uploads of an earlier version into the bucket in which they wait.
    private static func sort(into queue: UploadQueue, of task: Int64, in db: Database) throws {
        let bucket = queue == .open ? "(SELECT open_bucket FROM task WHERE id = ?1)" : "time"
        try db.execute(
            sql: "UPDATE report SET bucket = \(bucket) WHERE task = ?1 AND bucket = \(unsorted) AND place IS NOT NULL",
            arguments: [task])
    }

    /// The row of a task that the file holds.
    private func row(
        of task: TaskID, configurationDigest: [UInt8], for purpose: StoreInspection.Purpose, in db: Database
    ) throws -> Int64 {
        let expected = "\(role) of task \(task)"
        guard let (row, state) = try FileTables.row(of: task, in: db), state == "here" else {
            let tasks = try FileTables.tasks(db)
            guard !tasks.isEmpty else { throw StoreError.missing }
            let names = tasks.map { "\($0.id)" }.joined(separator: ", ")
            throw StoreError.belongsToAnother(found: "\(role) of task \(names)", expected: expected)
        }
        let tables = LedgerTables(db: db, task: row)
        guard try tables.configurationDigest == configurationDigest else {
            throw StoreError.belongsToAnother(found: "\(expected) with another configuration", expected: expected)
        }
        if purpose == .service, let conflict = try tables.conflict { throw StoreError.refused(conflict) }
        return row
    }
}
