import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// A transaction's view of one task's rows.
struct SQLiteTransaction: StoreTransaction {
    let db: Database
    /// The row of `task`.
    let task: Int64
    let uploads: UploadFiles
    let mark: LedgerMark
    /// What secrets are sealed with; nothing where the store is not sealed, or where none is looked at.
    let seal: TaskSeal?
    /// What is known of this transaction's own state, so that it need not be asked for each report.
    let known = KnownState()

    /// Runs a statement, prepared once a connection.
    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments) throws -> RowCursor {
        try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// The first row, copied: a cursor's row lives no longer than the cursor.
    func first(_ sql: String, _ arguments: StatementArguments) throws -> Row? {
        try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: arguments)
    }

    func integer(_ sql: String, _ arguments: StatementArguments) throws -> Int64? {
        try Int64.fetchOne(try db.cachedStatement(sql: sql), arguments: arguments)
    }

    /// A row of `report` or `job` that no other has or had: one more than the greatest of this task.
    func nextRow(_ table: String) throws -> Int64 {
        let rows = TaskRows.range(of: task)
        let there = try integer(
            "SELECT id FROM \(table) WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
            [rows.lowerBound, rows.upperBound])
        let gone = table == "report" ? try integer("SELECT forgotten_row FROM task WHERE id = ?", [task]) : nil
        let last = max(there ?? 0, gone ?? 0)
        guard last > 0 else { return rows.lowerBound }
        guard last < rows.upperBound else { throw StoreError.full("the rows of \(table)") }
        return last + 1
    }
}

/// What one transaction knows of itself; only the thread that runs it uses it.
final class KnownState {
    /// The last row of `report` that it inserted.
    var lastReport: Int64?
    var openBucket: Int64?
    var forgottenBefore: UInt64?
    /// Whether times are collected; forgotten when that may have changed.
    var collected: [UInt64: Bool] = [:]
}

extension Row {
    func bytes(_ name: String) throws -> [UInt8] {
        guard let data: Data = self[name] else { throw StoreError.damaged("column \(name) is empty") }
        return [UInt8](data)
    }

    func integer(_ name: String) throws -> Int64 {
        guard let value: Int64 = self[name] else { throw StoreError.damaged("column \(name) is empty") }
        return value
    }

    /// A column that holds an unsigned number.
    func unsigned(_ name: String) throws -> UInt64 {
        guard let value = UInt64(exactly: try integer(name)) else { throw StoreError.damaged("column \(name)") }
        return value
    }

    /// A column whose numbers fit `T`.
    func number<T: FixedWidthInteger>(_ name: String, as type: T.Type = T.self) throws -> T {
        guard let value = T(exactly: try integer(name)) else { throw StoreError.damaged("column \(name)") }
        return value
    }

    /// A column that holds one of an enumeration's names.
    func named<T: RawRepresentable<String>>(_ name: String, as type: T.Type = T.self) throws -> T {
        guard let text: String = self[name], let value = T(rawValue: text) else {
            throw StoreError.damaged("column \(name)")
        }
        return value
    }

    func hasNull(_ name: String) -> Bool {
        let value: DatabaseValue? = self[name]
        return value?.isNull ?? true
    }

    /// A column that holds an identifier's bytes, or nothing.
    func identifier<ID: OpaqueID>(_ name: String, as type: ID.Type = ID.self) throws -> ID? {
        guard !hasNull(name) else { return nil }
        guard let id = ID(bytes: try bytes(name)) else { throw StoreError.damaged("column \(name)") }
        return id
    }
}

/// SQLite's integers are signed; a time beyond them is later than any.
func signed(_ value: UInt64) -> Int64 { Int64(clamping: value) }
