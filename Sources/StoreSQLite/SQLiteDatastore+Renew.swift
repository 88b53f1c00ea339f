import Aggregator
import GRDB
import PopulusDAP

extension SQLiteDatastore {
    package typealias Renewal = StoreRenewal

    /// Goes on after a store was lost or put back: consent that both operators give, each at home.
    ///
    /// The store of each task gets a new identity and forgets the other aggregator's. Every report that was received is
    /// given up, and every report of a time before `earliestReportTime`, or not after the latest that is known here, is
    /// refused for ever: whatever was evaluated and forgotten is among them (rule 1 of the walk).
    ///
    /// - Throws: `StoreError.incomplete` for a file that is not whole and holds other tasks too: it is as far behind for
    ///   them, so they are renewed together or not at all. What one task lacks of its uploads and segments is no such thing.
    package static func renew(
        path: String, role: Role, _ tasks: [Renewal], onImport: @escaping ImportObserver = { _ in }
    ) throws {
        let datastore = try open(path: path, role: role, renewing: tasks.map(\.task), onImport)
        // Everything that was committed is on disk whatever becomes of this.
        defer { try? datastore.close() }
        if !datastore.hasMark { try datastore.renewWhatIsHere(tasks) }
        for renewal in tasks { try datastore.bringOver(renewal) }
        try datastore.renew(tasks)
    }

    /// Opens a file that is whole, whatever a task lacks; and one that is not for nothing but the renewal of all its tasks.
    private static func open(
        path: String, role: Role, renewing tasks: [TaskID], _ onImport: @escaping ImportObserver
    ) throws -> SQLiteDatastore {
        let what: String
        do {
            return try SQLiteDatastore(path: path, role: role, for: .renewal, holding: tasks, onImport: onImport)
        } catch let error as StoreError {
            switch error {
            case .incomplete(let text), .damaged(let text), .database(let text): what = text
            default: throw error
            }
        }
        do {
            return try SQLiteDatastore(path: path, role: role, for: .rescue, holding: tasks, onImport: onImport)
        } catch StoreError.incomplete(let others) {
            throw StoreError.incomplete("\(what); \(others)")
        }
    }

    /// The first commit to a file that is not whole: it renews every task that the file knows, also one on its way here.
    ///
    /// Bringing others over commits too. Who is interrupted after that must not leave a file that has caught up with its mark,
    /// and tasks in it that were not renewed.
    private func renewWhatIsHere(_ tasks: [Renewal]) throws {
        do {
            try pool.write { db in
                for renewal in tasks {
                    guard let found = try FileTables.row(of: renewal.task, in: db) else {
                        guard try earlier?.files(of: renewal.task) != nil else { throw StoreError.missing }
                        continue
                    }
                    try Self.renew(renewal, in: db, role: role, state: found.state)
                }
                _ = try FileTables.raiseCommits(in: db)
            }
        } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
    }

    /// A store in a file of an earlier version comes here first; one that is not whole only as what it is to become.
    private func bringOver(_ renewal: Renewal) throws {
        let (task, digest, role) = (renewal.task, renewal.configurationDigest, role)
        do {
            try bringOver(task, configurationDigest: digest, for: .show)
        } catch let error as StoreError {
            switch error {
            case .incomplete, .damaged, .database:
                try bringOver(task, configurationDigest: digest, for: .rescue) { db, _ in
                    try Self.renew(renewal, in: db, role: role, state: "arriving")
                }
            default: throw error
            }
        }
    }

    /// The file's mark changes last: until then one that was not whole is refused as before.
    private func renew(_ tasks: [Renewal]) throws {
        do {
            let (identity, commits) = try pool.write { db in
                for renewal in tasks { try Self.renew(renewal, in: db, role: role) }
                return (try FileTables.identity(db), try FileTables.raiseCommits(in: db))
            }
            try pool.writeWithoutTransaction { db in
                try pages.checkpoint(db)
                if !pages.hasTable { try pages.make(from: lock.database) }
            }
            if hasMark { return try noteCommit(commits) }
            let mark = try StoreMarkFile(files.mark)
            try mark.write(StoreMark(store: identity, commits: commits, isPaged: true))
            try mark.synchronize()
            try UploadFile.synchronize(folder: files.uploads)
        } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
    }

    /// - Parameter state: that of the task: one on its way here is renewed with what brings it, and nowhere else.
    private static func renew(
        _ renewal: Renewal, in db: Database, role: Role, state: String = "here"
    ) throws {
        guard let found = try FileTables.row(of: renewal.task, in: db), found.state == state else {
            throw StoreError.missing
        }
        let tables = LedgerTables(db: db, task: found.row)
        let expected = "\(role) of task \(renewal.task)"
        guard try tables.configurationDigest == renewal.configurationDigest else {
            throw StoreError.belongsToAnother(found: "\(expected) with another configuration", expected: expected)
        }
        // A clock that was set back must not let in what is here already.
        let latest = try Int64.fetchOne(
            db, sql: "SELECT max(time) FROM report WHERE task = ?", arguments: [found.row])
        let unseen = Time(units: latest.map { UInt64(clamping: $0) + 1 } ?? 0)
        try tables.giveUp(renewal.task)
        try tables.renew(
            earliestReportTime: max(
                renewal.earliestReportTime, unseen.secondsSinceEpoch(precision: renewal.timePrecision)))
    }
}
