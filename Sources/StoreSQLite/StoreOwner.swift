import Aggregator
import DAP
import GRDB

/// Whose a store is, as its table `meta` says.
struct StoreOwner {
    let role: Role
    let task: TaskID
    let configurationDigest: [UInt8]

    private var digest: String {
        configurationDigest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Writes the tables of a new store.
    func create(_ db: Database) throws {
        try Schema.create(db)
        let values = [
            ("version", "\(Schema.version)"), ("role", "\(role)"), ("task", task.base64URL), ("configuration", digest),
            ("commits", "0"),
        ]
        for (name, value) in values { try db.setMeta(name, value) }
        try LedgerTables.fill(db)
    }

    /// Sees that the store is the one that is wanted; writes nothing.
    ///
    /// - Returns: its version.
    /// - Throws: `StoreError`.
    @discardableResult
    func check(_ db: Database) throws -> Int {
        guard try db.tableExists("meta"), try db.columns(in: "meta").map(\.name) == ["name", "value"],
            let role = try db.meta("role"), let task = try db.meta("task")
        else { throw StoreError.notAStore("it is a database, and has no tables of a store") }
        let version = Int(try db.meta("version") ?? "") ?? 0
        guard (1...Schema.version).contains(version) else { throw StoreError.unknownVersion(version) }
        let found = "\(role) of task \(task)"
        let expected = "\(self.role) of task \(self.task.base64URL)"
        guard found == expected else { throw StoreError.belongsToAnother(found: found, expected: expected) }
        guard try db.meta("configuration") == digest else {
            throw StoreError.belongsToAnother(found: found + " with another configuration", expected: expected)
        }
        return version
    }

    /// Brings an older store to this version.
    func migrate(_ db: Database, _ uploads: UploadFiles) throws {
        func version() throws -> String { try db.meta("version") ?? "" }
        if try version() == "1" { try Schema.migrateFromVersion1(db) }
        if try version() == "2" { try Schema.migrateFromVersion2(db, uploads) }
        if try version() == "3" { try Schema.migrateFromVersion3(db) }
        if try version() == "4" { try Schema.migrateFromVersion4(db) }
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
