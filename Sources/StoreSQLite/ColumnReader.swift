import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Reads a row's columns one after the other, in the order of its statement: finding each by its name costs more than the
/// rest of a read.
struct ColumnReader {
    private let row: Row
    private var index = 0

    init(_ row: Row) { self.row = row }

    private func name(of column: Int) -> String { row.columnNames.dropFirst(column).first ?? "\(column)" }

    /// Whether the next column has no value.
    var isNull: Bool { row.hasNull(atIndex: index) }

    /// Passes over a column.
    mutating func skip<T>() -> T? {
        index += 1
        return nil
    }

    mutating func bytes() throws -> [UInt8] {
        defer { index += 1 }
        return try row.withUnsafeData(atIndex: index) { data in
            guard let data else { throw StoreError.damaged("column \(name(of: index)) is empty") }
            return [UInt8](data)
        }
    }

    mutating func integer() throws -> Int64 {
        defer { index += 1 }
        guard let value: Int64 = row[index] else { throw StoreError.damaged("column \(name(of: index)) is empty") }
        return value
    }

    /// A column whose numbers fit `T`.
    mutating func number<T: FixedWidthInteger>(_ type: T.Type = T.self) throws -> T {
        let column = index
        guard let value = T(exactly: try integer()) else { throw StoreError.damaged("column \(name(of: column))") }
        return value
    }

    /// A column that holds one of an enumeration's names.
    mutating func named<T: RawRepresentable<String>>(_ type: T.Type = T.self) throws -> T {
        defer { index += 1 }
        guard let text: String = row[index], let value = T(rawValue: text) else {
            throw StoreError.damaged("column \(name(of: index))")
        }
        return value
    }

    mutating func identifier<ID: OpaqueID>(_ type: ID.Type) throws -> ID {
        let column = index
        guard let id = ID(bytes: try bytes()) else { throw StoreError.damaged("column \(name(of: column))") }
        return id
    }
}

extension SQLiteTransaction {
    /// The first row, read while its cursor lives.
    func one<T>(
        _ sql: String, _ arguments: StatementArguments, _ read: (inout ColumnReader) throws -> T
    ) throws -> T? {
        let cursor = try rows(sql, arguments)
        guard let row = try cursor.next() else { return nil }
        var columns = ColumnReader(row)
        return try withExtendedLifetime(cursor) { try read(&columns) }
    }

    /// All rows.
    func all<T>(
        _ sql: String, _ arguments: StatementArguments, _ read: (inout ColumnReader) throws -> T
    ) throws -> [T] {
        let cursor = try rows(sql, arguments)
        var values: [T] = []
        while let row = try cursor.next() {
            var columns = ColumnReader(row)
            values.append(try read(&columns))
        }
        return values
    }
}
