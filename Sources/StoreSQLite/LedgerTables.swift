import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Where the store of a task keeps who it is, how far it is, and what it heard of the other aggregator's.
struct LedgerTables {
    let db: Database
    /// The row of `task`.
    let task: Int64

    /// Makes the store of a task: draws what it is known by.
    ///
    /// - Returns: its row.
    static func create(
        _ task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64, in db: Database
    ) throws -> Int64 {
        let row = try FileTables.nextRow(db)
        try db.execute(
            sql: """
                INSERT INTO task (id, task_id, state, configuration, store, noise_key, reports_from, open_bucket)
                VALUES (?, ?, 'here', ?, ?, ?, ?, 0)
                """,
            arguments: [
                row, Data(task.bytes), Data(configurationDigest), Data(StoreID.random().bytes), Data(newNoiseKey()),
                signed(earliestReportTime),
            ])
        return row
    }

    /// Two identifiers of 16 bytes from the system's generator are a key of 32.
    static func newNoiseKey() -> [UInt8] { StoreID.random().bytes + StoreID.random().bytes }

    private func value<T: DatabaseValueConvertible>(_ column: String) throws -> T? {
        let row = try Row.fetchOne(db, sql: "SELECT \(column) AS value FROM task WHERE id = ?", arguments: [task])
        guard let row else { throw StoreError.damaged("the task is missing") }
        return row["value"]
    }

    // MARK: Opening

    /// Adds an incarnation, and reads what is known.
    func begin() throws -> StoreLedger.Record {
        let (conflict, store) = (try conflict, try identity)
        try db.execute(
            sql: "INSERT INTO incarnation (task, incarnation_id, count) VALUES (?, ?, 0)",
            arguments: [task, Data(IncarnationID.random().bytes)])
        let peer: Data? = try value("peer_store")
        return StoreLedger.Record(
            store: store, incarnations: try incarnations("incarnation"),
            peer: try peer.flatMap { StoreID(bytes: [UInt8]($0)) }
                .map { StoreEcho(store: $0, newest: try incarnations("peer_incarnation")) },
            conflict: conflict)
    }

    var conflict: StoreConflict? {
        get throws {
            let text: String? = try value("conflict")
            return try text.map { try JSONDecoder().decode(StoreConflict.self, from: Data($0.utf8)) }
        }
    }

    var identity: StoreID {
        get throws {
            let bytes: Data? = try value("store")
            guard let store = bytes.flatMap({ StoreID(bytes: [UInt8]($0)) }) else {
                throw StoreError.damaged("it has no identity")
            }
            return store
        }
    }

    var configurationDigest: [UInt8] {
        get throws {
            let bytes: Data? = try value("configuration")
            return bytes.map { [UInt8]($0) } ?? []
        }
    }

    private func incarnations(_ table: String) throws -> [Incarnation] {
        let rows = try Row.fetchAll(
            db, sql: "SELECT incarnation_id, count FROM \(table) WHERE task = ? ORDER BY id", arguments: [task])
        return try rows.map { row in
            guard let id = try row.identifier("incarnation_id", as: IncarnationID.self) else {
                throw StoreError.damaged("incarnation_id")
            }
            return Incarnation(id: id, count: try row.unsigned("count"))
        }
    }

    /// How often a process has opened the task's store.
    var starts: Int {
        get throws {
            try Int.fetchOne(db, sql: "SELECT count(*) FROM incarnation WHERE task = ?", arguments: [task]) ?? 0
        }
    }

    /// As it is kept: see `TaskSeal`.
    var noiseKey: [UInt8] {
        get throws {
            let key: Data? = try value("noise_key")
            guard let key, TaskSeal.noiseKeyCounts.contains(key.count) else {
                throw StoreError.damaged("the noise key")
            }
            return [UInt8](key)
        }
    }

    var earliestReportTime: UInt64 {
        get throws {
            let seconds: Int64? = try value("reports_from")
            guard let seconds, seconds >= 0 else { throw StoreError.damaged("reports_from") }
            return UInt64(seconds)
        }
    }

    // MARK: Committing

    /// Counts a commit that must never be forgotten.
    ///
    /// - Returns: the incarnation's count.
    /// - Throws: `StoreError.superseded` if so many processes opened the store since that this commit might go unnoticed.
    func raiseCount(of current: IncarnationID) throws -> UInt64 {
        let raised = try Row.fetchOne(
            try db.cachedStatement(
                sql: """
                    UPDATE incarnation SET count = count + 1 WHERE incarnation_id = ?1 AND task = ?2
                    RETURNING count, (SELECT count(*) FROM incarnation AS later
                        WHERE later.task = ?2 AND later.id > incarnation.id) AS later
                    """), arguments: [Data(current.bytes), task])
        guard let raised else { throw StoreError.damaged("the incarnation is missing") }
        guard try raised.integer("later") < Int64(StoreLedger.greatestSuccessors) else { throw StoreError.superseded }
        return try raised.unsigned("count")
    }

    func save(_ unsaved: StoreLedger.Unsaved) throws {
        if let conflict = unsaved.conflict {
            try db.execute(
                sql: "UPDATE task SET conflict = ? WHERE id = ?",
                arguments: [String(decoding: try JSONEncoder().encode(conflict), as: UTF8.self), task])
        }
        guard let peer = unsaved.peer else { return }
        try db.execute(
            sql: "UPDATE task SET peer_store = ? WHERE id = ?", arguments: [Data(peer.store.bytes), task])
        for incarnation in peer.newest {
            try db.execute(
                sql: """
                    INSERT INTO peer_incarnation (task, incarnation_id, count) VALUES (?, ?, ?)
                    ON CONFLICT (task, incarnation_id) DO UPDATE SET count = excluded.count WHERE count < excluded.count
                    """, arguments: [task, Data(incarnation.id.bytes), signed(incarnation.count)])
        }
        try db.execute(
            sql: """
                DELETE FROM peer_incarnation WHERE task = ?1 AND id <= (SELECT id FROM peer_incarnation WHERE task = ?1
                ORDER BY id DESC LIMIT 1 OFFSET \(StoreEcho.greatestCount))
                """, arguments: [task])
    }

    // MARK: Consent to go on

    /// Makes the store another one, which knows nothing of the other aggregator and refuses earlier reports.
    func renew(earliestReportTime: UInt64) throws {
        let before = try self.earliestReportTime
        try db.execute(sql: "DELETE FROM peer_incarnation WHERE task = ?", arguments: [task])
        try db.execute(
            sql: """
                UPDATE task SET peer_store = NULL, conflict = NULL, reports_from = ?, store = ?, noise_key = ?
                WHERE id = ?
                """,
            arguments: [
                signed(max(before, earliestReportTime)), Data(StoreID.random().bytes), Data(Self.newNoiseKey()), task,
            ])
    }

    /// Gives up everything that was received: no report of it can enter a walk or a batch any more.
    ///
    /// Bindings, history and what was released stay.
    func giveUp(_ id: TaskID) throws {
        let problem = ProblemDocument(
            type: .walkEnded, status: 409, detail: "The reports were given up when a store was renewed.", taskID: id
        ).encoded()
        try db.execute(
            sql: """
                UPDATE resource SET state = 'failed', response = ?, failure_status = 409,
                    answered_at = CAST(strftime('%s', 'now') AS INTEGER),
                    request = CASE WHEN batch_selector IS NOT NULL AND (SELECT value FROM meta WHERE name = 'role') = 'helper'
                        THEN x'' ELSE request END
                WHERE task = ? AND state = 'running'
                """, arguments: [Data(problem), task])
        let statements = [
            // What is lost of a walk that goes on nobody has counted: of its rejected reports nothing is told.
            """
            INSERT INTO rejected (task, subject, party, error, count)
            SELECT task, walk_id, 0, 0, 0 FROM walk WHERE task = ?1 AND ended IS NULL ON CONFLICT DO NOTHING
            """,
            "UPDATE walk SET ended = 'abandoned' WHERE task = ?1 AND ended IS NULL",
            "UPDATE job SET phase = 'finished', sum = x'' WHERE task = ?1 AND kind = 'walk' AND phase <> 'finished'",
            """
            UPDATE job SET phase = 'abandoned', request = x'', continue_request = x'', response = x''
            WHERE task = ?1 AND kind = 'batch' AND phase NOT IN ('finished', 'abandoned')
            """,
            "UPDATE selected_batch SET open = 0 WHERE task = ?1",
            // Sums that no collection took: their reports are as old as the rest.
            "DELETE FROM batch_bucket WHERE task = ?1 AND share <> x''",
            // A job that there is not: bound for good, to nothing.
            "UPDATE report SET job = -1 WHERE task = ?1 AND job IS NULL",
            "UPDATE report SET place = NULL, digest = NULL WHERE task = ?1 AND place IS NOT NULL",
        ]
        for sql in statements { try db.execute(sql: sql, arguments: [task]) }
    }
}
