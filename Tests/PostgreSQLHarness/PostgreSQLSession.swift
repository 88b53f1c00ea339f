import Foundation
import Glibc

/// One connection to a server for a test's own questions, in PostgreSQL's simple protocol, without libpq.
///
/// Used by one thread at a time; it waits.
package final class PostgreSQLSession {
    private let stream: ByteStream

    /// - Throws: `HarnessError`: `.unreachable`, or `.refused` by the server.
    package init(socket path: String, user: String, database: String) throws {
        stream = try ByteStream(connectedTo: path)
        var startup = Message(type: nil)
        startup.add(UInt32(196_608))
        for text in ["user", user, "database", database] { startup.add(text) }
        startup.bytes.append(0)
        try stream.write(startup.encoded)
        _ = try answer()
    }

    deinit { stream.close() }

    /// The rows of the last statement that has some, as texts.
    @discardableResult
    package func query(_ sql: String) throws -> [[String?]] {
        var message = Message(type: UInt8(ascii: "Q"))
        message.add(sql)
        try stream.write(message.encoded)
        return try answer()
    }

    /// Reads until the server waits for the next statement.
    private func answer() throws -> [[String?]] {
        var rows: [[String?]] = []
        var refusal: HarnessError?
        while true {
            guard let message = try stream.message() else {
                throw refusal ?? HarnessError.unreachable("the connection was closed")
            }
            switch message.type {
            case UInt8(ascii: "T"): rows = []
            case UInt8(ascii: "D"): rows.append(message.row)
            case UInt8(ascii: "E"): refusal = message.refusal
            case UInt8(ascii: "R") where message.bytes != [0, 0, 0, 0]:
                throw HarnessError.unreachable("the server asks for a password")
            case UInt8(ascii: "Z"):
                if let refusal { throw refusal }
                return rows
            default: break
            }
        }
    }
}

extension Message {
    /// The columns of a DataRow.
    fileprivate var row: [String?] {
        var place = 0
        func number(_ size: Int) -> Int {
            defer { place += size }
            return bytes[place..<place + size].reduce(0) { $0 << 8 | Int($1) }
        }
        return (0..<number(2)).map { _ in
            let size = number(4)
            guard size != 0xffff_ffff else { return nil }
            defer { place += size }
            return String(decoding: bytes[place..<place + size], as: UTF8.self)
        }
    }

    /// SQLSTATE and text of an ErrorResponse.
    fileprivate var refusal: HarnessError {
        var fields: [UInt8: String] = [:]
        for field in bytes.split(separator: 0) {
            guard let code = field.first else { continue }
            fields[code] = String(decoding: field.dropFirst(), as: UTF8.self)
        }
        return .refused(state: fields[UInt8(ascii: "C")] ?? "", message: fields[UInt8(ascii: "M")] ?? "")
    }
}
