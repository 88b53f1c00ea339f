#if PostgreSQL
import Aggregator
import CPostgreSQL
import PopulusDurableFiles

/// What the server or the connection to it says that went wrong.
///
/// Never with a value that was sent: the server's detail and context may quote rows, so they are left out.
package struct PostgreSQLError: Error, Sendable, Equatable {
    /// Five letters and digits; empty where the server said nothing.
    package let sqlState: String
    /// One line, without a point at its end.
    package let message: String
    /// The constraint that a row broke.
    package var constraint: String?
    /// Whether the connection is of no more use.
    package var isLost = false

    /// What is wrong on this side of the connection.
    static func client(_ message: String) -> Self { Self(sqlState: "", message: message) }

    /// The connection is gone, or as good as gone.
    static func lost(_ message: String) -> Self { Self(sqlState: "", message: message, isLost: true) }
}

extension PostgreSQLError {
    /// What a result says.
    init(_ result: OpaquePointer?, isLost: Bool) {
        func field(_ letter: Unicode.Scalar) -> String? {
            PQresultErrorField(result, Int32(letter.value)).map { String(cString: $0) }
        }
        self.init(
            sqlState: field("C") ?? "", message: (field("M") ?? "the connection was lost").firstLine,
            constraint: field("n"), isLost: isLost || field("V") == "FATAL" || field("V") == "PANIC")
    }

    /// Whether the same again may go well: what collided with another transaction, or met a server that stops or starts.
    package var isTransient: Bool {
        if isLost { return true }
        switch sqlState {
        case "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300": return true
        default: return sqlState.hasPrefix("08")
        }
    }

    /// Whether there is no server, or it lets nobody in.
    var isAbsence: Bool {
        isLost || ["08", "28", "57P", "53300", "3D000"].contains { sqlState.hasPrefix($0) }
    }

    /// Whether the server turned the connection down for a reason that time alone does not mend.
    var isRefusal: Bool {
        ["28", "3D", "0A", "22", "42"].contains { sqlState.hasPrefix($0) }
    }
}

extension PostgreSQLError: CustomStringConvertible {
    package var description: String {
        message + (constraint.map { " (\($0))" } ?? "") + (sqlState.isEmpty ? "" : " [\(sqlState)]")
    }
}

extension String {
    /// The first line, without spaces and a point at its end.
    var firstLine: String {
        var line = String(split(whereSeparator: \.isNewline).first ?? "")
        while let last = line.last, last == " " || last == "." { line.removeLast() }
        return line
    }
}

extension StoreError {
    /// A pooler stands before a database that shares connections in a way that no store can work with.
    static func pooled(_ place: String) -> Self {
        .unfit(
            "a pooler stands before \(place) that shares connections by transaction, and a server's lock is its connection's: "
                + "give the address of PostgreSQL itself, or have the pooler share by session")
    }

    /// What a database call threw, as the store's own error.
    init(wrapping error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as PostgreSQLError: self.init(error)
        case let error as DurableFileError: self = StoreError(error.path, error)
        default: self = .database("\(error)")
        }
    }

    /// Wraps the database's errors; those that a transaction's body threw itself pass unchanged.
    static func mapped(_ error: any Error) -> any Error {
        error is PostgreSQLError ? StoreError(wrapping: error) : error
    }

    private init(_ error: PostgreSQLError) {
        let advice =
            switch error.sqlState {
            case "53100": ""
            case "XX001", "XX002": ""
            case "42501": ": give the role that Populus connects as what it needs (GRANT), or let it own the tables"
            case "28P01", "28000": ": look at the user, at the password file, and at the server's pg_hba.conf"
            case "3D000": ": an operator makes the database (CREATE DATABASE), Populus only its tables"
            case "53300": ": raise the server's max_connections, or end what else is connected"
            case "25006": ": this is a standby or a read-only database; give the address of the primary"
            case "57014": ": the statement took longer than it may; look at what the server is busy with"
            case "42P01", "42703": ": the tables are not those that this version of Populus made"
            default: error.isLost ? ": see that the server runs and can be reached" : ""
            }
        switch error.sqlState {
        case "53100": self = .full("PostgreSQL says: \(error)")
        case "XX001", "XX002": self = .damaged("PostgreSQL says: \(error)")
        case "25006": self = .unfit("\(error)\(advice)")
        // A statement that this connection has prepared is another one's, or nobody's.
        case "26000", "42P05": self = .pooled("the server")
        case _ where error.isAbsence: self = .unreachable("\(error)\(advice)")
        default: self = .server("\(error)\(advice)")
        }
    }
}
#endif
