#if PostgreSQL
import Aggregator
import PopulusDAP

/// The secrets of a kept task, and their changes.
extension KeptTaskTables {
    /// - Parameters:
    ///   - row: of `task`.
    ///   - number: of the secret for as long as it is there.
    ///   - seal: what it is sealed with, if it is.
    func insert(_ secret: TaskSecret, row: Int64, number: Int, _ seal: TaskSeal?) throws {
        let cell = SealedCell.secret(number: number, kind: secret.kind.rawValue, label: secret.label)
        try db.run(
            """
            INSERT INTO task_secret (task, number, kind, label, secret, since, until, last_bodies)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .integer(row), .number(number), .text(secret.kind.rawValue), .bytes(secret.label),
                .bytes(try seal.sealing(secret.bytes, at: cell)),
            ] + values(of: secret.times))
    }

    private func values(of times: SecretTimes) -> [PostgreSQLValue] {
        [.number(times.since), .number(times.until), times.encodedLastBodies.map { .bytes($0) } ?? .null]
    }

    /// The row of a kept task, which nobody else changes until the transaction ends.
    func lock(_ task: TaskID) throws -> Int64? {
        try db.one(
            """
            SELECT kept_task.task FROM kept_task JOIN task ON task.id = kept_task.task WHERE task_id = $1
            FOR UPDATE OF kept_task
            """, [.bytes(task.bytes)]
        ) { try $0.integer() }
    }

    /// Has a task have other secrets, and raises its revision; the same ones change nothing.
    ///
    /// - Parameters:
    ///   - known: its secrets as they are, in order.
    ///   - row: of `task`, which is locked.
    func change(_ known: [TaskSecret], to wanted: [TaskSecret], of task: TaskID, row: Int64) throws {
        let change = SecretChange(from: known, to: wanted)
        guard !change.isEmpty else { return }
        let numbers = try db.all("SELECT number FROM task_secret WHERE task = $1 ORDER BY number", [.integer(row)]) {
            try $0.number(Int.self)
        }
        guard numbers.count == known.count else { throw StoreError.damaged("task_secret") }
        for place in change.removed {
            try db.run(
                "DELETE FROM task_secret WHERE task = $1 AND number = $2", [.integer(row), .number(numbers[place])])
        }
        for (place, times) in change.retimed {
            try db.run(
                """
                UPDATE task_secret SET since = $3, until = $4, last_bodies = $5 WHERE task = $1 AND number = $2
                """, [.integer(row), .number(numbers[place])] + values(of: times))
        }
        for (offset, secret) in change.added.enumerated() {
            try insert(secret, row: row, number: (numbers.last ?? -1) + 1 + offset, seal?.task(task))
        }
        try db.run("UPDATE kept_task SET revision = revision + 1 WHERE task = $1", [.integer(row)])
    }

    func revision(row: Int64) throws -> UInt64 {
        guard
            let revision = try db.one(
                "SELECT revision FROM kept_task WHERE task = $1", [.integer(row)], { try $0.number(UInt64.self) })
        else { throw StoreError.damaged("kept_task") }
        return revision
    }

    /// The greatest row of each task's reports whose bytes are kept.
    func lastBodies() throws -> [Int64] {
        try db.all("SELECT max(id) FROM kept GROUP BY task ORDER BY max(id)") { try $0.integer() }
    }

    func hasBodies(upTo rows: [Int64]) throws -> Bool {
        for last in rows {
            let found = try db.one(
                "SELECT EXISTS (SELECT FROM kept WHERE id BETWEEN $1 AND $2)",
                [.integer(TaskRows.range(of: TaskRows.task(of: last)).lowerBound), .integer(last)]
            ) { try $0.boolean() }
            if found ?? false { return true }
        }
        return false
    }
}

extension SecretTimes {
    /// From the columns `since`, `until` and `last_bodies`.
    init(_ columns: inout PostgreSQLColumns) throws {
        let since = try columns.number(UInt64.self)
        let until = try columns.optional { try $0.number(UInt64.self) }
        let rows = try columns.optional { try $0.bytes() }
        self.init(since: since, until: until, lastBodies: try rows.map { try Self.lastBodies(decoding: $0) })
    }
}

/// The secrets of kept tasks change while servers run.
extension PostgreSQLDatastore {
    package func changeSecrets(
        of task: TaskID, _ body: @escaping @Sendable ([TaskSecret]) -> [TaskSecret]
    ) throws -> (task: KeptTask, revision: UInt64) {
        try wait { [self] db in
            try checkHeld()
            try db.script("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
            let tables = KeptTaskTables(db: db, seal: seal)
            guard let row = try tables.lock(task), let known = try tables.tasks(only: task).first else {
                throw StoreError.missing
            }
            // A body that runs again, as nobody said that its COMMIT was made, finds what it has left.
            try tables.change(known.secrets, to: body(known.secrets), of: task, row: row)
            guard let now = try tables.tasks(only: task).first else { throw StoreError.missing }
            let revision = try tables.revision(row: row)
            try checkHeld()
            do { try db.commit() } catch let error as PostgreSQLUnanswered { throw error.reason }
            return (now, revision)
        }
    }

    package func lastBodies() throws -> [Int64] {
        try wait { db in try db.reading { try KeptTaskTables(db: db).lastBodies() } }
    }

    package func hasBodies(upTo rows: [Int64]) throws -> Bool {
        try wait { db in try db.reading { try KeptTaskTables(db: db).hasBodies(upTo: rows) } }
    }
}
#endif
