import Aggregator
import DAP
import Dispatch
import Foundation
import GRDB
import Synchronization

/// The embedded store: one SQLite file for all tasks of one role, with folders of uploads and of segments beside it.
///
/// WAL mode with `synchronous=FULL`: a commit is on disk when `write` returns. Writes that wait for the database, of whatever
/// task, are committed together, each in a savepoint of its own.
package final class SQLiteDatastore: Datastore {
    package let role: Role

    let pool: DatabasePool
    let files: StoreFiles
    let uploads: UploadFiles
    /// Raised with every commit; nothing while tasks are being renewed.
    private let markFile: StoreMarkFile?
    /// When it was last brought to the disk.
    private let marked = Mutex(ContinuousClock.now)
    private let lock: StoreLock
    let watch: StoreWatch
    private let isClosed = Mutex(false)
    private let readers = DispatchGroup()
    private let writer = DispatchQueue(label: "populus.store.write")
    private let pending = Mutex<[PendingWrite]>([])
    /// The rows of the tasks that are open.
    private let opened = Mutex<Set<Int64>>([])
    /// Writes that share one commit at most, so that an answer is not held up without bound.
    private static let greatestGroup = 512
    /// Pages of the log before they are brought into the database: many, since a step changes the same pages again and
    /// again, and each is then brought over once.
    private static let checkpointPages = 8192
    /// Databases up to here are read once at a clean stop and once at the next start, in bytes.
    private static let greatestSealed = 8 << 30

    /// Opens a file; its tasks are opened one by one.
    ///
    /// - Parameter onOutage: called once if its files are moved, deleted or damaged meanwhile.
    /// - Throws: `StoreError`: `.missing` if there is none
    ///   (``create(path:role:task:configurationDigest:earliestReportTime:)`` makes it), `.belongsToAnother` if the file is
    ///   another role's, `.incomplete` if its parts do not belong together. Then nothing was changed.
    package convenience init(
        path: String, role: Role, onOutage: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws {
        try self.init(path: path, role: role, for: .service, onOutage: onOutage)
    }

    init(
        path: String, role: Role, for purpose: StoreInspection.Purpose,
        onOutage: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws {
        let files = StoreFiles(try StorePath.real(path))
        guard files.databaseExists else { throw StoreError.missing }
        (self.files, self.role) = (files, role)
        lock = try StoreLock(files)
        do {
            if FileIdentity(files.mark) != nil { try lock.take(files.mark) }
            let found = try StoreInspection(files: files, role: role, purpose: purpose, lock: lock).run()
            for folder in files.folders { try StoreFiles.makeFolder(folder) }
            try StoreOpening.unseal(files)
            let uploads = UploadFiles(folder: files.uploads)
            (self.uploads, pool) = (uploads, try Self.openPool(files.path))
            markFile = try StoreOpening(pool: pool, files: files, role: role, purpose: purpose).begin(found, uploads)
            watch = StoreWatch(files, database: lock.identity, uploads: uploads, onOutage: onOutage)
        } catch {
            throw StoreError(wrapping: error, of: files.path).hinting(path, files)
        }
    }

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
        do {
            let row = try pool.read { db in
                try self.row(of: task, configurationDigest: configurationDigest, for: purpose, in: db)
            }
            guard opened.withLock({ $0.insert(row).inserted }) else { throw StoreError.inUse("task \(task)") }
            let (record, commits) = try pool.write { db in
                if let queue { try Self.sort(into: queue, of: row, in: db) }
                return (try LedgerTables(db: db, task: row).begin(), try FileTables.raiseCommits(in: db))
            }
            try markFile?.raise(to: commits)
            try markFile?.synchronize()
            return try SQLiteTaskStore(self, task: task, row: row, StoreLedger(record))
        } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
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
        let tasks = try FileTables.tasks(db)
        let expected = "\(role) of task \(task)"
        guard let row = tasks.first(where: { $0.id == task })?.row else {
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

    /// The tasks that the file holds.
    package var tasks: [TaskID] {
        get throws { try pool.read { try FileTables.tasks($0).map(\.id) } }
    }

    /// What happened to the files while they are open, so that nothing may be acknowledged any more; it looks.
    package var outage: StoreError? { watch.outage }

    private static func openPool(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "populus.store"
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB sets NORMAL together with WAL: a power cut could then undo what was acknowledged (rule 7).
        // What is erased is overwritten with zeros, whatever the library was built with.
        try pool.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA synchronous = FULL")
            try $0.execute(sql: "PRAGMA secure_delete = ON")
            try $0.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
        }
        return pool
    }

    /// Ends the connection; the store may then be opened again in the same process.
    ///
    /// What is read meanwhile is read to its end: GRDB's pool must not be closed under its readers.
    package func close() throws {
        isClosed.withLock { $0 = true }
        guard readers.wait(timeout: .now() + 10) == .success else {
            throw StoreError.database("the store is still read; it is not closed")
        }
        writer.sync {}
        defer {
            uploads.close()
            lock.release()
        }
        guard watch.outage == nil else {
            // Under its names there may be another store's files by now, which SQLite would take for its own.
            try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            _ = Unmanaged.passRetained(pool)
            return
        }
        try pool.close()
        try leaveWhole()
    }

    /// Brings everything from the log into the database, and notes what that is, so that the file alone is whole.
    private func leaveWhole() throws {
        // The last connection of the pool may only read. One that writes removes the log.
        let last = try DatabaseQueue(path: files.path)
        _ = try last.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM meta") }
        try last.close()
        // That the log is gone is on disk before the mark says so.
        try UploadFile.synchronize(folder: files.folder)
        let size = FileIdentity.size(files.path)
        guard let markFile, var mark = markFile.current, FileIdentity.size(files.log) == 0, size <= Self.greatestSealed
        else { return }
        mark.closed = StoreMark.Closed(size: size, digest: try lock.digest(of: size))
        try markFile.write(mark)
        try markFile.synchronize()
    }

    /// Runs a transaction that only reads, of one task.
    func read<T: Sendable>(
        _ task: Int64, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        do {
            try beginReading()
            defer { readers.leave() }
            return try await pool.read { [uploads] db in
                try body(SQLiteTransaction(db: db, task: task, uploads: uploads, mark: LedgerMark()))
            }
        } catch {
            throw mapped(error)
        }
    }

    private func mapped(_ error: any Error) -> any Error { StoreError.mapped(error, of: files.path) }

    /// Who has begun calls `readers.leave()` when it has read.
    private func beginReading() throws {
        if let outage = watch.known { throw outage }
        try isClosed.withLock { isClosed in
            guard !isClosed else { throw StoreError.database("the store is closed") }
            readers.enter()
        }
    }

    /// Runs a transaction of one task, and returns when it is on disk.
    func write<T: Sendable>(
        _ store: SQLiteTaskStore, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let uploads = uploads
        return try await withCheckedThrowingContinuation { continuation in
            enqueue(
                PendingWrite(
                    store: store,
                    run: { db in
                        let value = try body(
                            SQLiteTransaction(db: db, task: store.row, uploads: uploads, mark: store.mark))
                        return { continuation.resume(returning: value) }
                    },
                    fail: { [self] in continuation.resume(throwing: mapped($0)) }))
        }
    }

    /// Saves what a task's store has heard, with no write of its own.
    func save(_ store: SQLiteTaskStore) {
        enqueue(PendingWrite(store: store, run: { _ in {} }, fail: { _ in }))
    }

    /// How durable a commit is: SQLite's `synchronous` of the writing connection, 2 for FULL.
    package func synchronousLevel() async throws -> Int {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
    }
}

/// A write that waits for the database.
private struct PendingWrite: Sendable {
    let store: SQLiteTaskStore
    /// Runs the body and returns how to report its result once that is committed.
    let run: @Sendable (Database) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
}

extension SQLiteDatastore {
    private func enqueue(_ write: PendingWrite) {
        pending.withLock { $0.append(write) }
        writer.async { [self] in drain() }
    }

    /// Commits what waits.
    ///
    /// Runs on `writer` only.
    private func drain() {
        let group = pending.withLock { pending in
            let group = Array(pending.prefix(Self.greatestGroup))
            pending.removeFirst(group.count)
            return group
        }
        guard !group.isEmpty else { return }
        // For each write how to report its result, or why it failed.
        var results: [Result<@Sendable () -> Void, any Error>] = []
        var unused: [Int64] = []
        var ledgers = LedgerChange.all(of: group.map(\.store))
        var commits: UInt64?
        do {
            if let outage = watch.outage { throw outage }
            try pool.writeWithoutTransaction { db in
                try db.transaction {
                    uploads.begin()
                    for ledger in ledgers { ledger.store.mark.clear() }
                    let before = db.totalChangesCount
                    for write in group {
                        // SQLite undoes the whole transaction on a full disk and the like.
                        guard db.isInsideTransaction else { throw StoreError.database("transaction was rolled back") }
                        // A write of its own needs no savepoint: its failure undoes nobody else's work.
                        if group.count == 1 {
                            results.append(.success(try write.run(db)))
                        } else {
                            results.append(Result { try db.savepoint { try write.run(db) } })
                        }
                    }
                    guard db.isInsideTransaction else { throw StoreError.database("transaction was rolled back") }
                    for index in ledgers.indices { try ledgers[index].save(in: db) }
                    if db.totalChangesCount != before { commits = try FileTables.raiseCommits(in: db) }
                    unused = try UploadFiles.unused(uploads.touched, in: db)
                    // What the rows name is on disk before they are.
                    try uploads.synchronize()
                }
            }
            if let commits { try markFile?.raise(to: commits) }
            // Who moved or deleted the files meanwhile has not got this commit: it is not acknowledged.
            if let outage = watch.outage { throw outage }
        } catch {
            for write in group { write.fail(error) }
            return
        }
        // Before anyone is answered: no answer says less than is durable.
        for ledger in ledgers { ledger.committed() }
        for (write, result) in zip(group, results) {
            switch result {
            case .success(let report): report()
            case .failure(let error): write.fail(error)
            }
        }
        uploads.remove(unused)
        synchronizeMark()
    }

    /// Has the mark say so of a commit that did not come through the writer.
    func noteCommit(_ commits: UInt64) throws {
        try markFile?.raise(to: commits)
        try markFile?.synchronize()
    }

    /// Once a second at most: a power cut must not leave the mark far behind.
    private func synchronizeMark() {
        let now = ContinuousClock.now
        let isDue = marked.withLock { marked in
            guard now - marked > .seconds(1) else { return false }
            marked = now
            return true
        }
        if isDue { try? markFile?.synchronize() }
    }
}

/// What a commit changes in the ledger of one task.
private struct LedgerChange {
    let store: SQLiteTaskStore
    private let unsaved: StoreLedger.Unsaved?
    private var count: UInt64?

    /// One for each task that writes.
    static func all(of stores: [SQLiteTaskStore]) -> [LedgerChange] {
        var seen: Set<Int64> = []
        return stores.filter { seen.insert($0.row).inserted }.map {
            LedgerChange(store: $0, unsaved: $0.ledger.unsaved)
        }
    }

    private init(store: SQLiteTaskStore, unsaved: StoreLedger.Unsaved?) {
        self.store = store
        self.unsaved = unsaved
    }

    /// What was heard, and that something was done which must never be forgotten.
    mutating func save(in db: Database) throws {
        let tables = LedgerTables(db: db, task: store.row)
        if let unsaved { try tables.save(unsaved) }
        if store.mark.isSet { count = try tables.raiseCount(of: store.ledger.current) }
    }

    func committed() { store.ledger.committed(unsaved, count: count) }
}

extension Database {
    /// Runs a statement that is parsed once a connection.
    private func step(_ sql: String) throws { try cachedStatement(sql: sql).execute() }

    /// Commits what `body` writes, or undoes it.
    fileprivate func transaction(_ body: () throws -> Void) throws {
        try step("BEGIN IMMEDIATE TRANSACTION")
        do {
            try body()
            try step("COMMIT TRANSACTION")
        } catch {
            // SQLite may have undone it already.
            if isInsideTransaction { try? step("ROLLBACK TRANSACTION") }
            throw error
        }
    }

    /// Keeps what `body` writes in the transaction, or undoes it alone.
    fileprivate func savepoint<T>(_ body: () throws -> T) throws -> T {
        try step("SAVEPOINT one")
        do {
            let value = try body()
            try step("RELEASE SAVEPOINT one")
            return value
        } catch {
            if isInsideTransaction {
                try step("ROLLBACK TRANSACTION TO SAVEPOINT one")
                try step("RELEASE SAVEPOINT one")
            }
            throw error
        }
    }
}
