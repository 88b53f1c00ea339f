import Foundation
import GRDB
import PopulusDAP

/// The rows of a file of results, inside a transaction.
struct ResultsTables {
    let db: Database

    /// The two kinds of results; raw values are the names of their tables.
    enum Kind: String {
        case walk
        case collection
    }

    // MARK: Tasks

    func row(ofTask id: TaskID) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT id FROM task WHERE task_id = ?", arguments: [Data(id.bytes)])
    }

    /// The row of a task, which is made where there is none.
    func task(_ task: KeptTask) throws -> Int64 {
        if let row = try row(ofTask: task.id) {
            guard try self.task(row).isSame(as: task) else {
                throw ResultsError.differs("task \(task.id)")
            }
            return row
        }
        try db.execute(
            sql: """
                INSERT INTO task (task_id, scheme, vdaf, bits, encoding, batch_mode, leader, helper)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                Data(task.id.bytes), task.scheme, task.vdaf, task.bits, task.encoding, task.batchMode.name, task.leader,
                task.helper,
            ])
        return db.lastInsertedRowID
    }

    func task(_ row: Int64) throws -> KeptTask {
        guard let found = try Row.fetchOne(db, sql: "SELECT * FROM task WHERE id = ?", arguments: [row]) else {
            throw ResultsError.damaged("a task is missing")
        }
        return try Self.task(found)
    }

    func tasks() throws -> [KeptTask] {
        try Row.fetchAll(db, sql: "SELECT * FROM task ORDER BY id").map(Self.task)
    }

    private static func task(_ row: Row) throws -> KeptTask {
        let name = try row.text("batch_mode")
        guard let id = TaskID(bytes: try row.bytes("task_id")),
            let mode = [BatchMode.leaderSelected, .timeInterval].first(where: { $0.name == name })
        else { throw ResultsError.damaged("task") }
        return KeptTask(
            id: id, scheme: try row.text("scheme"), vdaf: try row.text("vdaf"), bits: try row.number("bits"),
            encoding: row["encoding"], batchMode: mode, leader: try row.text("leader"),
            helper: try row.text("helper"))
    }

    func deleteEmptyTasks() throws {
        try db.execute(
            sql: """
                DELETE FROM task WHERE id NOT IN (SELECT task FROM walk) AND id NOT IN (SELECT task FROM collection)
                """)
    }

    // MARK: Results of both kinds

    func row(ofWalk walk: WalkID, task: Int64) throws -> Int64? {
        try Int64.fetchOne(
            db, sql: "SELECT id FROM walk WHERE task = ? AND walk_id = ?", arguments: [task, Data(walk.bytes)])
    }

    func row(ofCollection key: KeptCollection.Key, task: Int64) throws -> Int64? {
        try Int64.fetchOne(
            db, sql: "SELECT id FROM collection WHERE task = ? AND key = ?", arguments: [task, Data(key.bytes)])
    }

    /// The rows of a task's results, or of all tasks.
    func rows(_ kind: Kind, of task: TaskID?) throws -> [Int64] {
        guard let task else {
            return try Int64.fetchAll(db, sql: "SELECT id FROM \(kind.rawValue) ORDER BY task, ended, id")
        }
        return try Int64.fetchAll(
            db,
            sql: """
                SELECT id FROM \(kind.rawValue) WHERE task = (SELECT id FROM task WHERE task_id = ?) ORDER BY ended, id
                """,
            arguments: [Data(task.bytes)])
    }

    /// The rows of those that are no longer to be kept.
    func outdated(_ kind: Kind, of task: TaskID, _ retention: Retention, now: UInt64) throws -> [Int64] {
        let failed = kind == .walk ? "ending = 'failed'" : "0"
        let found = try Row.fetchAll(
            db,
            sql: """
                SELECT id, ended, \(failed) AS failed FROM \(kind.rawValue)
                WHERE task = (SELECT id FROM task WHERE task_id = ?) ORDER BY ended, id
                """,
            arguments: [Data(task.bytes)])
        let all = try found.map { row in
            RetainedRow(
                id: try row.required("id"), ended: try row.required("ended"),
                isFailure: try row.required("failed", as: Int.self) != 0)
        }
        return retention.outdated(all, now: now).map(\.id)
    }

    /// Deletes results with all that is theirs.
    func delete(_ kind: Kind, _ rows: [Int64]) throws {
        for row in rows {
            try db.execute(sql: "DELETE FROM \(kind.rawValue) WHERE id = ?", arguments: [row])
        }
    }

    /// A number as SQLite has it: 63 bits.
    static func integer(_ number: UInt64) throws -> Int64 {
        guard let integer = Int64(exactly: number) else { throw ResultsError.inconsistent("a number is too great") }
        return integer
    }

    static func integer(_ number: UInt64?) throws -> Int64? { try number.map { try integer($0) } }
}

extension Row {
    /// A column that has a value, whatever its type.
    private func value<T: DatabaseValueConvertible>(_ column: String, _ type: T.Type) throws -> T {
        guard let value = T.fromDatabaseValue(self[column] as DatabaseValue) else {
            throw ResultsError.damaged("column \(column)")
        }
        return value
    }

    func text(_ column: String) throws -> String { try value(column, String.self) }

    func bytes(_ column: String) throws -> [UInt8] { [UInt8](try value(column, Data.self)) }

    func real(_ column: String) throws -> Double { try value(column, Double.self) }

    /// A whole number that fits `T`; nothing where the column is empty.
    func number<T: FixedWidthInteger>(_ column: String, as type: T.Type = T.self) throws -> T? {
        guard !(self[column] as DatabaseValue).isNull else { return nil }
        guard let number = T(exactly: try value(column, Int64.self)) else {
            throw ResultsError.damaged("column \(column)")
        }
        return number
    }

    /// A whole number that is there.
    func required<T: FixedWidthInteger>(_ column: String, as type: T.Type = T.self) throws -> T {
        guard let number: T = try number(column) else { throw ResultsError.damaged("column \(column) is empty") }
        return number
    }
}
