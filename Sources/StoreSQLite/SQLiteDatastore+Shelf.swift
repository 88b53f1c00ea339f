import Aggregator
import GRDB
import PopulusDAP

/// The tasks of the file as a list, and those that it keeps.
extension SQLiteDatastore {
    package func storedTasks() throws -> [StoredTask] { try reading { try $0.all() } }

    package func keptTasks(only task: TaskID?) throws -> [KeptTask] { try reading { try $0.tasks(only: task) } }

    /// Reads which tasks a file keeps, be it one that is not whole; no server may have it open.
    ///
    /// Of a sealed file their secrets stay as they are kept.
    package static func keptTasks(path: String, role: Role) throws -> [KeptTask] {
        let files = StoreFiles(try StorePath.real(path))
        guard files.databaseExists else { throw StoreError.missing }
        let lock = try StoreLock(files)
        defer { lock.release() }
        do {
            return try StoreInspection.look(at: files) { db in
                // Before that version none was kept.
                guard try FileTables.check(db, role: role).version >= 8 else { return [] }
                return try KeptTaskTables(db: db).tasks(only: nil)
            }
        } catch { throw StoreError(wrapping: error, of: files.path) }
    }

    func reading<T>(_ body: (KeptTaskTables) throws -> T) throws -> T {
        do { return try pool.read { try body(KeptTaskTables(db: $0, seal: seal)) } } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
    }

    package func keep(_ task: KeptTask) throws {
        // Before and after: what is written into a file that was moved away is served by nobody.
        if let outage = watch.outage { throw outage }
        try change { db in
            let row: Int64
            if let known = try FileTables.row(of: task.id, in: db) {
                row = known.row
                let expected = "\(self.role) of task \(task.id)"
                guard known.state == "here" else { throw StoreError.inUse("task \(task.id)") }
                guard try LedgerTables(db: db, task: row).configurationDigest == task.configurationDigest else {
                    throw StoreError.belongsToAnother(
                        found: "\(expected) with another configuration", expected: expected)
                }
                guard try !KeptTaskTables(db: db).isKept(row: row) else { throw StoreError.exists("task \(task.id)") }
            } else {
                row = try LedgerTables.create(
                    task.id, configurationDigest: task.configurationDigest, earliestReportTime: 0, in: db)
            }
            try KeptTaskTables(db: db, seal: self.seal).insert(task, row: row)
        }
        if let outage = watch.outage { throw outage }
    }
}
