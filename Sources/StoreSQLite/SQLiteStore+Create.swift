import Aggregator
import DAP
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension SQLiteStore {
    /// Makes a store, once; nothing else does.
    ///
    /// A store that came into being by itself, after a slip in a path or on an empty disk, would let every report of its
    /// task be evaluated a second time (rule 1 of the walk).
    ///
    /// - Parameter earliestReportTime: reports of an earlier time are refused for ever, in seconds since the Epoch; for a
    ///   task whose store was lost.
    /// - Returns: the store's real name; a link that leads to nothing may have been given.
    /// - Throws: `StoreError`, `.exists` if there is a store of that name or a part of one. Then nothing was made.
    @discardableResult
    package static func create(
        path: String, role: Role, task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0
    ) throws -> String {
        let files = StoreFiles(try StorePath.real(path, isNew: true))
        if let found = files.found { throw StoreError.exists(found) }
        let unfinished = try files.makeUnfinished()
        var made: [String] = []
        do {
            defer { unlink(unfinished) }
            let owner = StoreOwner(role: role, task: task, configurationDigest: configurationDigest)
            let queue = try DatabaseQueue(path: unfinished)
            let store = try queue.write { db in
                try owner.create(db)
                if earliestReportTime > 0 { try db.setMeta("reports_from", "\(earliestReportTime)") }
                return try LedgerTables.identity(db)
            }
            try queue.close()
            for folder in files.folders where try StoreFiles.makeFolder(folder) { made.append(folder) }
            try files.publish(unfinished)
            // From here on there is a store; one without a mark gets it when it is first opened.
            made = []
            let mark = try StoreMarkFile(files.mark)
            try mark.write(StoreMark(store: store, commits: 0))
            try mark.synchronize()
            try UploadFile.synchronize(folder: files.uploads)
        } catch {
            for folder in made { rmdir(folder) }
            throw StoreError(wrapping: error, of: files.path)
        }
        return files.path
    }

    /// What an operator may read of a store.
    package struct Description: Sendable {
        package let store: StoreID
        package let peer: StoreID?
        package let starts: Int
        package let earliestReportTime: UInt64
        package let conflict: StoreConflict?
    }

    /// Reads who a store is, and what it knows of the other aggregator's; no server may have it open.
    package static func describe(
        path: String, role: Role, task: TaskID, configurationDigest: [UInt8]
    ) throws -> Description {
        let owner = StoreOwner(role: role, task: task, configurationDigest: configurationDigest)
        let store = try SQLiteStore(path: path, owner: owner, for: .show)
        defer { try? store.close() }
        return Description(
            store: store.statement.store, peer: store.statement.echo?.store, starts: store.starts,
            earliestReportTime: store.earliestReportTime, conflict: store.conflict)
    }

    /// Goes on after a store of this task was lost or put back: consent that both operators give, each at home.
    ///
    /// The store gets a new identity and forgets the other aggregator's. Every report that was received is given up,
    /// and every report of a time before `earliestReportTime` (seconds since the Epoch), or not after the latest that is
    /// known here, is refused for ever: whatever was evaluated and forgotten is among them (rule 1 of the walk).
    package static func renew(
        path: String, role: Role, task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64,
        timePrecision: TimePrecision
    ) throws {
        let owner = StoreOwner(role: role, task: task, configurationDigest: configurationDigest)
        let store = try SQLiteStore(path: path, owner: owner, for: .renewal)
        defer { try? store.close() }
        // A clock that was set back must not let in what is here already.
        let unseen = Time(units: try store.firstUnseenTime()).secondsSinceEpoch(precision: timePrecision)
        try store.renew(earliestReportTime: max(earliestReportTime, unseen), task: task)
    }
}

extension SQLiteStore {
    /// The first time, in units of the task's time precision, after those of all reports that are known here.
    private func firstUnseenTime() throws -> UInt64 {
        do {
            let latest = try pool.read { try Int64.fetchOne($0, sql: "SELECT max(time) FROM report") }
            return latest.map { UInt64(clamping: $0) + 1 } ?? 0
        } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
    }

    /// Makes this another store; see ``renew(path:role:task:configurationDigest:earliestReportTime:timePrecision:)``.
    ///
    /// Its mark changes last: until then a store that was not whole is refused as before.
    private func renew(earliestReportTime: UInt64, task: TaskID) throws {
        do {
            let (store, commits) = try pool.write { db in
                try LedgerTables.giveUp(db, task: task)
                try LedgerTables.renew(db, earliestReportTime: earliestReportTime)
                return (try LedgerTables.identity(db), try LedgerTables.raiseCommits(in: db))
            }
            try pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            let mark = try StoreMarkFile(files.mark)
            try mark.write(StoreMark(store: store, commits: commits))
            try mark.synchronize()
            try UploadFile.synchronize(folder: files.uploads)
        } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
    }
}
