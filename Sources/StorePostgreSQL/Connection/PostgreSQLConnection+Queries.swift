#if PostgreSQL
import CPostgreSQL

extension PostgreSQLConnection {
    /// Runs a statement.
    ///
    /// - Returns: how many rows it changed, or gave.
    @discardableResult
    package func run(_ sql: String, _ arguments: [PostgreSQLValue] = []) throws -> Int {
        try send(sql, arguments) { try $0.drain() }?.changed ?? 0
    }

    /// Runs statements that take no parameters, one after the other.
    ///
    /// - Returns: the first column of each result that has a row, as text.
    @discardableResult
    package func script(_ sql: String) throws -> [String] {
        try sent(PQsendQuery(pointer, sql))
        var (texts, failure): ([String], PostgreSQLError?) = ([], nil)
        while let result = try nextResult() {
            if !result.isGood { failure = failure ?? error(of: result) }
            if let text = result.firstText { texts.append(text) }
        }
        if let failure { throw failure }
        return texts
    }

    /// The first row; nothing where there is none.
    package func one<T>(
        _ sql: String, _ arguments: [PostgreSQLValue] = [], _ read: (inout PostgreSQLColumns) throws -> T
    ) throws -> T? {
        guard let result = try send(sql, arguments, { try $0.drain() }), result.rowCount > 0 else { return nil }
        var columns = PostgreSQLColumns(result.pointer, row: 0)
        return try withExtendedLifetime(result) { try read(&columns) }
    }

    /// All rows.
    package func all<T>(
        _ sql: String, _ arguments: [PostgreSQLValue] = [], _ read: (inout PostgreSQLColumns) throws -> T
    ) throws -> [T] {
        guard let result = try send(sql, arguments, { try $0.drain() }) else { return [] }
        return try withExtendedLifetime(result) {
            var values: [T] = []
            values.reserveCapacity(result.rowCount)
            for row in 0..<result.rowCount {
                var columns = PostgreSQLColumns(result.pointer, row: row)
                values.append(try read(&columns))
            }
            return values
        }
    }

    /// Calls `body` with each row as it comes; there is no other statement inside `body`.
    ///
    /// Where `body` throws the rows that are left are passed over.
    package func forEach(
        _ sql: String, _ arguments: [PostgreSQLValue] = [], _ body: (inout PostgreSQLColumns) throws -> Void
    ) throws {
        try send(sql, arguments) { connection in
            guard PQsetSingleRowMode(connection.pointer) == 1 else {
                throw PostgreSQLError.client("rows cannot be read one by one")
            }
            var (failure, thrown): (PostgreSQLError?, (any Error)?)
            while let result = try connection.nextResult() {
                if !result.isGood {
                    failure = failure ?? connection.error(of: result)
                }
                guard thrown == nil, failure == nil, result.rowCount > 0 else { continue }
                var columns = PostgreSQLColumns(result.pointer, row: 0)
                do { try withExtendedLifetime(result) { try body(&columns) } } catch { thrown = error }
            }
            if let error = failure ?? thrown { throw error }
        }
    }

    /// Keeps what `body` writes in the transaction, or undoes it alone.
    package func savepoint<T>(_ body: () throws -> T) throws -> T {
        try script("SAVEPOINT one")
        do {
            let value = try body()
            guard !hasFailed else { throw Self.passedOver }
            try script("RELEASE SAVEPOINT one")
            return value
        } catch {
            let cause = cause(of: error)
            if !isLost { try script("ROLLBACK TO SAVEPOINT one; RELEASE SAVEPOINT one") }
            firstError = nil
            throw cause
        }
    }

    /// After an error the server undoes the transaction whatever is said: a body must not go on as if nothing were.
    static let passedOver = PostgreSQLError(
        sqlState: "25P02", message: "a statement of the transaction failed, and that was passed over")
}
#endif
