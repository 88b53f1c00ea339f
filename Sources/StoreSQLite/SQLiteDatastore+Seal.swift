import Aggregator
import Foundation
import GRDB
import PopulusDAP
import PrefixWalk

/// How a file that is there gets a seal, or its seal another key: by an operator's word, while no server has it open.
extension SQLiteDatastore {
    /// Seals every secret of a file that is not sealed, and of the segments beside it, or brings that to its end.
    ///
    /// The data key is on the disk before anything is sealed with it, and no server takes the file before everything is. What
    /// SQLite frees is overwritten with zeros; what the disk keeps of files that are gone is beyond it.
    ///
    /// - Returns: the name of the seal key.
    /// - Throws: `StoreError`: `.seal` if it is sealed already, or has begun to be with another key.
    package static func seal(path: String, role: Role, with keys: SealKeys) throws -> String {
        let datastore = try SQLiteDatastore(path: path, role: role, for: .service)
        // Everything that was committed is on disk whatever becomes of this.
        defer { try? datastore.close() }
        let seal = try datastore.beginSealing(keys)
        for row in try datastore.pool.read({ try FileTables.tasks($0) }) {
            try datastore.sealSegments(of: row.row, seal.task(row.id))
        }
        try datastore.change { db in
            try SealConversion(db: db, seal: seal).run()
            try db.setMeta(SealUse.name, seal.record(by: keys).text)
        }
        return keys.first.id
    }

    /// Notes the data key, or reads the one that was noted before.
    private func beginSealing(_ keys: SealKeys) throws -> StoreSeal {
        let (text, place) = try pool.read { db in
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM task WHERE state <> 'here'") == 0 else {
                throw StoreError.seal(.earlier("the file of a task that is on its way here"))
            }
            return (try db.meta(SealUse.name), try SealUse.place(db, role: self.role))
        }
        guard let text else {
            let drawn = StoreSeal.draw(for: place, by: keys, .sealing)
            try change { try $0.setMeta(SealUse.name, drawn.record.text) }
            return drawn.seal
        }
        let record = try SealRecord(text)
        guard record.state == .sealing else { throw StoreError.seal(.sealed(key: record.keyID)) }
        return try StoreSeal(record, opening: keys, in: place)
    }

    /// Seals the segments of a task's jobs that are not sealed yet.
    private func sealSegments(of task: Int64, _ seal: TaskSeal) throws {
        let rows = TaskRows.range(of: task)
        for name in StoreFiles.names(in: files.segments) {
            let (job, path) = (Int64(name.prefix { $0 != "." }), "\(files.segments)/\(name)")
            guard let job, rows.contains(job) else { continue }
            // What a crash left behind of a segment is of no use, and not sealed.
            if name.hasSuffix(".new") { Segment.remove(at: path) }
            guard name.hasSuffix(".segment") else { continue }
            do throws(PrefixWalkError) {
                guard try !Segment(checking: path).layout.isSealed else { continue }
                try Segment.rewrite(at: path, opening: nil, sealing: seal.segmentKey(job: job))
            } catch {
                guard case .file(let error) = error else { throw StoreError.incomplete("\(path) is damaged") }
                throw StoreError("\(path), \(error.operation)", error)
            }
        }
    }

    /// Has the first of some keys seal a file that another one of them seals.
    ///
    /// - Returns: the names of the seal keys before and now.
    /// - Throws: `StoreError`; then nothing was changed.
    package static func reseal(path: String, role: Role, with keys: SealKeys) throws -> (from: String, to: String) {
        let datastore = try SQLiteDatastore(path: path, role: role, for: .service, .checked(keys))
        // Everything that was committed is on disk whatever becomes of this.
        defer { try? datastore.close() }
        guard let seal = datastore.seal else { throw StoreError.seal(.unsealed) }
        try datastore.change { try $0.setMeta(SealUse.name, seal.record(by: keys).text) }
        return (seal.keyID, keys.first.id)
    }
}

/// Seals the values of a file's tables, in the transaction at hand.
private struct SealConversion {
    let db: Database
    let seal: StoreSeal

    func run() throws {
        for task in try FileTables.tasks(db) {
            let seal = seal.task(task.id)
            try noiseKey(task.row, seal)
            try secrets(task.row, seal)
            try sums(task.row, seal)
            try messages(task.row, seal)
            try shares(task.row, seal)
        }
    }

    private func noiseKey(_ task: Int64, _ seal: TaskSeal?) throws {
        let key = try LedgerTables(db: db, task: task).noiseKey
        try db.execute(
            sql: "UPDATE task SET noise_key = ? WHERE id = ?",
            arguments: [Data(try seal.sealing(key, at: .noiseKey)), task])
    }

    private func secrets(_ task: Int64, _ seal: TaskSeal?) throws {
        let rows = try Row.fetchAll(
            db, sql: "SELECT number, kind, label, secret FROM task_secret WHERE task = ?", arguments: [task])
        for row in rows {
            let (number, kind): (Int, TaskSecret.Kind) = (try row.number("number"), try row.named("kind"))
            let cell = SealedCell.secret(number: number, kind: kind.rawValue, label: try row.bytes("label"))
            try db.execute(
                sql: "UPDATE task_secret SET secret = ? WHERE task = ? AND number = ?",
                arguments: [Data(try seal.sealing(try row.bytes("secret"), at: cell)), task, number])
        }
    }

    /// One row at a time: a sum may have a megabyte.
    private func sums(_ task: Int64, _ seal: TaskSeal?) throws {
        for id in try rows("SELECT id FROM job WHERE task = ? AND kind = 'walk' AND length(sum) > 0", task) {
            guard let row = try row("SELECT walk_id, ordinal, sum FROM job WHERE id = ?", [id]) else { continue }
            let cell = SealedCell.sum(walk: try row.bytes("walk_id"), ordinal: try row.number("ordinal"))
            try db.execute(
                sql: "UPDATE job SET sum = ? WHERE id = ?",
                arguments: [Data(try seal.sealing(try row.bytes("sum"), at: cell)), id])
        }
    }

    /// The same: messages have megabytes.
    private func messages(_ task: Int64, _ seal: TaskSeal?) throws {
        let names: [(TaskSeal.Column, String)] = [
            (.request, "request"), (.continueRequest, "continue_request"), (.response, "response"),
        ]
        for (column, name) in names {
            let jobs = "SELECT id FROM job WHERE task = ? AND kind = 'batch' AND length(\(name)) > 0"
            for id in try rows(jobs, task) {
                guard let row = try row("SELECT job_id, \(name) FROM job WHERE id = ?", [id]) else { continue }
                let job = row.hasNull("job_id") ? [] : try row.bytes("job_id")
                let sealed = try seal.sealing(try row.bytes(name), at: .message(column, job: job))
                try db.execute(sql: "UPDATE job SET \(name) = ? WHERE id = ?", arguments: [Data(sealed), id])
            }
        }
    }

    private func shares(_ task: Int64, _ seal: TaskSeal?) throws {
        let keys = try Data.fetchAll(
            db, sql: "SELECT key FROM batch_bucket WHERE task = ? AND length(share) > 0", arguments: [task])
        for key in keys {
            let found = try row("SELECT share FROM batch_bucket WHERE task = ? AND key = ?", [task, key])
            guard let share = try found?.bytes("share") else { continue }
            let sealed = try seal.sealing(share, at: .share(bucket: [UInt8](key)))
            try db.execute(
                sql: "UPDATE batch_bucket SET share = ? WHERE task = ? AND key = ?",
                arguments: [Data(sealed), task, key])
        }
    }

    private func rows(_ sql: String, _ task: Int64) throws -> [Int64] {
        try Int64.fetchAll(db, sql: sql, arguments: [task])
    }

    private func row(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        try Row.fetchOne(db, sql: sql, arguments: arguments)
    }
}
