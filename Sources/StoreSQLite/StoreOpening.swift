import Aggregator
import DAP
import GRDB

/// The first writes to a store that was found to be whole.
struct StoreOpening {
    let pool: DatabasePool
    let files: StoreFiles
    let owner: StoreOwner
    let purpose: StoreInspection.Purpose

    /// Brings the store to this version, adds an incarnation, and removes what a crash left behind.
    ///
    /// - Returns: the ledger, and the mark's file unless the store is being renewed: what it says holds until then.
    func begin(
        _ found: StoreInspection.Finding, _ uploads: UploadFiles
    ) throws -> (StoreLedger, StoreMarkFile?) {
        if found.commits == nil { try pool.write { try owner.migrate($0, uploads) } }
        let mark = purpose == .renewal ? nil : try openMark()
        let (record, commits) = try pool.write { db in
            (try LedgerTables.begin(db), try LedgerTables.raiseCommits(in: db))
        }
        try mark?.raise(to: commits)
        try mark?.synchronize()
        // Without its log the database is behind its mark from here on.
        try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        if purpose != .renewal { uploads.removeUnknown(beside: try pool.read { try UploadFiles.ends(in: $0) }) }
        return (StoreLedger(record), mark)
    }

    /// Takes back that the database was closed, before anything opens it for writing.
    ///
    /// SQLite begins a log with the first connection that may write. Who is interrupted after that, and before the mark says
    /// that the database is open, would find a log that seems to be another database's.
    static func unseal(_ files: StoreFiles) throws {
        guard var mark = try? StoreMarkFile.read(files.mark), mark.closed != nil else { return }
        mark.closed = nil
        let file = try StoreMarkFile(files.mark)
        try file.write(mark)
        try file.synchronize()
    }

    /// The mark says that the database is open before anything is written to that.
    private func openMark() throws -> StoreMarkFile {
        let (store, commits) = try pool.read { db in
            (try LedgerTables.identity(db), try LedgerTables.commits(db) ?? 0)
        }
        let file = try StoreMarkFile(files.mark)
        try file.write(StoreMark(store: store, commits: commits))
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
