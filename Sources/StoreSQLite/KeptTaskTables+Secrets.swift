import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// The secrets of a kept task, and their changes.
extension KeptTaskTables {
    /// - Parameters:
    ///   - row: of `task`.
    ///   - number: of the secret for as long as it is there.
    ///   - seal: what it is sealed with, if it is.
    func insert(_ secret: TaskSecret, row: Int64, number: Int, _ seal: TaskSeal?) throws {
        let cell = SealedCell.secret(number: number, kind: secret.kind.rawValue, label: secret.label)
        try db.execute(
            sql: """
                INSERT INTO task_secret (task, number, kind, label, secret, since, until, last_bodies)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row, number, secret.kind.rawValue, Data(secret.label),
                Data(try seal.sealing(secret.bytes, at: cell)),
                signed(secret.times.since), secret.times.until.map { signed($0) },
                secret.times.encodedLastBodies.map { Data($0) },
            ])
    }

    /// Has a task have other secrets, and raises its revision; the same ones change nothing.
    ///
    /// - Parameters:
    ///   - known: its secrets as they are, in order.
    ///   - row: of `task`.
    func change(_ known: [TaskSecret], to wanted: [TaskSecret], of task: TaskID, row: Int64) throws {
        let change = SecretChange(from: known, to: wanted)
        guard !change.isEmpty else { return }
        let numbers = try Int.fetchAll(
            db, sql: "SELECT number FROM task_secret WHERE task = ? ORDER BY number", arguments: [row])
        guard numbers.count == known.count else { throw StoreError.damaged("task_secret") }
        for place in change.removed {
            try db.execute(
                sql: "DELETE FROM task_secret WHERE task = ? AND number = ?", arguments: [row, numbers[place]])
        }
        for (place, times) in change.retimed {
            try db.execute(
                sql: "UPDATE task_secret SET since = ?, until = ?, last_bodies = ? WHERE task = ? AND number = ?",
                arguments: [
                    signed(times.since), times.until.map { signed($0) }, times.encodedLastBodies.map { Data($0) }, row,
                    numbers[place],
                ])
        }
        for (offset, secret) in change.added.enumerated() {
            try insert(secret, row: row, number: (numbers.last ?? -1) + 1 + offset, seal?.task(task))
        }
        try db.execute(sql: "UPDATE kept_task SET revision = revision + 1 WHERE task = ?", arguments: [row])
    }

    func revision(row: Int64) throws -> UInt64 {
        let found = try Int64.fetchOne(db, sql: "SELECT revision FROM kept_task WHERE task = ?", arguments: [row])
        guard let found, found >= 0 else { throw StoreError.damaged("revision") }
        return UInt64(found)
    }

    /// The greatest row of each task's reports whose bytes are kept.
    func lastBodies() throws -> [Int64] {
        try Int64.fetchAll(db, sql: "SELECT id FROM task ORDER BY id").compactMap { task in
            try Int64.fetchOne(
                db, sql: "SELECT max(id) FROM report INDEXED BY report_by_bucket WHERE task = ? AND place IS NOT NULL",
                arguments: [task])
        }
    }

    func hasBodies(upTo rows: [Int64]) throws -> Bool {
        for last in rows {
            // Not by rows: of all reports ever seen few have their bytes.
            let found = try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM report INDEXED BY report_by_bucket
                        WHERE task = ? AND id <= ? AND place IS NOT NULL)
                    """,
                arguments: [TaskRows.task(of: last), last])
            if found ?? false { return true }
        }
        return false
    }
}

extension SecretTimes {
    /// From the columns `since`, `until` and `last_bodies`.
    init(_ row: Row) throws {
        self.init(
            since: try row.unsigned("since"), until: row.hasNull("until") ? nil : try row.unsigned("until"),
            lastBodies: row.hasNull("last_bodies") ? nil : try Self.lastBodies(decoding: try row.bytes("last_bodies")))
    }
}

/// The secrets of kept tasks change while a server runs.
extension SQLiteDatastore {
    package func changeSecrets(
        of task: TaskID, _ body: @escaping @Sendable ([TaskSecret]) -> [TaskSecret]
    ) throws -> (task: KeptTask, revision: UInt64) {
        var changed: (KeptTask, UInt64)?
        try change { db in
            let tables = KeptTaskTables(db: db, seal: self.seal)
            guard let row = try FileTables.row(of: task, in: db)?.row,
                let known = try tables.tasks(only: task).first
            else { throw StoreError.missing }
            try tables.change(known.secrets, to: body(known.secrets), of: task, row: row)
            guard let now = try tables.tasks(only: task).first else { throw StoreError.missing }
            changed = (now, try tables.revision(row: row))
        }
        if let outage = watch.outage { throw outage }
        guard let changed else { throw StoreError.missing }
        return changed
    }

    package func lastBodies() throws -> [Int64] { try reading { try $0.lastBodies() } }

    package func hasBodies(upTo rows: [Int64]) throws -> Bool { try reading { try $0.hasBodies(upTo: rows) } }
}
