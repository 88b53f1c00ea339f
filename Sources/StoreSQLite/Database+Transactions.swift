import GRDB

extension Database {
    /// Runs a statement that is parsed once a connection.
    private func step(_ sql: String) throws { try cachedStatement(sql: sql).execute() }

    /// Commits what `body` writes, or undoes it.
    func transaction(_ body: () throws -> Void) throws {
        try step("BEGIN IMMEDIATE TRANSACTION")
        do {
            try body()
            try step("COMMIT TRANSACTION")
        } catch {
            // SQLite may have undone it already.
            if isInsideTransaction { try? step("ROLLBACK TRANSACTION") }
            throw error
        }
    }

    /// Keeps what `body` writes in the transaction, or undoes it alone.
    func savepoint<T>(_ body: () throws -> T) throws -> T {
        try step("SAVEPOINT one")
        do {
            let value = try body()
            try step("RELEASE SAVEPOINT one")
            return value
        } catch {
            if isInsideTransaction {
                try step("ROLLBACK TRANSACTION TO SAVEPOINT one")
                try step("RELEASE SAVEPOINT one")
            }
            throw error
        }
    }
}
