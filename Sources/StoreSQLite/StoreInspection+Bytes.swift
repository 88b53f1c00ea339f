import Aggregator
import GRDB
import PopulusDurableFiles

/// Whether the database's bytes are those that were written.
extension StoreInspection {
    /// Databases up to here that have no digests of their pages have their indices compared with their tables, in bytes.
    private static let greatestComparison = 256 << 20

    /// Sees that every byte that a query may read is as it was written.
    ///
    /// - Returns: the digests of its pages; nothing in a file of an earlier version, and where they are lost and it is rescued.
    func checkBytes(_ db: Database, _ mark: StoreMark?, _ found: Finding) throws -> PageTable? {
        guard let table = try table(mark, found) else {
            // What an earlier version left without a seal is only as good as SQLite can tell.
            if try purpose == .rescue || !checkSeal(mark) { try checkPages(db) }
            return nil
        }
        if purpose != .rescue { _ = try checkSeal(mark, table) }
        do throws(StoreError) {
            try PageCheck(files: files, database: lock.database, table: table).run()
        } catch {
            // What its log has lost is given up, and the digests of that with it.
            guard case .incomplete = error, purpose == .rescue else { throw error }
            try checkPages(db)
            return nil
        }
        return table
    }

    private func table(_ mark: StoreMark?, _ found: Finding) throws(StoreError) -> PageTable? {
        guard found.version >= Schema.firstOfSeveral else { return nil }
        guard purpose == .rescue else {
            guard mark?.isPaged ?? false else { return nil }
            guard let table = try PageTable(files.pages) else { throw .incomplete("\(files.pages) is missing") }
            return table
        }
        // Pages of which the newest version is lost with the log do not have their digests.
        guard let mark, mark.store == found.store, found.commits ?? 0 >= mark.commits else { return nil }
        // A table that cannot be read says nothing of a store that is given up.
        return try? PageTable(files.pages)
    }

    /// Whether the database is byte by byte as a clean stop left it; false where there was none.
    ///
    /// - Parameter table: the digests of its pages: with these it is then the same.
    private func checkSeal(_ mark: StoreMark?, _ table: PageTable? = nil) throws(StoreError) -> Bool {
        guard let closed = mark?.closed else { return false }
        let digest = if let table { try table.digest } else { try lock.digest(of: closed.size) }
        guard closed.size == FileIdentity.size(files.path), digest == closed.digest else {
            throw .damaged("\(files.path) is not as the server left it when it stopped")
        }
        return true
    }

    private func checkPages(_ db: Database) throws {
        let isSmall = FileIdentity.size(files.path) <= Self.greatestComparison
        let sql = isSmall ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)"
        let answer = try String.fetchOne(db, sql: sql) ?? "no answer"
        guard answer == "ok" else { throw StoreError.damaged("SQLite says: \(answer)") }
    }
}
