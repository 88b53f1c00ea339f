#if PostgreSQL
import Aggregator
import Logging
import PopulusDAP

/// How a store that is there gets a seal, or its seal another key: by an operator's word, while no server works with it.
extension PostgreSQLDatastore {
    /// Seals every secret of a store that is not sealed, in one transaction, and has the server write the tables anew, so that
    /// the values from before are in none of their files.
    ///
    /// Segments in the servers' folders are made again, sealed, when they are needed next.
    ///
    /// - Returns: the name of the seal key.
    /// - Throws: `StoreError`: `.seal` if it is sealed already. Then nothing was changed.
    package static func seal(
        at address: PostgreSQLAddress, role: Role, with keys: SealKeys, logger: Logger? = nil
    ) throws -> String {
        var written: String?
        try StoreChange(address: address, role: role, logger: logger).run { db in
            let text = try StoreTables.meta(SealUse.name, db)
            return text != nil && text == written
        } change: { db in
            try StoreTables.checkCurrent(db, role: role)
            if let text = try StoreTables.meta(SealUse.name, db) {
                throw StoreError.seal(.sealed(key: try SealRecord(text).keyID))
            }
            let (seal, record) = StoreSeal.draw(for: try SealUse.place(db, role: role), by: keys)
            try SealConversion(db: db, seal: seal).run()
            try StoreTables.add(SealUse.name, record.text, db)
            written = record.text
        }
        try writeAnew(["task", "task_secret", "job", "batch_bucket"], at: address, role, logger)
        return keys.first.id
    }

    /// Has the first of some keys seal a store that another one of them seals.
    ///
    /// - Returns: the names of the seal keys before and now.
    /// - Throws: `StoreError`; then nothing was changed.
    package static func reseal(
        at address: PostgreSQLAddress, role: Role, with keys: SealKeys, logger: Logger? = nil
    ) throws -> (from: String, to: String) {
        var before = keys.first.id
        try StoreChange(address: address, role: role, logger: logger, isAlone: false).run { db in
            // To do it again does no harm.
            false
        } change: { db in
            try StoreTables.checkCurrent(db, role: role)
            guard let seal = try SealUse.checked(keys).admit(db, role: role) else {
                throw StoreError.seal(.unsealed)
            }
            before = seal.keyID
            try db.run(
                "UPDATE meta SET value = $2 WHERE name = $1",
                [.text(SealUse.name), .text(seal.record(by: keys).text)])
        }
        try writeAnew(["meta"], at: address, role, logger)
        return (before, keys.first.id)
    }

    /// Has the server write tables to new files, and remove the old ones.
    private static func writeAnew(
        _ tables: [String], at address: PostgreSQLAddress, _ role: Role, _ logger: Logger?
    ) throws {
        do {
            var connector = PostgreSQLConnector(address: address, role: role, limits: .maintenance, logger: logger)
            connector.warns = false
            let db = try connector.connect()
            for table in tables { try db.script("VACUUM FULL \(table)") }
        } catch { throw StoreError(wrapping: error) }
    }
}

/// Seals the values of a store's tables, in the transaction at hand.
private struct SealConversion {
    let db: PostgreSQLConnection
    let seal: StoreSeal

    func run() throws {
        for task in try StoreTables.tasks(db) {
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
        try db.run(
            "UPDATE task SET noise_key = $2 WHERE id = $1",
            [.integer(task), .bytes(try seal.sealing(key, at: .noiseKey))])
    }

    private func secrets(_ task: Int64, _ seal: TaskSeal?) throws {
        let found = try db.all(
            "SELECT number, kind, label, secret FROM task_secret WHERE task = $1", [.integer(task)]
        ) { (number: try $0.number(Int.self), kind: try $0.text(), label: try $0.bytes(), secret: try $0.bytes()) }
        for row in found {
            let cell = SealedCell.secret(number: row.number, kind: row.kind, label: row.label)
            try db.run(
                "UPDATE task_secret SET secret = $3 WHERE task = $1 AND number = $2",
                [.integer(task), .number(row.number), .bytes(try seal.sealing(row.secret, at: cell))])
        }
    }

    private func sums(_ task: Int64, _ seal: TaskSeal?) throws {
        let rows = try db.all(
            "SELECT id FROM job WHERE task = $1 AND kind = 'walk' AND length(sum) > 0", [.integer(task)]
        ) { try $0.integer() }
        for row in rows {
            let found = try db.one("SELECT walk_id, ordinal, sum FROM job WHERE id = $1", [.integer(row)]) {
                (walk: try $0.bytes(), ordinal: try $0.number(Int.self), sum: try $0.bytes())
            }
            guard let found else { continue }
            let sealed = try seal.sealing(found.sum, at: .sum(walk: found.walk, ordinal: found.ordinal))
            try db.run("UPDATE job SET sum = $2 WHERE id = $1", [.integer(row), .bytes(sealed)])
        }
    }

    /// One job at a time: its messages have megabytes.
    private func messages(_ task: Int64, _ seal: TaskSeal?) throws {
        let names: [(TaskSeal.Column, String)] = [
            (.request, "request"), (.continueRequest, "continue_request"), (.response, "response"),
        ]
        for (column, name) in names {
            let rows = try db.all(
                "SELECT id FROM job WHERE task = $1 AND kind = 'batch' AND length(\(name)) > 0", [.integer(task)]
            ) { try $0.integer() }
            for row in rows {
                let found = try db.one(
                    "SELECT coalesce(job_id, ''::bytea), \(name) FROM job WHERE id = $1", [.integer(row)]
                ) { (job: try $0.bytes(), message: try $0.bytes()) }
                guard let found else { continue }
                let sealed = try seal.sealing(found.message, at: .message(column, job: found.job))
                try db.run("UPDATE job SET \(name) = $2 WHERE id = $1", [.integer(row), .bytes(sealed)])
            }
        }
    }

    private func shares(_ task: Int64, _ seal: TaskSeal?) throws {
        let keys = try db.all(
            "SELECT key FROM batch_bucket WHERE task = $1 AND length(share) > 0", [.integer(task)]
        ) { try $0.bytes() }
        for key in keys {
            let place: [PostgreSQLValue] = [.integer(task), .bytes(key)]
            let share = try db.one("SELECT share FROM batch_bucket WHERE task = $1 AND key = $2", place) {
                try $0.bytes()
            }
            guard let share else { continue }
            try db.run(
                "UPDATE batch_bucket SET share = $3 WHERE task = $1 AND key = $2",
                place + [.bytes(try seal.sealing(share, at: .share(bucket: key)))])
        }
    }
}
#endif
