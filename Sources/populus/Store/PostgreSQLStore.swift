#if PostgreSQL
import Aggregator
import DAP
import StorePostgreSQL

/// The stores of a role in a PostgreSQL database.
struct PostgreSQLStore: StoreEngine {
    let address: DatabaseAddress
    /// The folder for what can be made again; a command may do without.
    let cache: CacheFolder?

    var location: StoreLocation { .database(address) }
    var spillDirectory: String { (cache?.path ?? "") + "/segments" }

    func open(
        role: Role, holding tasks: [TaskID], onOutage: @escaping OutageObserver,
        onWarning: @escaping @Sendable (String) -> Void
    ) throws -> any ServedDatastore {
        try PostgreSQLDatastore(
            connection: address.text, cache: cache?.path ?? "", role: role, holding: tasks, onOutage: onOutage,
            onWarning: onWarning)
    }

    func create(
        _ place: StoreOptions.Place, earliestReportTime: UInt64
    ) throws -> (name: String, isFirst: Bool) {
        let isFirst = try PostgreSQLDatastore.create(
            connection: address.text, cache: cache?.path, role: place.role, task: place.task,
            configurationDigest: place.file.configuration.storeDigest, earliestReportTime: earliestReportTime)
        return (address.text, isFirst)
    }

    func describe(_ place: StoreOptions.Place) throws -> StoreDescription {
        try PostgreSQLDatastore.describe(
            connection: address.text, cache: cache?.path, role: place.role, task: place.task,
            configurationDigest: place.file.configuration.storeDigest)
    }

    func renew(role: Role, _ renewals: [StoreRenewal]) throws {
        try PostgreSQLDatastore.renew(connection: address.text, cache: cache?.path, role: role, renewals)
    }

    func migrate(role: Role) throws -> String {
        let versions = try PostgreSQLDatastore.migrate(connection: address.text, role: role)
        return versions.from == versions.to
            ? "the tables of \(address.text) are of this version (store version \(versions.to)): nothing was to be done"
            : "brought the tables of \(address.text) from store version \(versions.from) to \(versions.to): there is no way back"
    }
}

extension PostgreSQLDatastore: ServedDatastore {}
#endif
