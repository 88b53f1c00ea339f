#if PostgreSQL
import Aggregator
import PopulusDAP
import Foundation

/// Where the store of a task keeps who it is, how far it is, and what it heard of the other aggregator's.
struct LedgerTables {
    let db: PostgreSQLConnection
    /// The row of `task`.
    let task: Int64

    /// Makes the store of a task.
    ///
    /// - Parameter store: what it is known by.
    /// - Returns: its row.
    @discardableResult
    static func create(
        _ task: TaskID, store: StoreID, configurationDigest: [UInt8], earliestReportTime: UInt64,
        _ db: PostgreSQLConnection
    ) throws -> Int64 {
        let row = try db.one("SELECT coalesce(max(id), -1) + 1 FROM task") { try $0.integer() } ?? 0
        try db.run(
            """
            INSERT INTO task (id, task_id, configuration, store, noise_key, reports_from, open_bucket)
            VALUES ($1, $2, $3, $4, $5, $6, 0)
            """,
            [
                .integer(row), .bytes(task.bytes), .bytes(configurationDigest), .bytes(store.bytes),
                .bytes(newNoiseKey()), .integer(Int64(clamping: earliestReportTime)),
            ])
        try db.script(Schema.add(row))
        return row
    }

    /// Two identifiers of 16 bytes from the system's generator are a key of 32.
    static func newNoiseKey() -> [UInt8] { StoreID.random().bytes + StoreID.random().bytes }

    private func value<T>(_ column: String, _ read: (inout PostgreSQLColumns) throws -> T) throws -> T? {
        let found = try db.one("SELECT \(column) FROM task WHERE id = $1", [.integer(task)]) { columns in
            columns.isNull ? nil : try read(&columns)
        }
        guard let found else { throw StoreError.damaged("the task is missing") }
        return found
    }

    // MARK: Opening

    /// Adds an incarnation, once however often it runs, and reads what is known.
    func begin(_ incarnation: IncarnationID) throws -> StoreLedger.Record {
        try db.run(
            """
            INSERT INTO incarnation (task, incarnation_id, count) VALUES ($1, $2, 0)
            ON CONFLICT (incarnation_id) DO NOTHING
            """, [.integer(task), .bytes(incarnation.bytes)])
        return try record()
    }

    /// What is known, whichever process has committed it.
    ///
    /// - Parameter newest: only so many incarnations of this store, the newest ones.
    func record(newest count: Int? = nil) throws -> StoreLedger.Record {
        let sql = "SELECT store, peer_store, conflict FROM task WHERE id = $1"
        let head = try db.one(sql, [.integer(task)]) { columns in
            let store = try columns.identifier(StoreID.self)
            let peer = try columns.optional { try $0.identifier(StoreID.self) }
            return (store: store, peer: peer, conflict: try columns.optional { try Self.conflict(try $0.text()) })
        }
        guard let head else { throw StoreError.damaged("the task is missing") }
        let limit = count.map { " LIMIT \($0)" } ?? ""
        // One answer for both tables: it is read along with every commit where processes share a store.
        let found = try db.all(
            """
            (SELECT incarnation_id, count, true FROM incarnation WHERE task = $1 ORDER BY id DESC\(limit))
            UNION ALL (SELECT incarnation_id, count, false FROM peer_incarnation WHERE task = $1 ORDER BY id DESC)
            """, [.integer(task)]
        ) { (Incarnation(id: try $0.identifier(), count: try $0.number()), isOwn: try $0.boolean()) }
        let own = found.filter(\.isOwn).map(\.0).reversed()
        let known = found.filter { !$0.isOwn }.map(\.0).reversed()
        return StoreLedger.Record(
            store: head.store, incarnations: Array(own),
            peer: head.peer.map { StoreEcho(store: $0, newest: Array(known)) }, conflict: head.conflict)
    }

    var conflict: StoreConflict? { get throws { try value("conflict") { try $0.text() }.map(Self.conflict) } }

    private static func conflict(_ text: String) throws -> StoreConflict {
        try JSONDecoder().decode(StoreConflict.self, from: Data(text.utf8))
    }

    var identity: StoreID {
        get throws {
            guard let id = try value("store", { try $0.identifier(StoreID.self) }) else {
                throw StoreError.damaged("it has no identity")
            }
            return id
        }
    }

    var configurationDigest: [UInt8] { get throws { try value("configuration") { try $0.bytes() } ?? [] } }

    /// How often a process has opened the task's store.
    var starts: Int {
        get throws {
            try db.one("SELECT count(*) FROM incarnation WHERE task = $1", [.integer(task)]) { try $0.number() } ?? 0
        }
    }

    /// As it is kept: see `TaskSeal`.
    var noiseKey: [UInt8] {
        get throws {
            guard let key = try value("noise_key", { try $0.bytes() }), TaskSeal.noiseKeyCounts.contains(key.count)
            else {
                throw StoreError.damaged("the noise key")
            }
            return key
        }
    }

    var earliestReportTime: UInt64 { get throws { try value("reports_from") { try $0.number(UInt64.self) } ?? 0 } }

    // MARK: Committing

    func save(_ unsaved: StoreLedger.Unsaved) throws {
        if let conflict = unsaved.conflict {
            try db.run(
                "UPDATE task SET conflict = $1 WHERE id = $2",
                [.text(String(decoding: try JSONEncoder().encode(conflict), as: UTF8.self)), .integer(task)])
        }
        guard let peer = unsaved.peer else { return }
        try db.run(
            "UPDATE task SET peer_store = $1 WHERE id = $2 AND peer_store IS DISTINCT FROM $1",
            [.bytes(peer.store.bytes), .integer(task)])
        // Numbered in their order. What another process has forgotten since is none of them.
        try db.run(
            """
            INSERT INTO peer_incarnation AS known (task, incarnation_id, count)
            SELECT $1, id, count FROM unnest($2::bytea[], $3::bigint[]) WITH ORDINALITY AS heard (id, count, number)
            ORDER BY number
            ON CONFLICT (task, incarnation_id) DO UPDATE SET count = excluded.count WHERE known.count < excluded.count
            """,
            [
                .integer(task), .byteStrings(unsaved.news.map(\.id.bytes)),
                .integers(unsaved.news.map { Int64(clamping: $0.count) }),
            ])
        try db.run(
            """
            DELETE FROM peer_incarnation WHERE task = $1 AND id <= (SELECT id FROM peer_incarnation WHERE task = $1
            ORDER BY id DESC LIMIT 1 OFFSET \(StoreEcho.greatestCount))
            """, [.integer(task)])
    }

    // MARK: Consent to go on

    /// Makes the store another one, which knows nothing of the other aggregator and refuses earlier reports.
    func renew(as store: StoreID, earliestReportTime: UInt64) throws {
        let before = try self.earliestReportTime
        try db.run("DELETE FROM peer_incarnation WHERE task = $1", [.integer(task)])
        try db.run(
            """
            UPDATE task SET peer_store = NULL, conflict = NULL, reports_from = $2, store = $3, noise_key = $4 WHERE id = $1
            """,
            [
                .integer(task), .integer(Int64(clamping: max(before, earliestReportTime))), .bytes(store.bytes),
                .bytes(Self.newNoiseKey()),
            ])
    }
}
#endif
