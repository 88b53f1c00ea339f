#if PostgreSQL
import Aggregator
import CPostgreSQL

/// Nobody knows whether a transaction was committed: its COMMIT was sent, and no answer came.
package struct PostgreSQLUnanswered: Error {
    /// What happened to the connection.
    let reason: PostgreSQLError
}

extension PostgreSQLConnection {
    /// Undoes the transaction at hand.
    ///
    /// - Returns: whether the connection is good for another one.
    package func rollBack() -> Bool {
        firstError = nil
        // A transaction that cannot be undone ends with its connection.
        return (try? script("ROLLBACK")) != nil && isIdle
    }

    /// Commits the transaction at hand.
    ///
    /// - Throws: `PostgreSQLError` where it was undone, and `PostgreSQLUnanswered` where it may be either.
    package func commit() throws {
        guard !hasFailed else { throw Self.passedOver }
        var command = ""
        do {
            try sent(PQsendQuery(pointer, "COMMIT"))
            command = try drain()?.command ?? ""
        } catch let error as PostgreSQLError where error.isLost || isLost {
            throw PostgreSQLUnanswered(reason: error)
        }
        guard command == "COMMIT" else { throw Self.passedOver }
    }

    /// Runs `body` in a transaction that sees one state and writes nothing.
    package func reading<T>(_ body: () throws -> T) throws -> T {
        firstError = nil
        try script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let value: T
        do { value = try body() } catch { throw cause(of: error) }
        // It has nothing to lose.
        try script("COMMIT")
        return value
    }
}
#endif
