import Aggregator
import DAP
import Foundation
import GRDB

extension SQLiteStore {
    /// Makes a store, once; nothing else does.
    ///
    /// A store that came into being by itself, after a slip in a path or on an empty disk, would let every report of its
    /// task be evaluated a second time (rule 1 of the walk).
    ///
    /// - Parameter earliestReportTime: reports of an earlier time are refused for ever, in seconds since the Epoch; for a
    ///   task whose store was lost.
    /// - Throws: `StoreError`, `.exists` if there is a store of that name or a part of one.
    package static func create(
        path: String, role: Role, task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0
    ) throws {
        let files = StoreFiles(path)
        if let found = files.found { throw StoreError.exists(found) }
        do {
            let lock = try StoreLock(path: path + ".lock")
            defer { lock.release() }
            // What an interrupted call has left.
            try? FileManager.default.removeItem(atPath: files.unfinished)
            let owner = StoreOwner(role: role, task: task, configurationDigest: configurationDigest)
            let queue = try DatabaseQueue(path: files.unfinished)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: files.unfinished)
            try queue.write { db in
                try owner.create(db)
                if earliestReportTime > 0 { try db.setMeta("reports_from", "\(earliestReportTime)") }
            }
            try queue.close()
            for folder in files.folders {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            }
            try files.publish()
        } catch {
            throw StoreError(wrapping: error)
        }
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
        let store = try SQLiteStore(path: path, owner: owner, mayBeRefused: true)
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
        let store = try SQLiteStore(path: path, owner: owner, mayBeRefused: true)
        defer { try? store.close() }
        do {
            // A clock that was set back must not let in what is here already.
            let unseen = Time(units: try store.firstUnseenTime()).secondsSinceEpoch(precision: timePrecision)
            try store.renew(earliestReportTime: max(earliestReportTime, unseen), task: task)
        } catch {
            throw StoreError(wrapping: error)
        }
    }
}
