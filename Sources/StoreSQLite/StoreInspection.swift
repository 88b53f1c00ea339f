import Aggregator
import Foundation
import GRDB
import PopulusDAP
import PopulusDurableFiles

/// What a store is looked at for before anything is written: whether it is the one that is wanted, and whole.
///
/// Whoever is refused finds every file as it was: nothing here writes, and what SQLite makes to read a log goes again.
struct StoreInspection {
    /// What the store is opened for.
    enum Purpose {
        /// To be worked with.
        case service
        /// To be shown; it may be refused by the other aggregator.
        case show
        /// To have tasks of it renewed: their reports are given up, so what belongs to them may be missing.
        case renewal
        /// To have all its tasks renewed, though it is not whole itself.
        case rescue
    }

    let files: StoreFiles
    let role: Role
    let purpose: Purpose
    /// The tasks that it is opened for.
    var tasks: [TaskID] = []
    /// What is asked of its seal.
    var use = SealUse.ignored
    let lock: StoreLock
    /// What more is to be seen to, of a file of an earlier version.
    var further: (Database) throws -> Void = { _ in }

    /// What was found.
    struct Finding {
        var version = Schema.version
        /// Commits so far; nothing in a store of a version before 5.
        var commits: UInt64?
        var store: StoreID?
        /// The digests of the database's pages, which it has.
        var table: PageTable?
        /// What it is sealed with, where that was asked for.
        var seal: StoreSeal?
        /// Of the tasks that it is opened for, which of them lacks something.
        var tasks: [TaskID: Result<Void, StoreError>] = [:]
    }

    /// Looks at everything.
    ///
    /// - Throws: `StoreError`.
    func run() throws -> Finding {
        try checkFile()
        let hasLog = FileIdentity.size(files.log) > 0
        let mark = try readMark()
        // SQLite would apply it.
        if hasLog, mark?.closed != nil {
            throw StoreError.incomplete("\(files.log) is not the log of this database, which was closed without one")
        }
        // Without the log, so that nothing is made for what is none of ours.
        // One that does not open so is opened below with its log, which throws the reason.
        let alone = try? Self.queue(files.path, isAlone: true)
        if let alone {
            do { try alone.read { _ = try FileTables.check($0, role: role) } } catch StoreError.notAStore where hasLog {
                // All of it may be in the log.
            }
        }
        let found: Finding
        if let alone, !hasLog {
            found = try alone.read { try inspect($0, mark, hasLog: false) }
        } else {
            try alone?.close()
            found = try Self.withIndexOfLog(files) {
                let queue = try Self.queue(files.path, isAlone: false)
                // It only reads: a close that fails loses nothing.
                defer { try? queue.close() }
                return try queue.read { try inspect($0, mark, hasLog: hasLog) }
            }
        }
        try alone?.close()
        return found
    }

    private func readMark() throws(StoreError) -> StoreMark? {
        do { return try StoreMarkFile.read(files.mark) } catch {
            // It says nothing of a store that is given up.
            guard purpose == .rescue else { throw error }
            return nil
        }
    }

    private func checkFile() throws(StoreError) {
        let path = files.path
        let status = try StoreError.wrapping(path) { () throws(DurableFileError) in try FileStatus(of: path) }
        guard status.kind == .file else { throw .notAStore("it is no ordinary file") }
        let head = try StoreError.wrapping(path) { () throws(DurableFileError) in try lock.database.read(16, at: 0) }
        guard head == Array("SQLite format 3\0".utf8) else { throw .notAStore("it is no SQLite database") }
    }

    /// Opens the database for reading.
    ///
    /// - Parameter isAlone: without its log; makes no file.
    private static func queue(_ path: String, isAlone: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: isAlone ? nameAlone(path) : path, configuration: configuration)
    }

    /// The name by which SQLite opens a database as it stands in its file, without its log, and makes no file.
    static func nameAlone(_ path: String) -> String {
        // As URIs want it, but for slashes.
        let name = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            String(part).addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? String(part)
        }.joined(separator: "/")
        return "file:\(name)?immutable=1"
    }

    /// Reads a database that is locked or let alone by everyone, and what is in its log; nothing of it changes.
    static func look<T>(at files: StoreFiles, _ body: (Database) throws -> T) throws -> T {
        let hasLog = FileIdentity.size(files.log) > 0
        func read() throws -> T {
            let queue = try queue(files.path, isAlone: !hasLog)
            // It only reads: a close that fails loses nothing.
            defer { try? queue.close() }
            return try queue.read(body)
        }
        // Alone it makes no file. A log that is there afterwards is that of a server which starts meanwhile: some look without
        // a lock, and it must not lose that.
        return hasLog ? try withIndexOfLog(files, read) : try read()
    }

    /// Removes the index of the log if there was none before.
    private static func withIndexOfLog<T>(_ files: StoreFiles, _ body: () throws -> T) throws -> T {
        let made = [files.path + "-shm", files.log].filter { FileIdentity($0) == nil }
        defer {
            // An index that cannot be removed is made anew by whoever opens the database.
            for name in made where name != files.log || FileIdentity.size(name) == 0 { _ = try? FileNames.remove(name) }
        }
        return try body()
    }
}

// MARK: - Inside

extension StoreInspection {
    private func inspect(_ db: Database, _ mark: StoreMark?, hasLog: Bool) throws -> Finding {
        let (version, only) = try FileTables.check(db, role: role)
        if let only { try checkOwner(only) } else if purpose == .rescue { try checkOthers(db) }
        if only != nil { try further(db) }
        var found = Finding()
        found.version = version
        found.commits = try FileTables.commits(db)
        if version >= 4 { found.store = try identity(db, version) }
        found.seal = try use.admit(db, role: role)
        if purpose != .rescue { try checkMark(mark, found) }
        found.table = try checkBytes(db, mark, found)
        guard purpose != .rescue else { return found }
        if version >= Schema.firstOfSeveral {
            found.tasks = try checkTasks(db, found)
        } else {
            try checkOne(db, found, hasLog: hasLog)
        }
        return found
    }

    /// Looks at the tasks that the file is opened for, and refuses it where none of them can be opened: then nothing is written.
    private func checkTasks(_ db: Database, _ found: Finding) throws -> [TaskID: Result<Void, StoreError>] {
        guard purpose != .renewal else { return [:] }
        // A server serves those too that the file keeps.
        let kept = purpose == .service && found.version >= 8 ? try KeptTaskTables(db: db).all().filter(\.isKept) : []
        let wanted = Set(tasks).union(kept.map(\.id))
        guard !wanted.isEmpty else { return [:] }
        var check = try TaskCheck(db, files, role: role)
        defer { check.end() }
        var (results, failures): ([TaskID: Result<Void, StoreError>], [StoreError]) = ([:], [])
        for task in try FileTables.tasks(db) where wanted.contains(task.id) {
            let result = try check.result(of: task.row)
            results[task.id] = result
            if case .failure(let error) = result { failures.append(error) }
        }
        if let first = failures.first, failures.count == wanted.count { throw first }
        return results
    }

    /// Looks at the one task of a file of an earlier version, but for its segments: those are looked at in this version's
    /// tables, before that is committed.
    private func checkOne(_ db: Database, _ found: Finding, hasLog: Bool) throws {
        let uploads = UploadFiles(folder: files.uploads)
        defer { uploads.close() }
        let ends = found.version >= 3 ? try UploadFiles.ends(in: db) : [:]
        try uploads.check(ends)
        guard found.commits != nil else {
            if !hasLog { try checkEarlier(db, uploads, ends) }
            return
        }
        var left = TaskCheck.greatestReading
        try uploads.checkBodies(in: db, left: &left)
    }

    /// A file of an earlier version would be brought to this one: not if nobody wants its task.
    private func checkOwner(_ task: TaskID) throws(StoreError) {
        guard tasks.isEmpty || tasks.contains(task) else {
            let names = tasks.map { "\($0)" }.joined(separator: ", ")
            throw .belongsToAnother(found: "\(role) of task \(task)", expected: "\(role) of task \(names)")
        }
    }

    /// What was lost of the file was lost of all its tasks, so all of them are given up.
    private func checkOthers(_ db: Database) throws {
        // Also one on its way here: as far as this file knows. What it has done since may be what is lost.
        let known = try Row.fetchAll(db, sql: "SELECT task_id FROM task ORDER BY id")
        for row in known {
            let id = try row.identifier("task_id", as: TaskID.self)
            guard let id, tasks.contains(id) else {
                throw StoreError.incomplete(
                    "so it is for task \(id.map { "\($0)" } ?? "?"): renew all tasks of the file together")
            }
        }
    }

    /// What the mark says: the file's own identity, or that of the one task of a file of an earlier version.
    private func identity(_ db: Database, _ version: Int) throws -> StoreID {
        guard version < Schema.firstOfSeveral else { return try FileTables.identity(db) }
        guard let id = try db.meta("store").flatMap({ StoreID(base64URL: $0) }) else {
            throw StoreError.damaged("it has no identity")
        }
        return id
    }

    /// Whether the database is as far as its mark says that it was.
    private func checkMark(_ mark: StoreMark?, _ found: Finding) throws(StoreError) {
        guard let mark else {
            if found.commits != nil, FileIdentity(files.uploads) == nil {
                throw .incomplete("the folder \(files.uploads) is missing")
            }
            // A store that was never opened, or is of an earlier version.
            guard (found.commits ?? 0) == 0 else { throw .incomplete("\(files.mark) is missing") }
            return
        }
        guard mark.store == found.store else {
            throw .incomplete(
                "\(files.uploads) belongs to the store \(mark.store), and this is the store \(text(found))")
        }
        let commits = found.commits ?? 0
        guard commits >= mark.commits else {
            throw .incomplete(
                "the database holds \(commits) of \(mark.commits) commits. The later ones were acknowledged, and are in its "
                    + "log \(files.log), which is missing or damaged, or the database is of an earlier time")
        }
    }

    private func text(_ found: Finding) -> String { found.store.map { "\($0)" } ?? "of an earlier version" }

    /// A store that a version before 5 wrote has no mark; at its end it always left a log.
    private func checkEarlier(_ db: Database, _ uploads: UploadFiles, _ ends: [Int64: Int]) throws {
        let known = Set(try Int64.fetchAll(db, sql: "SELECT id FROM job").map { "\($0).segment" })
        let segments = StoreFiles.names(in: files.segments).filter { $0.hasSuffix(".segment") && !known.contains($0) }
        let strangers = uploads.unknown(beside: ends) + segments.map { "\(files.segments)/\($0)" }
        if let first = strangers.first {
            throw StoreError.incomplete(
                "the database knows nothing of \(first), and its log \(files.log) is missing")
        }
    }
}
