import Aggregator
import DAP
import Foundation
import GRDB

/// Where a store keeps who it is, how far it is, and what it heard of the other aggregator's.
enum LedgerTables {
    static let tables = """
        -- Each start of a process on this store, in order.
        CREATE TABLE incarnation (
            id INTEGER PRIMARY KEY,               -- grows
            incarnation_id BLOB NOT NULL UNIQUE,  -- 16 bytes
            count INTEGER NOT NULL                -- commits that must never be forgotten
        ) STRICT;

        -- The newest 64 that were heard of the other aggregator's store, in the order in which they were first heard of.
        CREATE TABLE peer_incarnation (
            id INTEGER PRIMARY KEY,               -- grows
            incarnation_id BLOB NOT NULL UNIQUE,  -- 16 bytes
            count INTEGER NOT NULL                -- the greatest that was heard
        ) STRICT;
        """

    /// Draws what a new store is known by.
    static func fill(_ db: Database) throws {
        try db.setMeta("store", StoreID.random().base64URL)
        // Two identifiers of 16 bytes from the system's generator are a key of 32.
        try db.setMeta("noise_key", Base64URL.encode(StoreID.random().bytes + StoreID.random().bytes))
    }

    // MARK: Opening

    /// Adds an incarnation, and reads what is known.
    ///
    static func begin(_ db: Database) throws -> StoreLedger.Record {
        let (conflict, store) = (try conflict(db), try identity(db))
        try db.execute(
            sql: "INSERT INTO incarnation (incarnation_id, count) VALUES (?, 0)",
            arguments: [Data(IncarnationID.random().bytes)])
        let peer = try db.meta("peer_store").flatMap { StoreID(base64URL: $0) }
        return StoreLedger.Record(
            store: store, incarnations: try incarnations(db, "incarnation"),
            peer: try peer.map { StoreEcho(store: $0, newest: try incarnations(db, "peer_incarnation")) },
            conflict: conflict)
    }

    static func conflict(_ db: Database) throws -> StoreConflict? {
        try db.meta("conflict").map { text in try JSONDecoder().decode(StoreConflict.self, from: Data(text.utf8)) }
    }

    static func identity(_ db: Database) throws -> StoreID {
        guard let store = try db.meta("store").flatMap({ StoreID(base64URL: $0) }) else {
            throw StoreError.damaged("it has no identity")
        }
        return store
    }

    /// How many commits there were; nothing in a store of an earlier version.
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

    private static func incarnations(_ db: Database, _ table: String) throws -> [Incarnation] {
        try Row.fetchAll(db, sql: "SELECT incarnation_id, count FROM \(table) ORDER BY id").map { row in
            guard let id = try row.identifier("incarnation_id", as: IncarnationID.self) else {
                throw StoreError.damaged("incarnation_id")
            }
            return Incarnation(id: id, count: try row.unsigned("count"))
        }
    }

    static func noiseKey(_ db: Database) throws -> [UInt8] {
        guard let key = try db.meta("noise_key").flatMap({ Base64URL.decode($0) }), key.count == 32 else {
            throw StoreError.damaged("the noise key")
        }
        return key
    }

    static func earliestReportTime(_ db: Database) throws -> UInt64 {
        guard let text = try db.meta("reports_from") else { return 0 }
        guard let seconds = UInt64(text) else { throw StoreError.damaged("reports_from") }
        return seconds
    }

    // MARK: Committing

    /// Counts a commit that must never be forgotten.
    ///
    /// - Returns: the incarnation's count.
    /// - Throws: `StoreError.superseded` if so many processes opened the store since that this commit might go unnoticed.
    static func raiseCount(of current: IncarnationID, in db: Database) throws -> UInt64 {
        let id = Data(current.bytes)
        let raised = try Row.fetchOne(
            try db.cachedStatement(
                sql: """
                    UPDATE incarnation SET count = count + 1 WHERE incarnation_id = ?1
                    RETURNING count, (SELECT count(*) FROM incarnation AS later WHERE later.id > incarnation.id) AS later
                    """), arguments: [id])
        guard let raised else { throw StoreError.damaged("the incarnation is missing") }
        guard try raised.integer("later") < Int64(StoreLedger.greatestSuccessors) else { throw StoreError.superseded }
        return try raised.unsigned("count")
    }

    static func save(_ unsaved: StoreLedger.Unsaved, in db: Database) throws {
        if let conflict = unsaved.conflict {
            try db.setMeta("conflict", String(decoding: try JSONEncoder().encode(conflict), as: UTF8.self))
        }
        guard let peer = unsaved.peer else { return }
        try db.setMeta("peer_store", peer.store.base64URL)
        for incarnation in peer.newest {
            try db.execute(
                sql: """
                    INSERT INTO peer_incarnation (incarnation_id, count) VALUES (?, ?)
                    ON CONFLICT DO UPDATE SET count = excluded.count WHERE count < excluded.count
                    """, arguments: [Data(incarnation.id.bytes), signed(incarnation.count)])
        }
        try db.execute(
            sql: """
                DELETE FROM peer_incarnation WHERE id <=
                (SELECT id FROM peer_incarnation ORDER BY id DESC LIMIT 1 OFFSET \(StoreEcho.greatestCount))
                """)
    }

    // MARK: Consent to go on

    /// Makes the store another one, which knows nothing of the other aggregator and refuses earlier reports.
    static func renew(_ db: Database, earliestReportTime: UInt64) throws {
        let before = try self.earliestReportTime(db)
        try db.execute(sql: "DELETE FROM peer_incarnation")
        for name in ["peer_store", "conflict"] { try db.setMeta(name, nil) }
        try db.setMeta("reports_from", "\(max(before, earliestReportTime))")
        try fill(db)
    }
}
