#if PostgreSQL
import PostgreSQLHarness
import Synchronization

/// Who waits at the server, among those that work at one task of a database.
package final class PostgreSQLWaits: Sendable {
    private let session: Mutex<PostgreSQLSession>

    package init(_ database: PostgreSQLDatabase) throws {
        session = Mutex(try database.server.session(database: database.name))
    }

    /// The locks that they wait for, by PostgreSQL's names of their kinds.
    ///
    /// `advisory` is the task's own, `transactionid` another transaction's end.
    ///
    /// - Parameter task: its row. Whoever works at it holds its lock, or waits for that.
    package func waits(at task: Int64) throws -> [String] {
        let sql = """
            SELECT locktype FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND objsubid = 2 AND objid = \(task))
            """
        return try session.withLock { try $0.query(sql) }.compactMap { $0.first ?? nil }
    }
}
#endif
