import Aggregator
import GRDB
import PopulusDAP
import PopulusDurableFiles

extension SQLiteDatastore {
    package typealias Description = StoreDescription

    /// Reads who a store is, and what it knows of the other aggregator's; no server may have it open.
    package static func describe(
        path: String, role: Role, task: TaskID, configurationDigest: [UInt8]
    ) throws -> Description {
        if let old = try EarlierFiles(beside: path, role: role)?.wholeFiles(of: task),
            let found = try describeEarlier(old, role: role, task: task, configurationDigest)
        {
            return found
        }
        let files = StoreFiles(try StorePath.real(path))
        if files.databaseExists,
            let found = try describeEarlier(files, role: role, task: task, configurationDigest, given: path)
        {
            return found
        }
        let datastore = try SQLiteDatastore(path: path, role: role, for: .show, holding: [task])
        // Everything that was committed is on disk whatever becomes of this.
        defer { try? datastore.close() }
        let store = try datastore.openTask(task, configurationDigest: configurationDigest, uploads: nil, for: .show)
        let starts = try datastore.pool.read { try LedgerTables(db: $0, task: store.row).starts }
        return Description(
            store: store.statement.store, peer: store.statement.echo?.store, starts: starts,
            earliestReportTime: store.earliestReportTime, conflict: store.conflict,
            others: try datastore.tasks.filter { $0 != task }, earlier: nil)
    }

    /// Looks at a file of an earlier version and changes nothing of it; nothing where it is none.
    ///
    /// Segments are looked at when it comes to this version.
    private static func describeEarlier(
        _ files: StoreFiles, role: Role, task: TaskID, _ configurationDigest: [UInt8], given path: String? = nil
    ) throws -> Description? {
        let lock = try StoreLock(files)
        defer { lock.release() }
        if FileIdentity(files.mark) != nil { try lock.take(files.mark) }
        // What is wrong with it is said when it is opened.
        let version = try? StoreInspection.look(at: files) { try FileTables.check($0, role: role).version }
        guard let version, version < Schema.firstOfSeveral else { return nil }
        do {
            _ = try StoreInspection(files: files, role: role, purpose: .show, tasks: [task], lock: lock).run()
            return try StoreInspection.look(at: files) { db in
                let source = EarlierStore(db: db, prefix: "main.")
                try source.checkOwner(role: role, task: task, configurationDigest: configurationDigest)
                return Description(
                    store: try source.meta("store").flatMap { StoreID(base64URL: $0) }, peer: try source.peer,
                    starts: try db.tableExists("incarnation")
                        ? Int.fetchOne(db, sql: "SELECT count(*) FROM incarnation") ?? 0 : 0,
                    earliestReportTime: try source.earliestReportTime, conflict: try source.conflict, others: [],
                    earlier: (files.path, version))
            }
        } catch {
            throw StoreError(wrapping: error, of: files.path).hinting(path ?? files.path, files)
        }
    }
}
