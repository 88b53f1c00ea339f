#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging

extension PostgreSQLDatastore {
    /// Reads who a store is, and what it knows of the other aggregator's; no server may have it open alone.
    ///
    /// - Parameter cacheFolder: where it is there, the mark of how far the store was is looked at too.
    package static func describe(
        at address: PostgreSQLAddress, role: Role, task: TaskID, configurationDigest: [UInt8],
        cacheFolder: String? = nil, logger: Logger? = nil
    ) throws -> StoreDescription {
        var connector = PostgreSQLConnector(address: address, role: role, limits: .service, logger: logger)
        // Beside those that share it: who they are is told, too.
        connector.isAlone = false
        let datastore = try PostgreSQLDatastore(connector, cacheFolder: cacheFolder)
        // Everything that was committed is on disk whatever becomes of this.
        defer { try? datastore.close() }
        let store = try datastore.openTask(task, configurationDigest: configurationDigest, isServed: false)
        let row = store.row
        let life = datastore.replica.life
        let (starts, replicas) = try datastore.wait { db in
            try db.reading { (try LedgerTables(db: db, task: row).starts, try ReplicaTables.known(life, db)) }
        }
        return StoreDescription(
            store: store.statement.store, peer: store.statement.echo?.store, starts: starts,
            earliestReportTime: store.earliestReportTime, conflict: store.conflict,
            others: try datastore.tasks.filter { $0 != task }, replicas: replicas)
    }
}
#endif
