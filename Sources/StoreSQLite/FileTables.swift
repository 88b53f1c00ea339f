import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// What a store's file is, and which tasks it holds.
enum FileTables {
    /// Draws what a new file is known by; nothing of a task is in it yet.
    static func fill(_ db: Database, role: Role, database: StoreID = .random()) throws {
        let values = [
            ("version", "\(Schema.version)"), ("role", "\(role)"), ("database", database.base64URL),
            ("task", "several"),
            ("commits", "0"),
        ]
        for (name, value) in values { try db.setMeta(name, value) }
    }

    /// Sees that the file is a store of a role; writes nothing.
    ///
    /// - Returns: its version, and the one task of a file of a version that had one for each.
    /// - Throws: `StoreError`.
    static func check(_ db: Database, role: Role) throws -> (version: Int, task: TaskID?) {
        guard try db.tableExists("meta"), try db.columns(in: "meta").map(\.name) == ["name", "value"],
            let found = try db.meta("role"), let task = try db.meta("task")
        else { throw StoreError.notAStore("it is a database, and has no tables of a store") }
        let version = Int(try db.meta("version") ?? "") ?? 0
        guard (1...Schema.version).contains(version) else { throw StoreError.unknownVersion(version) }
        if let place = try db.meta("superseded_by") { throw StoreError.movedOn(place) }
        let only = TaskID(base64URL: task)
        guard found == "\(role)" else {
            throw StoreError.belongsToAnother(
                found: found + (only.map { " of task \($0)" } ?? ""), expected: "\(role)")
        }
        let isOfSeveral = version >= Schema.firstOfSeveral
        guard isOfSeveral || only != nil else { throw StoreError.damaged("it does not say whose it is") }
        return (version, isOfSeveral ? nil : only)
    }

    /// What the file's mark says of it.
    static func identity(_ db: Database) throws -> StoreID {
        guard let id = try db.meta("database").flatMap({ StoreID(base64URL: $0) }) else {
            throw StoreError.damaged("it has no identity")
        }
        return id
    }

    /// How many commits there were; nothing in a store of a version before 5.
    static func commits(_ db: Database) throws -> UInt64? {
        guard let text = try db.meta("commits") else { return nil }
        guard let commits = UInt64(text) else { throw StoreError.damaged("commits") }
        return commits
    }

    /// Counts a commit, of any kind; the store's mark then says so too.
    static func raiseCommits(in db: Database) throws -> UInt64 {
        let raised = try Int64.fetchOne(
            try db.cachedStatement(
                sql: "UPDATE meta SET value = value + 1 WHERE name = 'commits' RETURNING CAST(value AS INTEGER)"))
        guard let raised, let commits = UInt64(exactly: raised) else { throw StoreError.damaged("commits") }
        return commits
    }

    /// The tasks whose stores are in the file, with their rows.
    static func tasks(_ db: Database) throws -> [(row: Int64, id: TaskID)] {
        try Row.fetchAll(db, sql: "SELECT id, task_id FROM task WHERE state = 'here' ORDER BY id").map { row in
            guard let id = try row.identifier("task_id", as: TaskID.self) else { throw StoreError.damaged("task_id") }
            return (try row.integer("id"), id)
        }
    }

    /// The row of a task, whatever its state; nothing where the file has none.
    static func row(of task: TaskID, in db: Database) throws -> (row: Int64, state: String)? {
        let found = try Row.fetchOne(
            db, sql: "SELECT id, state FROM task WHERE task_id = ?", arguments: [Data(task.bytes)])
        return try found.map { (try $0.integer("id"), $0["state"] ?? "") }
    }

    /// A row for a further task.
    static func nextRow(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT ifnull(max(id), -1) + 1 FROM task") ?? 0
    }
}

extension Database {
    /// A row of the table `meta`.
    func meta(_ name: String) throws -> String? {
        try String.fetchOne(self, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
    }

    func setMeta(_ name: String, _ value: String?) throws {
        guard let value else { return try execute(sql: "DELETE FROM meta WHERE name = ?", arguments: [name]) }
        try execute(
            sql: "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            arguments: [name, value])
    }
}
