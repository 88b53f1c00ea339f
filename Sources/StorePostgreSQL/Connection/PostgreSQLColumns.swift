#if PostgreSQL
import Aggregator
import CPostgreSQL
import PopulusDAP

/// Reads a row's columns one after the other, in the order of its statement.
///
/// Not to be kept: it is good as long as the closure that it was given to.
package struct PostgreSQLColumns {
    private let result: OpaquePointer
    private let row: Int32
    private var index: Int32 = 0

    init(_ result: OpaquePointer, row: Int) {
        self.result = result
        self.row = Int32(row)
    }

    private func name(of column: Int32) -> String { PQfname(result, column).map { String(cString: $0) } ?? "\(column)" }

    /// Whether the next column has no value.
    package var isNull: Bool { PQgetisnull(result, row, index) == 1 }

    /// Passes over a column.
    package mutating func skip<T>() -> T? {
        index += 1
        return nil
    }

    /// The bytes of the next column as the server sent them.
    private mutating func next() throws -> UnsafeRawBufferPointer {
        defer { index += 1 }
        guard !isNull, let start = PQgetvalue(result, row, index) else {
            throw StoreError.damaged("column \(name(of: index)) is empty")
        }
        return UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, index)))
    }

    package mutating func bytes() throws -> [UInt8] { [UInt8](try next()) }

    package mutating func text() throws -> String { String(decoding: try next(), as: UTF8.self) }

    package mutating func boolean() throws -> Bool { try next().first == 1 }

    /// A column of any of the server's integer types; a `numeric`, such as a sum, is none.
    package mutating func integer() throws -> Int64 {
        let column = index
        let type = PQftype(result, column)
        let bytes = try next()
        switch (type, bytes.count) {
        case (Self.numeric, _): throw StoreError.database("column \(name(of: column)) is numeric: cast it to bigint")
        case (_, 2): return Int64(bytes.loadUnaligned(as: Int16.self).bigEndian)
        case (_, 4): return Int64(bytes.loadUnaligned(as: Int32.self).bigEndian)
        case (_, 8): return bytes.loadUnaligned(as: Int64.self).bigEndian
        default: throw StoreError.damaged("column \(name(of: column)) is no number")
        }
    }

    private static let numeric: Oid = 1700

    /// A column whose numbers fit `T`.
    package mutating func number<T: FixedWidthInteger>(_ type: T.Type = T.self) throws -> T {
        let column = index
        guard let value = T(exactly: try integer()) else { throw StoreError.damaged("column \(name(of: column))") }
        return value
    }

    /// A column that holds one of an enumeration's names.
    package mutating func named<T: RawRepresentable<String>>(_ type: T.Type = T.self) throws -> T {
        let column = index
        guard let value = T(rawValue: try text()) else { throw StoreError.damaged("column \(name(of: column))") }
        return value
    }

    package mutating func identifier<ID: OpaqueID>(_ type: ID.Type = ID.self) throws -> ID {
        let column = index
        guard let id = ID(bytes: try bytes()) else { throw StoreError.damaged("column \(name(of: column))") }
        return id
    }
}
#endif
