import Aggregator
import GRDB
import PopulusDAP
import PopulusDurableFiles

/// The first writes to a store that was found to be whole.
struct StoreOpening {
    let pool: DatabasePool
    let pages: StorePages
    let files: StoreFiles
    let role: Role
    let purpose: StoreInspection.Purpose
    let onImport: ImportObserver

    /// Brings the store to this version, counts that, and removes what a crash left behind.
    ///
    /// A file that is not whole does not count: one that is behind its mark must not catch up with it by being looked at.
    ///
    /// - Returns: the mark's file unless the file is to be rescued: what it says holds until all its tasks are renewed.
    ///
    /// - Parameter database: its file, for reading.
    func begin(
        _ found: StoreInspection.Finding, _ uploads: UploadFiles, database: OpenFile
    ) throws -> StoreMarkFile? {
        if found.version < Schema.firstOfSeveral {
            try pool.write { db in
                try StoreMigration.inPlace(db, uploads)
                // A segment that a walk needs and that is not there: then nothing was changed.
                if purpose != .rescue { try checkSegments(db, uploads) }
                try onImport(.converted)
            }
            try onImport(.convertedForGood)
        } else if found.version < Schema.version, purpose != .show {
            // Whoever only looks can still go back to the version that made the file.
            try pool.write { db in
                if found.version < 7 { try Schema.bringToVersion7(db) }
                if found.version < 8 { try Schema.bringToVersion8(db) }
                try Schema.bringToVersion9(db)
            }
        }
        let ends = try pool.read { try UploadFiles.ends(in: $0) }
        uploads.number(after: ends)
        guard purpose != .rescue else { return nil }
        let mark = try openMark()
        let commits = try pool.write { try FileTables.raiseCommits(in: $0) }
        try mark.raise(to: commits)
        try mark.synchronize()
        // Without its log the database is behind its mark from here on.
        try pool.writeWithoutTransaction { db in
            try pages.checkpoint(db)
            if !pages.hasTable {
                try pages.make(from: database)
                try mark.notePages()
            }
        }
        uploads.removeUnknown(beside: ends)
        return mark
    }

    /// Looks at the segments of the task of an earlier version.
    private func checkSegments(_ db: Database, _ uploads: UploadFiles) throws {
        var left = TaskCheck.greatestReading
        for task in try FileTables.tasks(db) {
            try TaskCheck.segments(of: task.row, in: db, uploads, files, role: role, left: &left)
        }
    }

    /// Takes back that the database was closed, before anything opens it for writing.
    ///
    /// SQLite begins a log with the first connection that may write. Who is interrupted after that, and before the mark says
    /// that the database is open, would find a log that seems to be another database's.
    static func unseal(_ files: StoreFiles) throws {
        // A mark that cannot be read does not say that it was closed.
        guard var mark = try? StoreMarkFile.read(files.mark), mark.closed != nil else { return }
        mark.closed = nil
        let file = try StoreMarkFile(files.mark)
        try file.write(mark)
        try file.synchronize()
    }

    /// Removes digests of pages that the mark says nothing of, or that are not needed for a store that is given up.
    static func removeTable(_ files: StoreFiles) throws {
        guard FileIdentity(files.pages) != nil else { return }
        try StoreError.wrapping("cannot remove \(files.pages)") { () throws(DurableFileError) in
            try DurableFile.remove(files.pages)
        }
    }

    /// The mark says that the database is open before anything is written to that.
    private func openMark() throws -> StoreMarkFile {
        let (store, commits) = try pool.read { db in
            (try FileTables.identity(db), try FileTables.commits(db) ?? 0)
        }
        let file = try StoreMarkFile(files.mark)
        try file.write(StoreMark(store: store, commits: commits, isPaged: pages.hasTable))
        try file.synchronize()
        try UploadFile.synchronize(folder: files.uploads)
        return file
    }
}

extension StoreError {
    /// Earlier versions of Populus made folders beside a link that led to the database.
    func hinting(_ given: String, _ files: StoreFiles) -> StoreError {
        guard case .incomplete(let what) = self, FileIdentity(given + ".uploads") != nil,
            FileIdentity(given + ".uploads") != FileIdentity(files.uploads)
        else { return self }
        return .incomplete(what + "; \(given) is a link, and there are folders beside it: they belong beside the file")
    }
}
