#if PostgreSQL
import Aggregator
import CPostgreSQL
import Foundation
import Logging

/// One connection to the database, used by one thread at a time, which waits for every answer.
///
/// Parameters and results go in binary format. Each statement is prepared once a connection, known by its text.
package final class PostgreSQLConnection {
    /// The version of libpq, such as 150018.
    package static var libraryVersion: Int { Int(PQlibVersion()) }

    let pointer: OpaquePointer
    let limits: PostgreSQLLimits
    private let notices: PostgreSQLNotices
    var statements = PostgreSQLStatements()
    /// The server's process behind this connection.
    private(set) var backend = PostgreSQLBackend(process: 0, start: 0)

    /// Connects, and waits for that.
    ///
    /// - Throws: `PostgreSQLError`, without the password.
    package init(
        _ address: PostgreSQLAddress, name: String, limits: PostgreSQLLimits = .service, logger: Logger? = nil
    ) throws {
        let words = address.words(name: name, limits: limits)
        let pointer = words.withPointers { PQconnectdbParams($0, $1, 0) }
        guard let pointer else { throw PostgreSQLError.lost("out of memory") }
        guard PQstatus(pointer) == CONNECTION_OK else {
            defer { PQfinish(pointer) }
            throw PostgreSQLError.connecting(String(cString: PQerrorMessage(pointer)))
        }
        self.pointer = pointer
        self.limits = limits
        notices = PostgreSQLNotices(logger)
        notices.attach(to: pointer)
        // So that no call waits longer than `limits.silence`: each wait is in `wait(_:)`.
        PQsetnonblocking(pointer, 1)
        try begin()
    }

    deinit { PQfinish(pointer) }

    /// The first version of the server that Populus works with.
    static let leastServer = 150_000

    /// Has the session be what the store expects, whatever the database or the user is set to.
    private func begin() throws {
        guard Int(PQserverVersion(pointer)) >= Self.leastServer else {
            throw StoreError.unfit(
                "PostgreSQL \(PQserverVersion(pointer) / 10_000) runs there, and Populus needs version 15 or a later one"
            )
        }
        // Plans are made once: for statements that take arrays PostgreSQL would make one each time, which costs more than to
        // run it. So none may rest on how small a table was then: each goes by an index, and from row to row.
        try script(
            """
            SET TimeZone = 'UTC'; SET log_parameter_max_length_on_error = 0; SET statement_timeout = \(limits.statement * 1000);
            SET lock_timeout = \(limits.lock * 1000);
            SET idle_in_transaction_session_timeout = \(limits.idle * 1000); SET idle_session_timeout = 0;
            SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
            SET tcp_user_timeout = \(limits.acknowledgement * 1000);
            SET client_connection_check_interval = 10000;
            SET plan_cache_mode = force_generic_plan; SET jit = off;
            SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off
            """)
        let sql = """
            SELECT pid::bigint, \(PostgreSQLBackend.startColumn), current_schema()
            FROM pg_stat_activity WHERE pid = pg_backend_pid()
            """
        let schema = try one(sql) { found -> String? in
            backend = PostgreSQLBackend(process: try found.integer(), start: try found.integer())
            return found.isNull ? nil : try found.text()
        }
        guard let schema = schema ?? nil else {
            throw PostgreSQLError(
                sqlState: "3F000", message: "no schema of the search_path is there: make it (CREATE SCHEMA)")
        }
        // One schema alone, and what is temporary last: no other table of the same name is ever met.
        try script("SET search_path = \(Self.quoted(schema)), pg_temp")
    }

    /// Whether no transaction is open, and no answer is to come.
    package var isIdle: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }

    /// Whether a statement of the transaction failed, so that it can only be undone.
    package var hasFailed: Bool { PQtransactionStatus(pointer) == PQTRANS_INERROR }

    /// Whether the connection is of no more use.
    package var isLost: Bool { isGivenUp || PQstatus(pointer) != CONNECTION_OK }

    /// The first error of the transaction at hand, whatever its body made of it.
    var firstError: PostgreSQLError?

    /// Whether the server has said nothing for too long.
    var isGivenUp = false

    /// Which database it is, for people: without a password.
    package var place: String {
        let name = PQdb(pointer).map { String(cString: $0) } ?? ""
        let host = PQhost(pointer).map { String(cString: $0) } ?? ""
        return "database \(name) at \(host.isEmpty ? "this machine" : host)"
    }

    /// A name in SQL, whatever is in it.
    package static func quoted(_ identifier: String) -> String {
        "\"" + identifier.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}

extension PostgreSQLError {
    /// Why no connection came about, in the words of libpq, which has no states for it.
    fileprivate static func connecting(_ words: String) -> Self {
        let line = words.firstLine
        let state =
            switch line {
            case let line where line.contains("password authentication failed"): "28P01"
            case let line where line.contains("no pg_hba.conf entry"): "28000"
            case let line where line.contains("does not exist") && line.contains("database \""): "3D000"
            case let line where line.contains("too many"): "53300"
            default: ""
            }
        return Self(sqlState: state, message: line, isLost: true)
    }
}
#endif
