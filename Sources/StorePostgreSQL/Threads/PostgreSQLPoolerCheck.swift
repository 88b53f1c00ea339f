#if PostgreSQL
import Aggregator
import CPostgreSQL

/// Sees that each connection has a process of the server to itself.
///
/// A pooler that gives a connection another one for each transaction breaks what the store rests on: the process's lock and
/// LISTEN are a session's, and so are prepared statements and settings. It would show late, or as a lock that nobody has. A
/// pooler that keeps the two together for as long as the client is connected does no harm.
struct PostgreSQLPoolerCheck {
    private let connector: PostgreSQLConnector
    /// A pooler with several idle connections may give one the same again by chance.
    private static let rounds = 8

    init(_ connector: PostgreSQLConnector) { self.connector = connector }

    /// - Throws: `StoreError.unfit` where connections are shared.
    func run(beside one: PostgreSQLConnection) throws {
        let first = try Self.process(of: one)
        // Without anything between the two libpq was told the process's number as it connected.
        guard first != Int64(PQbackendPID(one.pointer)) else { return }
        let other = try connector.connect()
        for _ in 0..<Self.rounds {
            try other.script("BEGIN")
            let taken = try Self.process(of: other)
            let again = try Self.process(of: one)
            try other.script("COMMIT")
            guard taken != first, again == first else { throw StoreError.pooled(one.place) }
        }
    }

    private static func process(of connection: PostgreSQLConnection) throws -> Int64 {
        // Not prepared: that itself breaks where connections are shared.
        let answers = try connection.script("SELECT pg_backend_pid()")
        guard let process = answers.first.flatMap({ Int64($0) }) else {
            throw PostgreSQLError.client("the server does not say which process it is")
        }
        return process
    }
}
#endif
