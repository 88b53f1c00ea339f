import Aggregator
import GRDB
import PopulusDAP
import PopulusDurableFiles

/// Brings the store of one task from a file of its own, of an earlier version, into the file of its role.
///
/// The order is what makes it safe: the old file says that it is superseded, with a version that earlier programs refuse,
/// before the task is served from the new one, and not before everything that it holds is there. Whoever is interrupted is
/// either at a point at which the old file is whole and nothing of the new one serves, or past that for good. No report can
/// be evaluated by both (rule 1 of the walk).
struct StoreImport {
    let datastore: SQLiteDatastore
    let task: TaskID
    let configurationDigest: [UInt8]
    let purpose: StoreInspection.Purpose
    /// The old file.
    let earlier: StoreFiles
    /// Held on it.
    let lock: StoreLock

    /// Goes on from where the two files are.
    ///
    /// - Parameter fill: does more in the transaction that brings everything, with the task's row.
    func run(filling fill: (Database, Int64) throws -> Void) throws {
        let superseded = try Superseded(earlier)
        let (database, known) = try datastore.pool.read { db in
            (try FileTables.identity(db), try FileTables.row(of: task, in: db))
        }
        if let superseded {
            guard let known, superseded.database == database else {
                // A task that came here otherwise has nothing to do with it.
                if known?.state == "here" { return }
                throw superseded.database == database
                    ? StoreError.incomplete(
                        "what \(earlier.path) held was brought into \(datastore.files.path), and is not there: that file is of "
                            + "an earlier time")
                    : StoreError.movedOn(superseded.path)
            }
            if known.state != "here" { try arrive(known.row, Superseded(by: datastore.files.path, database)) }
            return try clear()
        }
        if let known {
            guard known.state != "here" else {
                throw StoreError.incomplete(
                    "\(datastore.files.path) holds the store of task \(task), and \(earlier.path) is one of it too, of an "
                        + "earlier time. Nobody can tell what it has evaluated: it must not lie there")
            }
            try withdraw(known.row)
        }
        let row = try take(filling: fill)
        try arrive(row, Superseded(by: datastore.files.path, database))
        try clear()
    }

    func reached(_ step: ImportStep) throws { try datastore.onImport(step) }

    // MARK: Bringing

    /// Everything that the old file holds stands in the new one, durably; the task is not served yet.
    ///
    /// - Returns: its row.
    private func take(filling fill: (Database, Int64) throws -> Void) throws -> Int64 {
        var inspection = StoreInspection(
            files: earlier, role: datastore.role, purpose: purpose, tasks: [task], lock: lock)
        inspection.further = { db in try check(db) }
        let found = try inspection.run()
        try settle(found)
        try reached(.settled)
        let row = try datastore.pool.read { try FileTables.nextRow($0) }
        // Uploads that are given up need not be there.
        let uploads =
            purpose == .rescue
            ? [] : try StoreInspection.look(at: earlier) { try UploadFiles.ends(in: $0) }.keys.sorted()
        let offset = datastore.uploads.reserve(uploads.last ?? 0)
        defer { datastore.uploads.arrived() }
        let commits: UInt64
        do {
            try link(uploads: uploads, offset: offset)
            if purpose != .rescue { try linkSegments(of: row) }
            try reached(.linked)
            commits = try fillIn(row, offset, filling: fill)
        } catch {
            // Nothing names them: the transaction was undone.
            datastore.uploads.remove(uploads.map { $0 + offset })
            removeSegments(of: row)
            throw error
        }
        try datastore.noteCommit(commits)
        try reached(.arrived)
        return row
    }

    /// Whether the old file is that of this task, and may be worked with.
    private func check(_ db: Database) throws {
        let source = EarlierStore(db: db, prefix: "main.")
        try source.checkOwner(role: datastore.role, task: task, configurationDigest: configurationDigest)
        if purpose == .service, let conflict = try source.conflict { throw StoreError.refused(conflict) }
    }

    /// Brings the old file to version 5, and all of it into the file itself.
    private func settle(_ found: StoreInspection.Finding) throws {
        guard found.version < EarlierSchema.version || FileIdentity.size(earlier.log) > 0 else { return }
        for folder in earlier.folders { try StoreFiles.makeFolder(folder) }
        try writing { queue in
            let uploads = UploadFiles(folder: earlier.uploads)
            defer { uploads.close() }
            if found.version < EarlierSchema.version {
                try queue.write { try EarlierSchema.bringToVersion5($0, uploads) }
            }
        }
    }

    private func fillIn(
        _ row: Int64, _ offset: Int64, filling fill: (Database, Int64) throws -> Void
    ) throws -> UInt64 {
        try datastore.pool.writeWithoutTransaction { db in
            // It has no log, and nobody writes to it: nothing of it changes by being read.
            try db.execute(
                sql: "ATTACH DATABASE ? AS old", arguments: [StoreInspection.nameAlone(earlier.path)])
            // Where that fails the connection keeps it, and says so to the next import: nothing goes wrong unseen.
            defer { try? db.execute(sql: "DETACH DATABASE old") }
            var commits: UInt64 = 0
            try db.inTransaction(.immediate) {
                let source = EarlierStore(db: db, prefix: "old.")
                try Conversion(source: source, task: row, fileOffset: offset).run(state: "arriving")
                try fill(db, row)
                if purpose != .rescue { try checkSegments(of: row, db) }
                commits = try FileTables.raiseCommits(in: db)
                try reached(.filled)
                return .commit
            }
            return commits
        }
    }

    /// A segment that a walk needs and that is not there: then nothing is brought.
    private func checkSegments(of row: Int64, _ db: Database) throws {
        var left = TaskCheck.greatestReading
        try TaskCheck.segments(
            of: row, in: db, datastore.uploads, datastore.files, role: datastore.role, left: &left)
    }

    /// Takes back what an import brought that did not come to its end: the old file is still the store.
    private func withdraw(_ row: Int64) throws {
        var files: Set<Int64> = []
        try datastore.change { db in
            files = Set(
                try Int64.fetchAll(
                    db,
                    sql: """
                        SELECT DISTINCT place >> \(UploadPlace.offsetBits) FROM report WHERE task = ? AND place IS NOT NULL
                        """, arguments: [row]))
            for table in Schema.tablesOfTasks {
                try db.execute(sql: "DELETE FROM \(table) WHERE task = ?", arguments: [row])
            }
            try db.execute(sql: "DELETE FROM task WHERE id = ?", arguments: [row])
        }
        datastore.uploads.remove(files)
        removeSegments(of: row)
        try reached(.withdrawn)
    }

    // MARK: The change of places

    /// From here on the old file is no store any more, and then the new one is.
    private func arrive(_ row: Int64, _ superseded: Superseded) throws {
        try writing { queue in
            try queue.write { try superseded.write($0) }
            try reached(.marked)
        }
        try reached(.superseded)
        try datastore.change { db in
            try db.execute(sql: "UPDATE task SET state = 'here' WHERE id = ?", arguments: [row])
        }
        try reached(.here)
    }
}
