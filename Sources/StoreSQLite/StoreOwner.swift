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
        ]
        for (name, value) in values { try db.setMeta(name, value) }
        try LedgerTables.fill(db)
    }

    /// Brings an older store to this version, and sees that it is the one that is wanted.
    ///
    /// - Throws: `StoreError`.
    func check(_ db: Database, _ uploads: UploadFiles) throws {
        guard try db.tableExists("meta") else { throw StoreError.damaged("it has no tables") }
        func value(_ name: String) throws -> String { try db.meta(name) ?? "" }
        if try value("version") == "1" { try Schema.migrateFromVersion1(db) }
        if try value("version") == "2" { try Schema.migrateFromVersion2(db, uploads) }
        if try value("version") == "3" { try Schema.migrateFromVersion3(db) }
        let version = Int(try value("version")) ?? 0
        guard version == Schema.version else { throw StoreError.unknownVersion(version) }
        let found = "\(try value("role")) of task \(try value("task"))"
        let expected = "\(role) of task \(task.base64URL)"
        guard found == expected else { throw StoreError.belongsToAnother(found: found, expected: expected) }
        guard try value("configuration") == digest else {
            throw StoreError.belongsToAnother(found: found + " with another configuration", expected: expected)
        }
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
