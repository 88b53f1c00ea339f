import Aggregator
import DAP
import Foundation
import GRDB

/// A transaction's view of the tables.
struct SQLiteTransaction: StoreTransaction {
    let db: Database
    let uploads: UploadFiles
    let mark: LedgerMark

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
}

/// SQLite's integers are signed; a time beyond them is later than any.
func signed(_ value: UInt64) -> Int64 { Int64(clamping: value) }
