import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// The tasks that a file keeps.
struct KeptTaskTables {
    let db: Database
    /// What their secrets are sealed with; nothing where the store is not sealed, or where no secret is looked at.
    var seal: StoreSeal?

    /// Keeps a task whose store is there.
    ///
    /// - Parameter row: of `task`.
    func insert(_ task: KeptTask, row: Int64) throws {
        let points = task.codePoints
        try db.execute(
            sql: """
                INSERT INTO kept_task (task, configuration, collector_config, task_point, aggregation_point, collection_point,
                    noise_point, clock_skew, added, report_expiry) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                row, Data(task.configuration), Data(task.collectorConfig), Int(points.task), Int(points.aggregationJob),
                Int(points.collectionJob), Int(points.noise), signed(task.clockSkew), signed(task.added),
                task.reportExpiry.map(signed),
            ])
        let seal = seal?.task(task.id)
        for (number, secret) in task.secrets.enumerated() {
            try insert(secret, row: row, number: number, seal)
        }
    }

    func isKept(row: Int64) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM kept_task WHERE task = ?)", arguments: [row]) ?? false
    }

    /// The tasks that are kept, in the order of their rows; of `only`, that one.
    func tasks(only task: TaskID?) throws -> [KeptTask] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT kept_task.*, task_id, task.configuration AS digest FROM kept_task JOIN task ON task.id = kept_task.task
                WHERE ?1 IS NULL OR task_id = ?1 ORDER BY kept_task.task
                """, arguments: [task.map { Data($0.bytes) }])
        let secrets = try secrets(only: rows.count == 1 ? try rows[0].integer("task") : nil)
        return try rows.map { row in
            guard let id = try row.identifier("task_id", as: TaskID.self) else { throw StoreError.damaged("task_id") }
            return KeptTask(
                id: id, configuration: try row.bytes("configuration"), configurationDigest: try row.bytes("digest"),
                codePoints: WalkCodePoints(
                    task: try row.number("task_point"), aggregationJob: try row.number("aggregation_point"),
                    collectionJob: try row.number("collection_point"), noise: try row.number("noise_point")),
                clockSkew: try row.unsigned("clock_skew"), collectorConfig: try row.bytes("collector_config"),
                added: try row.unsigned("added"), secrets: secrets[try row.integer("task")] ?? [],
                reportExpiry: row.hasNull("report_expiry") ? nil : try row.unsigned("report_expiry"))
        }
    }

    private func secrets(only task: Int64?) throws -> [Int64: [TaskSecret]] {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT task_secret.*, task_id FROM task_secret JOIN task ON task.id = task_secret.task
                WHERE ?1 IS NULL OR task_secret.task = ?1 ORDER BY task_secret.task, number
                """, arguments: [task])
        var secrets: [Int64: [TaskSecret]] = [:]
        while let row = try rows.next() {
            secrets[try row.integer("task"), default: []].append(try secret(row))
        }
        return secrets
    }

    private func secret(_ row: Row) throws -> TaskSecret {
        let (kind, label): (TaskSecret.Kind, [UInt8]) = (try row.named("kind"), try row.bytes("label"))
        guard let id = try row.identifier("task_id", as: TaskID.self) else { throw StoreError.damaged("task_id") }
        let cell = SealedCell.secret(number: try row.number("number"), kind: kind.rawValue, label: label)
        let bytes = try (seal?.task(id)).opening(try row.bytes("secret"), at: cell)
        return TaskSecret(kind, label: label, bytes: bytes, times: try SecretTimes(row))
    }

    /// Every task that is here, with how far its end has come.
    func all() throws -> [StoredTask] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT task_id, closed, stopped, (SELECT revision FROM kept_task WHERE task = task.id) AS revision FROM task
                WHERE state = 'here' ORDER BY id
                """)
        return try rows.map { row in
            guard let id = try row.identifier("task_id", as: TaskID.self) else { throw StoreError.damaged("task_id") }
            let isKept = !row.hasNull("revision")
            return StoredTask(
                id: id, end: try TaskEnd(row), isKept: isKept, revision: isKept ? try row.unsigned("revision") : 0)
        }
    }
}

extension TaskEnd {
    /// From the columns `closed` and `stopped`; nothing where the task goes on.
    init?(_ row: Row) throws {
        guard !row.hasNull("closed") else { return nil }
        self.init(
            closed: try row.unsigned("closed"), stopped: row.hasNull("stopped") ? nil : try row.unsigned("stopped"))
    }
}

/// The task's end.
extension SQLiteTransaction {
    func taskEnd() throws -> TaskEnd? {
        guard let row = try first("SELECT closed, stopped FROM task WHERE id = ?", [task]) else {
            throw StoreError.damaged("the task is missing")
        }
        return try TaskEnd(row)
    }

    func setTaskEnd(_ end: TaskEnd) throws {
        mark.set()
        try run(
            "UPDATE task SET closed = ?, stopped = ? WHERE id = ?",
            [signed(end.closed), end.stopped.map { signed($0) }, task])
    }
}
