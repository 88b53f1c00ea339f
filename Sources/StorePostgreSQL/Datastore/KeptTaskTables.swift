#if PostgreSQL
import Aggregator
import PopulusDAP

/// The tasks that a database keeps.
struct KeptTaskTables {
    let db: PostgreSQLConnection
    /// What their secrets are sealed with; nothing where the store is not sealed, or where no secret is looked at.
    var seal: StoreSeal?

    /// Keeps a task whose store is there.
    ///
    /// - Parameter row: of `task`.
    func insert(_ task: KeptTask, row: Int64) throws {
        let points = task.codePoints
        try db.run(
            """
            INSERT INTO kept_task (task, configuration, collector_config, task_point, aggregation_point, collection_point,
                noise_point, clock_skew, added, report_expiry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .integer(row), .bytes(task.configuration), .bytes(task.collectorConfig), .number(points.task),
                .number(points.aggregationJob), .number(points.collectionJob), .number(points.noise),
                .number(task.clockSkew), .number(task.added), .number(task.reportExpiry),
            ])
        let seal = seal?.task(task.id)
        for (number, secret) in task.secrets.enumerated() {
            try insert(secret, row: row, number: number, seal)
        }
    }

    func isKept(row: Int64) throws -> Bool {
        try db.one("SELECT EXISTS (SELECT FROM kept_task WHERE task = $1)", [.integer(row)]) { try $0.boolean() }
            ?? false
    }

    /// The tasks that are kept, in the order of their rows; of `only`, that one.
    func tasks(only task: TaskID?) throws -> [KeptTask] {
        let one: [PostgreSQLValue] = task.map { [.bytes($0.bytes)] } ?? []
        let secrets = try secrets(task == nil ? "" : "WHERE task_id = $1", one)
        return try db.all(
            """
            SELECT kept_task.task, task_id, kept_task.configuration, task.configuration, task_point, aggregation_point,
                collection_point, noise_point, clock_skew, collector_config, added, report_expiry
            FROM kept_task JOIN task ON task.id = kept_task.task \(task == nil ? "" : "WHERE task_id = $1")
            ORDER BY kept_task.task
            """, one
        ) { columns in
            let row = try columns.integer()
            return KeptTask(
                id: try columns.identifier(), configuration: try columns.bytes(),
                configurationDigest: try columns.bytes(),
                codePoints: WalkCodePoints(
                    task: try columns.number(), aggregationJob: try columns.number(),
                    collectionJob: try columns.number(), noise: try columns.number()),
                clockSkew: try columns.number(), collectorConfig: try columns.bytes(), added: try columns.number(),
                secrets: secrets[row] ?? [], reportExpiry: try columns.optional { try $0.number() })
        }
    }

    private func secrets(_ condition: String, _ values: [PostgreSQLValue]) throws -> [Int64: [TaskSecret]] {
        let found = try db.all(
            """
            SELECT task_secret.task, task_id, number, kind, label, secret, since, until, last_bodies FROM task_secret
            JOIN task ON task.id = task_secret.task \(condition) ORDER BY task_secret.task, number
            """, values, secret(columns:))
        return Dictionary(grouping: found, by: \.task).mapValues { $0.map(\.secret) }
    }

    private func secret(columns: inout PostgreSQLColumns) throws -> (task: Int64, secret: TaskSecret) {
        let (row, id): (Int64, TaskID) = (try columns.integer(), try columns.identifier())
        let number: Int = try columns.number()
        let kind: TaskSecret.Kind = try columns.named()
        let label = try columns.bytes()
        let cell = SealedCell.secret(number: number, kind: kind.rawValue, label: label)
        let bytes = try (seal?.task(id)).opening(try columns.bytes(), at: cell)
        return (row, TaskSecret(kind, label: label, bytes: bytes, times: try SecretTimes(&columns)))
    }

    /// Every task, with how far its end has come.
    func all() throws -> [StoredTask] {
        try db.all(
            """
            SELECT task_id, closed, stopped, revision FROM task LEFT JOIN kept_task ON kept_task.task = task.id
            ORDER BY task.id
            """
        ) { columns in
            let (id, end) = (try columns.identifier(TaskID.self), try TaskEnd(&columns))
            let revision = try columns.optional { try $0.number(UInt64.self) }
            return StoredTask(id: id, end: end, isKept: revision != nil, revision: revision ?? 0)
        }
    }
}

extension TaskEnd {
    /// From the columns `closed` and `stopped`; nothing where the task goes on.
    init?(_ columns: inout PostgreSQLColumns) throws {
        let closed = try columns.optional { try $0.number(UInt64.self) }
        let stopped = try columns.optional { try $0.number(UInt64.self) }
        guard let closed else { return nil }
        self.init(closed: closed, stopped: stopped)
    }
}

/// The task's end.
extension PostgreSQLTransaction {
    func taskEnd() throws -> TaskEnd? {
        if let known = end { return known }
        let found = try db.one("SELECT closed, stopped, forgotten_before FROM task WHERE id = $1", [.integer(task)]) {
            TaskEndAsRead(end: try TaskEnd(&$0), forgotten: try $0.number())
        }
        guard let found else { throw StoreError.damaged("the task is missing") }
        (end, forgotten) = (.some(found.end), found.forgotten)
        return found.end
    }

    func setTaskEnd(_ end: TaskEnd) throws {
        mark.set()
        self.end = nil
        try db.run(
            "UPDATE task SET closed = $2, stopped = $3 WHERE id = $1",
            [.integer(task), .number(end.closed), .number(end.stopped)])
    }
}

/// A row was there, whatever it says.
private struct TaskEndAsRead {
    let end: TaskEnd?
    let forgotten: UInt64
}
#endif
