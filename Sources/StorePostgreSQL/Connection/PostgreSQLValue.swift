#if PostgreSQL
import CPostgreSQL

/// A parameter of a statement.
package enum PostgreSQLValue: Sendable {
    /// Its type is the server's to infer: where nothing says it, the statement casts (`$1::bytea`).
    case null
    case integer(Int64)
    case boolean(Bool)
    case text(String)
    case bytes([UInt8])
    case integers([Int64?])
    case byteStrings([[UInt8]?])
}

/// The types that values have, by the numbers that the server knows them by.
enum PostgreSQLType {
    static let boolean: Oid = 16
    static let bytes: Oid = 17
    static let integer64: Oid = 20
    static let integer16: Oid = 21
    static let integer32: Oid = 23
    static let text: Oid = 25
    static let byteStrings: Oid = 1001
    static let integers: Oid = 1016
    /// None: the server infers one.
    static let inferred: Oid = 0
}

extension PostgreSQLValue {
    /// What the server is told that it is.
    var type: Oid {
        switch self {
        case .null: PostgreSQLType.inferred
        case .integer: PostgreSQLType.integer64
        case .boolean: PostgreSQLType.boolean
        case .text: PostgreSQLType.text
        case .bytes: PostgreSQLType.bytes
        case .integers: PostgreSQLType.integers
        case .byteStrings: PostgreSQLType.byteStrings
        }
    }

    var isNull: Bool {
        guard case .null = self else { return false }
        return true
    }

    /// Appends the value as the server reads it in binary; nothing for a null.
    ///
    /// - Parameter wanted: the type that the server infers; an integer is sent in as many bytes as that has.
    func encode(as wanted: Oid, into bytes: inout [UInt8]) throws {
        switch self {
        case .null: break
        case .integer(let value): try Self.encode(value, as: wanted, into: &bytes)
        case .boolean(let value): bytes.append(value ? 1 : 0)
        case .text(let value): bytes.append(contentsOf: value.utf8)
        case .bytes(let value): bytes.append(contentsOf: value)
        case .integers(let values):
            Self.encode(values, of: PostgreSQLType.integer64, into: &bytes) { value, bytes in
                bytes.append(bigEndian: UInt64(bitPattern: value))
            }
        case .byteStrings(let values):
            Self.encode(values, of: PostgreSQLType.bytes, into: &bytes) { value, bytes in
                bytes.append(contentsOf: value)
            }
        }
    }

    private static func encode(_ value: Int64, as wanted: Oid, into bytes: inout [UInt8]) throws {
        switch wanted {
        case PostgreSQLType.integer16:
            guard let value = Int16(exactly: value) else { throw PostgreSQLError.client("a number is too great") }
            bytes.append(bigEndian: UInt16(bitPattern: value))
        case PostgreSQLType.integer32:
            guard let value = Int32(exactly: value) else { throw PostgreSQLError.client("a number is too great") }
            bytes.append(bigEndian: UInt32(bitPattern: value))
        default: bytes.append(bigEndian: UInt64(bitPattern: value))
        }
    }

    /// An array of one dimension, counted from 1.
    private static func encode<T>(
        _ values: [T?], of element: Oid, into bytes: inout [UInt8], _ encode: (T, inout [UInt8]) -> Void
    ) {
        bytes.append(bigEndian: UInt32(values.isEmpty ? 0 : 1))
        bytes.append(bigEndian: UInt32(values.contains { $0 == nil } ? 1 : 0))
        bytes.append(bigEndian: element)
        guard !values.isEmpty else { return }
        bytes.append(bigEndian: UInt32(values.count))
        bytes.append(bigEndian: UInt32(1))
        for value in values {
            let place = bytes.count
            bytes.append(bigEndian: UInt32.max)
            guard let value else { continue }
            encode(value, &bytes)
            bytes.put(bigEndian: UInt32(bytes.count - place - 4), at: place)
        }
    }
}

extension [UInt8] {
    mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Writes a number over the bytes at `place`.
    mutating func put(bigEndian value: UInt32, at place: Int) {
        Swift.withUnsafeBytes(of: value.bigEndian) { number in
            for (offset, byte) in number.enumerated() { self[place + offset] = byte }
        }
    }
}
#endif
