import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// How a file of an earlier version, which held one task, comes to this version in its own place.
enum StoreMigration {
    private static let earlier = "earlier_"

    /// Brings a file of version 1 to 5 to this version, in the transaction at hand: until that is committed the file is what it
    /// was, and afterwards its version is one that earlier programs refuse.
    ///
    /// - Parameter uploads: the files of uploads beside it.
    static func inPlace(_ db: Database, _ uploads: UploadFiles) throws {
        try EarlierSchema.bringToVersion5(db, uploads)
        let names = try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        for name in names { try db.execute(sql: "DROP INDEX \(name)") }
        for table in EarlierSchema.tables { try db.execute(sql: "ALTER TABLE \(table) RENAME TO \(earlier)\(table)") }
        try Schema.create(db)
        let source = EarlierStore(db: db, prefix: "main.\(earlier)")
        try FileTables.fill(db, role: try source.role, database: try source.identity)
        try db.setMeta("commits", try source.meta("commits"))
        try Conversion(source: source, task: 0, fileOffset: 0).run(state: "here")
        for table in EarlierSchema.tables { try db.execute(sql: "DROP TABLE \(earlier)\(table)") }
    }
}

/// The tables of a store of version 5, wherever they are.
struct EarlierStore {
    let db: Database
    /// What their names begin with: the schema, or what they were renamed to.
    let prefix: String

    func meta(_ name: String) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM \(prefix)meta WHERE name = ?", arguments: [name])
    }

    private func needed(_ name: String) throws -> String {
        guard let value = try meta(name) else { throw StoreError.damaged("'\(name)' of an earlier version is missing") }
        return value
    }

    var role: Role {
        get throws {
            let text = try needed("role")
            guard let role = [Role.leader, .helper].first(where: { "\($0)" == text }) else {
                throw StoreError.damaged("the role of an earlier version")
            }
            return role
        }
    }

    var task: TaskID {
        get throws {
            guard let id = TaskID(base64URL: try needed("task")) else { throw StoreError.damaged("the task's ID") }
            return id
        }
    }

    var identity: StoreID {
        get throws {
            guard let id = StoreID(base64URL: try needed("store")) else {
                throw StoreError.damaged("it has no identity")
            }
            return id
        }
    }

    var noiseKey: [UInt8] {
        get throws {
            guard let key = Base64URL.decode(try needed("noise_key")), key.count == 32 else {
                throw StoreError.damaged("the noise key")
            }
            return key
        }
    }

    var configurationDigest: [UInt8] {
        get throws {
            let text = Array(try needed("configuration"))
            let digest = stride(from: 0, to: text.count - 1, by: 2).compactMap {
                UInt8(String(text[$0...($0 + 1)]), radix: 16)
            }
            guard digest.count == 32 else { throw StoreError.damaged("the configuration's digest") }
            return digest
        }
    }

    var conflict: StoreConflict? {
        get throws {
            try meta("conflict").map { try JSONDecoder().decode(StoreConflict.self, from: Data($0.utf8)) }
        }
    }

    var peer: StoreID? {
        get throws { try meta("peer_store").flatMap { StoreID(base64URL: $0) } }
    }

    var earliestReportTime: UInt64 {
        get throws {
            guard let text = try meta("reports_from") else { return 0 }
            guard let seconds = UInt64(text) else { throw StoreError.damaged("reports_from") }
            return seconds
        }
    }

    /// Sees that it is the store of a task, with the configuration that the task has.
    func checkOwner(role: Role, task wanted: TaskID, configurationDigest digest: [UInt8]) throws {
        let expected = "\(role) of task \(wanted)"
        guard try task == wanted else {
            throw StoreError.belongsToAnother(found: "\(role) of task \(try task)", expected: expected)
        }
        guard try configurationDigest == digest else {
            throw StoreError.belongsToAnother(found: "\(expected) with another configuration", expected: expected)
        }
    }

    func count(_ table: String) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM (SELECT 1 FROM \(prefix)\(table) LIMIT 1)") ?? 0
    }
}
