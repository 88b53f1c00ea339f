#if PostgreSQL
import Aggregator
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StorePostgreSQL

/// A task's store that processes share, each with a folder of its own.
struct TwoProcesses: Sendable {
    struct Process: Sendable {
        let datastore: PostgreSQLDatastore
        let store: any TaskStore

        var replica: any StoreReplica { datastore.replica }
    }

    let one: OneTask

    init(_ role: Role = .leader) throws { one = try OneTask(role) }

    /// Opens it as a process of this number, which says that it lives.
    func open(
        _ number: Int, through proxy: PostgreSQLProxy? = nil, limits: PostgreSQLLimits = .service
    ) async throws -> Process {
        let datastore = try one.place.connect(
            to: one.place.database.uri(through: proxy?.socketFolder), cache: one.place.cache(of: number),
            isAlone: false, limits: limits)
        do {
            try await datastore.replica.announce("process \(number)")
            return Process(datastore: datastore, store: try one.open(in: datastore))
        } catch {
            try datastore.close()
            throw error
        }
    }

    /// Why it does not open as a process of this number.
    func refusal(_ number: Int, limits: PostgreSQLLimits = .service) async throws -> StoreError? {
        do {
            try await open(number, limits: limits).datastore.close()
            return nil
        } catch let error as StoreError { return error }
    }

    func remove() throws { try one.place.remove() }

    /// Cuts the connections that hold the locks of processes.
    func cutLocks() throws {
        try query(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """)
    }

    @discardableResult
    func query(_ sql: String) throws -> [[String?]] { try one.place.database.query(sql) }
}
#endif
