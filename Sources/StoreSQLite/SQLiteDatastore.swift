import Aggregator
import Dispatch
import Foundation
import GRDB
import PopulusDAP
import PopulusDurableFiles
import Synchronization

/// The embedded store: one SQLite file for all tasks of one role, with folders of uploads and of segments beside it.
///
/// WAL mode with `synchronous=FULL`: a commit is on disk when `write` returns. Writes that wait for the database, of whatever
/// task, are committed together; where one of them fails, each runs again in a savepoint of its own.
package final class SQLiteDatastore: Datastore {
    package let role: Role
    /// A store that one process has at a time.
    package let replica: any StoreReplica = OnlyReplica()

    let pool: DatabasePool
    /// Of the database.
    let pages: StorePages
    let files: StoreFiles
    let uploads: UploadFiles
    /// Raised with every commit; nothing while tasks are being renewed.
    let markFile: StoreMarkFile?
    /// When it was last brought to the disk.
    let marked = Mutex(ContinuousClock.now)
    let lock: StoreLock
    let watch: StoreWatch
    /// What its secrets are sealed with; nothing where it is not sealed, or is not to be read.
    let seal: StoreSeal?
    /// When pages were last looked at.
    private let patrolled = Mutex(ContinuousClock.now)
    /// Files of earlier versions beside this one; nothing where it does not stand for a folder.
    let earlier: EarlierFiles?
    let onImport: ImportObserver
    /// Held while a store is brought over: one at a time.
    let importing = Mutex<Void>(())
    private let isClosed = Mutex(false)
    private let readers = DispatchGroup()
    let writer = DispatchQueue(label: "populus.store.write")
    let pending = Mutex<[PendingWrite]>([])
    /// The tasks that are open, by their rows.
    let opened = Mutex<[Int64: TaskID]>([:])
    /// Tasks whose files were looked at: which of them lacks something.
    let checked: Mutex<[TaskID: Result<Void, StoreError>]>
    /// Tasks of which it was said that an upload is damaged.
    private let told = Mutex<Set<Int64>>([])
    private let onOutage: OutageObserver
    /// Writes that share one commit at most, so that an answer is not held up without bound.
    static let greatestGroup = 512
    /// Pages of the log before they are brought into the database: many, since a step changes the same pages again and
    /// again, and each is then brought over once.
    package static let checkpointPages = 8192
    /// Reads at the same time, of all tasks: a long one of some tasks holds up no other's.
    private static let greatestReaders = 16

    /// Opens a file; its tasks are opened one by one.
    ///
    /// - Parameters:
    ///   - tasks: those that are going to be opened; a file of an earlier version that is another task's is then refused as
    ///     it is, and not brought to this version. Where each of them has a file of an earlier version to be brought over, the
    ///     file is made for them. Where none of them can be opened, as uploads or segments are lost or damaged, the file is
    ///     left as it is; where some can, the others are refused when they are opened.
    ///   - sealKeys: those that its operator gives, if any: a sealed store is opened with one of them, and no other store is.
    ///   - onOutage: called once if its files are moved or deleted meanwhile, and once for a task whose uploads turn out to be
    ///     damaged.
    ///   - onImport: told of each step by which a store of an earlier version comes here.
    ///   - checkpointPages: of the log, after which it is brought into the database.
    ///   - onPages: told of each step by which the digests of pages and the database come on.
    /// - Throws: `StoreError`: `.missing` if there is none
    ///   (``create(path:role:task:configurationDigest:earliestReportTime:)`` makes it), `.belongsToAnother` if the file is
    ///   another role's, `.incomplete` if its parts do not belong together. Then nothing was changed.
    package convenience init(
        path: String, role: Role, holding tasks: [TaskID] = [], sealKeys: SealKeys? = nil,
        onOutage: @escaping OutageObserver = { _, _ in }, onImport: @escaping ImportObserver = { _ in },
        checkpointPages: Int = checkpointPages, onPages: @escaping PageObserver = { _ in }
    ) throws {
        try self.init(
            path: path, role: role, for: .service, holding: tasks, .checked(sealKeys), onOutage: onOutage,
            onImport: onImport,
            checkpointPages: checkpointPages, onPages: onPages)
    }

    init(
        path: String, role: Role, for purpose: StoreInspection.Purpose, holding tasks: [TaskID] = [],
        _ use: SealUse = .ignored,
        onOutage: @escaping OutageObserver = { _, _ in }, onImport: @escaping ImportObserver = { _ in },
        checkpointPages: Int = checkpointPages, onPages: @escaping PageObserver = { _ in }
    ) throws {
        let files = StoreFiles(try StorePath.real(path))
        (earlier, self.onImport, self.onOutage) = (EarlierFiles(beside: path, role: role), onImport, onOutage)
        if !files.databaseExists, use.isWithoutKeys { try Self.makeForImport(files, role: role, of: tasks, earlier) }
        guard files.databaseExists else { throw StoreError.missing }
        (self.files, self.role) = (files, role)
        lock = try StoreLock(files)
        var opened: (pool: DatabasePool, pages: StorePages)?
        do {
            if FileIdentity(files.mark) != nil { try lock.take(files.mark) }
            let found = try StoreInspection(
                files: files, role: role, purpose: purpose, tasks: tasks, use: use, lock: lock
            ).run()
            checked = Mutex(found.tasks)
            seal = found.seal
            for folder in files.folders { try StoreFiles.makeFolder(folder) }
            // One that is not the database's would say of whole pages that they are not.
            if found.table == nil { try StoreOpening.removeTable(files) }
            try StoreOpening.unseal(files)
            let pages = StorePages(files, found.table, checkpointFrames: checkpointPages, observer: onPages)
            let (uploads, pool) = (UploadFiles(folder: files.uploads), try Self.openPool(files.path, pages))
            (self.uploads, self.pool, self.pages, opened) = (uploads, pool, pages, (pool, pages))
            let opening = StoreOpening(
                pool: pool, pages: pages, files: files, role: role, purpose: purpose, onImport: onImport)
            markFile = try opening.begin(found, uploads, database: lock.database)
            watch = StoreWatch(files, database: lock.identity, uploads: uploads) { onOutage($0, nil) }
        } catch {
            // In this order, and at once: then the file may be opened again. A pool that does not close is no reason why not.
            if let opened { Self.end(opened.pool, opened.pages) }
            lock.release()
            throw StoreError(wrapping: error, of: files.path).hinting(path, files)
        }
    }

    /// The tasks that the file holds.
    package var tasks: [TaskID] {
        get throws { try pool.read { try FileTables.tasks($0).map(\.id) } }
    }

    /// What happened to the files while they are open, so that nothing may be acknowledged any more; it looks.
    ///
    /// Of a damage that is one task's it only says so, once.
    package var outage: StoreError? {
        for (row, error) in uploads.damages {
            guard let task = opened.withLock({ $0[row] }), told.withLock({ $0.insert(row).inserted }) else { continue }
            onOutage(error, task)
        }
        patrol()
        return watch.outage
    }

    /// Has some of the database's pages looked at, once a second at most; what is wrong with them is said the next time.
    private func patrol() {
        let now = ContinuousClock.now
        let isDue = patrolled.withLock { patrolled in
            guard now - patrolled > .seconds(1) else { return false }
            patrolled = now
            return true
        }
        guard isDue, watch.known == nil else { return }
        writer.async { [self] in
            guard !isClosed.withLock({ $0 }) else { return }
            do throws(StoreError) { try pages.patrol(lock.database) } catch { watch.note(error) }
        }
    }

    /// The same for one task, whose uploads may be damaged.
    func outage(of task: Int64) -> StoreError? { outage ?? uploads.damages[task] }

    /// Why a task cannot be opened though the file is whole: its uploads or segments are lost or damaged.
    package func damage(of task: TaskID) -> StoreError? {
        guard case .failure(let error) = checked.withLock({ $0[task] }) else { return nil }
        return error
    }

    private static func openPool(_ path: String, _ pages: StorePages) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.label = "populus.store"
        configuration.maximumReaderCount = greatestReaders
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB sets NORMAL together with WAL: a power cut could then undo what was acknowledged (rule 7).
        // What is erased is overwritten with zeros, whatever the library was built with.
        do {
            try pool.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA synchronous = FULL")
                try $0.execute(sql: "PRAGMA secure_delete = ON")
                try pages.attach(to: $0)
            }
        } catch {
            end(pool, pages)
            throw error
        }
        return pool
    }

    /// Closes a pool that failed; nobody works with it.
    ///
    /// At its end SQLite brings the log into the database. Where the digests do not say what is in that, it must stay as it
    /// is: then the pool stays open as long as the process.
    private static func end(_ pool: DatabasePool, _ pages: StorePages) {
        guard (try? pages.settle(isWhole: true)) != nil else { return keep(pool, pages) }
        // One that does not close is no reason why the file may not be opened again.
        try? pool.close()
    }

    private static func keep(_ pool: DatabasePool, _ pages: StorePages) {
        _ = (Unmanaged.passRetained(pool), Unmanaged.passRetained(pages))
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
            try? pool.writeWithoutTransaction { try pages.checkpoint($0) }
            return Self.keep(pool, pages)
        }
        // Where they cannot be written the files are left as a kill would leave them.
        guard (try? pool.writeWithoutTransaction({ _ in try pages.settle(isWhole: true) })) != nil else {
            return Self.keep(pool, pages)
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
        guard let markFile, var mark = markFile.current, FileIdentity.size(files.log) == 0 else { return }
        guard let digest = try pages.digest else { return }
        mark.closed = StoreMark.Closed(size: FileIdentity.size(files.path), digest: digest)
        try markFile.write(mark)
        try markFile.synchronize()
    }

    /// Runs a transaction that only reads, of one task.
    func read<T: Sendable>(
        _ task: Int64, seal: TaskSeal?, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        do {
            try beginReading(task)
            defer { readers.leave() }
            return try await pool.read { [uploads] db in
                try body(SQLiteTransaction(db: db, task: task, uploads: uploads, mark: LedgerMark(), seal: seal))
            }
        } catch {
            throw mapped(error)
        }
    }

    func mapped(_ error: any Error) -> any Error { StoreError.mapped(error, of: files.path) }

    /// Who has begun calls `readers.leave()` when it has read.
    private func beginReading(_ task: Int64) throws {
        if let outage = watch.known ?? uploads.damages[task] { throw outage }
        try isClosed.withLock { isClosed in
            guard !isClosed else { throw StoreError.database("the store is closed") }
            readers.enter()
        }
    }

    /// How durable a commit is: SQLite's `synchronous` of the writing connection, 2 for FULL.
    package func synchronousLevel() async throws -> Int {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? -1 }
    }
}
