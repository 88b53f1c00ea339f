#if PostgreSQL
import CPostgreSQL

/// Rows on their way into a table, in the binary form of COPY.
package struct PostgreSQLCopy {
    /// Bytes that are collected before they are sent.
    private static let pieceSize = 1 << 17

    private let connection: PostgreSQLConnection
    private let types: [Oid]
    private var bytes: [UInt8]

    fileprivate init(_ connection: PostgreSQLConnection, types: [Oid]) {
        (self.connection, self.types) = (connection, types)
        // The signature, no flags, no extension.
        bytes = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        bytes.reserveCapacity(Self.pieceSize + 4096)
    }

    /// Adds a row: a value a column, in the columns' order.
    package mutating func row(_ values: [PostgreSQLValue]) throws {
        guard values.count == types.count else { throw PostgreSQLError.client("a row has \(values.count) columns") }
        bytes.append(bigEndian: UInt16(values.count))
        for (value, type) in zip(values, types) {
            let place = bytes.count
            bytes.append(bigEndian: UInt32.max)
            if value.isNull { continue }
            try value.encode(as: type, into: &bytes)
            bytes.put(bigEndian: UInt32(bytes.count - place - 4), at: place)
        }
        if bytes.count >= Self.pieceSize { try send() }
    }

    private mutating func send() throws {
        try connection.put(bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    fileprivate mutating func finish() throws {
        bytes.append(bigEndian: UInt16.max)
        try send()
    }
}

extension PostgreSQLConnection {
    /// Fills a table with the rows that `rows` adds; no other statement inside it.
    package func copy(
        into table: String, columns: [String], _ rows: (inout PostgreSQLCopy) throws -> Void
    ) throws {
        let types = try types(of: columns, in: table)
        try sent(
            PQsendQuery(
                pointer, "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN WITH (FORMAT binary)"))
        guard try drain()?.status == PGRES_COPY_IN else { throw PostgreSQLError.client("the server takes no rows") }
        do {
            var copy = PostgreSQLCopy(self, types: types)
            try rows(&copy)
            try copy.finish()
        } catch {
            try endCopy(failing: true, after: error)
        }
        try endCopy(failing: false, after: nil)
    }

    /// Says that no row follows, or that those that were sent are void.
    private func endCopy(failing: Bool, after error: (any Error)?) throws {
        if let error, isLost { throw error }
        try sent(PQputCopyEnd(pointer, failing ? "the rows are void" : nil))
        do { try drain() } catch let answer { throw error ?? answer }
        if let error { throw error }
    }

    /// Sends a piece of rows.
    fileprivate func put(_ bytes: [UInt8]) throws {
        let answer = bytes.withUnsafeBytes { buffer in
            PQputCopyData(
                pointer, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
        }
        try sent(answer)
    }
}
#endif
