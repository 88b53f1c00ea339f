#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging

/// What an operator's command changes in a database, in one transaction, while no server works with the store.
struct StoreChange {
    private let connector: PostgreSQLConnector

    /// - Parameter isAlone: whether no server may work with the store meanwhile.
    init(address: PostgreSQLAddress, role: Role, logger: Logger?, isAlone: Bool = true) {
        var connector = PostgreSQLConnector(address: address, role: role, limits: .maintenance, logger: logger)
        connector.isAlone = isAlone
        self.connector = connector
    }

    /// Runs a change; again where its connection was lost before anybody can know that it was committed.
    ///
    /// - Parameters:
    ///   - isDone: whether it was committed; asked only where there is a store.
    ///   - change: what is to be done.
    /// - Throws: `StoreError`.
    func run(
        _ isDone: (PostgreSQLConnection) throws -> Bool, change: (PostgreSQLConnection) throws -> Void
    ) throws {
        do {
            let worker = PostgreSQLWorker(connector)
            let end = ContinuousClock.now + .seconds(connector.limits.retry)
            var isSent = false
            // The first connection comes about, or there is an error in the address.
            try PostgreSQLPoolerCheck(connector).run(beside: try worker.connected())
            try worker.persist(until: end, unless: { false }) { db in
                try db.script("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
                // One such change at a time; one whose connection was lost is then at its end.
                try db.script("SELECT pg_advisory_xact_lock(\(StoreLocks.making))")
                let exists = try StoreTables.exist(db)
                if isSent, exists, try isDone(db) { return }
                if exists { try lockOut(db) }
                try change(db)
                if connector.isAlone { try StoreTables.noteChange(db) }
                do { try db.commit() } catch let error as PostgreSQLUnanswered {
                    isSent = true
                    throw error.reason
                }
            }
        } catch {
            throw StoreError(wrapping: error)
        }
    }

    /// Sees that no server works with the store, nor begins to before this connection ends.
    private func lockOut(_ db: PostgreSQLConnection) throws {
        _ = try StoreTables.check(db, role: connector.role)
        let key = StoreLocks(try StoreTables.identity(db)).process
        try PostgreSQLProcessLock.take(key, isAlone: connector.isAlone, over: db)
    }
}
#endif
