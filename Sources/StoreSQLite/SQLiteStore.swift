import Aggregator
import DAP
import Dispatch
import Foundation
import GRDB
import Synchronization

/// The embedded store: one SQLite file for one role of one task, with folders of uploads and of segments beside it.
///
/// WAL mode with `synchronous=FULL`: a commit is on disk when `write` returns. Writes that wait for the database are
/// committed together, each in a savepoint of its own.
package final class SQLiteStore: Store {
    package let segmentsDirectory: String
    package let noiseKey: [UInt8]
    package let earliestReportTime: UInt64

    let pool: DatabasePool
    let files: StoreFiles
    private let ledger: StoreLedger
    private let mark = LedgerMark()
    /// Raised with every commit; nothing while the store is being renewed.
    private let markFile: StoreMarkFile?
    /// When it was last brought to the disk.
    private let marked = Mutex(ContinuousClock.now)
    private let uploads: UploadFiles
    private let lock: StoreLock
    private let watch: StoreWatch
    private let isClosed = Mutex(false)
    private let readers = DispatchGroup()
    private let writer = DispatchQueue(label: "populus.store.write")
    private let pending = Mutex<[PendingWrite]>([])
    /// Writes that share one commit at most, so that an answer is not held up without bound.
    private static let greatestGroup = 512
    /// Pages of the log before they are brought into the database: many, since a step changes the same pages again and
    /// again, and each is then brought over once.
    private static let checkpointPages = 8192
    /// Databases up to here are read once at a clean stop and once at the next start, in bytes.
    private static let greatestSealed = 8 << 30

    /// Opens a store, and adds an incarnation to it.
    ///
    /// - Parameter onOutage: called once if its files are moved, deleted or damaged meanwhile.
    /// - Throws: `StoreError`: `.missing` if there is none (``create(path:role:task:configurationDigest:earliestReportTime:)``
    ///   makes it), `.belongsToAnother` if the file is for another task or role, `.incomplete` if its parts do not belong
    ///   together, `.refused` if the other aggregator has shown that it must not be worked with. Then nothing was changed.
    package convenience init(
        path: String, role: Role, task: TaskID, configurationDigest: [UInt8],
        onOutage: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws {
        try self.init(
            path: path, owner: StoreOwner(role: role, task: task, configurationDigest: configurationDigest),
            for: .service, onOutage: onOutage)
    }

    init(
        path: String, owner: StoreOwner, for purpose: StoreInspection.Purpose,
        onOutage: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws {
        let files = StoreFiles(try StorePath.real(path))
        guard files.databaseExists else { throw StoreError.missing }
        self.files = files
        lock = try StoreLock(files)
        segmentsDirectory = files.segments
        do {
            if FileIdentity(files.mark) != nil { try lock.take(files.mark) }
            let found = try StoreInspection(files: files, owner: owner, purpose: purpose, lock: lock).run()
            for folder in files.folders { try StoreFiles.makeFolder(folder) }
            try StoreOpening.unseal(files)
            let uploads = UploadFiles(folder: files.uploads)
            (self.uploads, pool) = (uploads, try Self.openPool(files.path))
            let opening = StoreOpening(pool: pool, files: files, owner: owner, purpose: purpose)
            (ledger, markFile) = try opening.begin(found, uploads)
            (noiseKey, earliestReportTime) = try pool.read { db in
                (try LedgerTables.noiseKey(db), try LedgerTables.earliestReportTime(db))
            }
            watch = StoreWatch(files, database: lock.identity, uploads: uploads, onOutage: onOutage)
        } catch {
            throw StoreError(wrapping: error, of: files.path).hinting(path, files)
        }
    }

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
        guard outage == nil else {
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

    package func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        do {
            try beginReading()
            defer { readers.leave() }
            return try await pool.read { [uploads, mark] db in
                try body(SQLiteTransaction(db: db, uploads: uploads, mark: mark))
            }
        } catch {
            throw mapped(error)
        }
    }

    package func look<T: Sendable>(
        _ name: StaticString, _ body: @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        do { return try readHere(body) } catch { throw mapped(error) }
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

    /// Readers never wait for the writer, so a thread that may block for a moment may do this itself.
    private func readHere<T>(_ body: (any StoreTransaction) throws -> T) throws -> T {
        try beginReading()
        defer { readers.leave() }
        return try pool.read { db in try body(SQLiteTransaction(db: db, uploads: uploads, mark: mark)) }
    }

    package func write<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let (uploads, mark) = (uploads, mark)
        return try await withCheckedThrowingContinuation { continuation in
            enqueue(
                PendingWrite(
                    run: { db in
                        let value = try body(SQLiteTransaction(db: db, uploads: uploads, mark: mark))
                        return { continuation.resume(returning: value) }
                    },
                    fail: { [self] in continuation.resume(throwing: mapped($0)) }))
        }
    }

    /// How often a process has opened this store.
    var starts: Int { (try? pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM incarnation") }) ?? 0 }

    /// How durable a commit is: SQLite's `synchronous` of the writing connection, 2 for FULL.
    package func synchronousLevel() async throws -> Int {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
    }
}

// MARK: - What is said to the other aggregator

extension SQLiteStore {
    package var statement: StoreStatement { ledger.statement }

    package var conflict: StoreConflict? { ledger.conflict }

    package var outage: StoreError? { watch.outage }

    package func examine(_ statement: StoreStatement) -> StoreConflict? { ledger.examine(statement) }

    package func hear(_ statement: StoreStatement?) throws(StoreConflict) {
        defer {
            // What is only a greater count goes with the next commit.
            if ledger.isUrgent { enqueue(PendingWrite(run: { _ in {} }, fail: { _ in })) }
        }
        try ledger.hear(statement)
    }
}

/// A write that waits for the database.
private struct PendingWrite: Sendable {
    /// Runs the body and returns how to report its result once that is committed.
    let run: @Sendable (Database) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
}

extension SQLiteStore {
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
        let unsaved = ledger.unsaved
        var count: UInt64?
        var commits: UInt64?
        do {
            if let outage { throw outage }
            try pool.writeWithoutTransaction { db in
                try db.transaction {
                    uploads.begin()
                    mark.clear()
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
                    if let unsaved { try LedgerTables.save(unsaved, in: db) }
                    if mark.isSet { count = try LedgerTables.raiseCount(of: ledger.current, in: db) }
                    if db.totalChangesCount != before { commits = try LedgerTables.raiseCommits(in: db) }
                    unused = try UploadFiles.unused(uploads.touched, in: db)
                    // What the rows name is on disk before they are.
                    try uploads.synchronize()
                }
            }
            if let commits { try markFile?.raise(to: commits) }
            // Who moved or deleted the files meanwhile has not got this commit: it is not acknowledged.
            if let outage { throw outage }
        } catch {
            for write in group { write.fail(error) }
            return
        }
        // Before anyone is answered: no answer says less than is durable.
        ledger.committed(unsaved, count: count)
        for (write, result) in zip(group, results) {
            switch result {
            case .success(let report): report()
            case .failure(let error): write.fail(error)
            }
        }
        uploads.remove(unused)
        synchronizeMark()
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
