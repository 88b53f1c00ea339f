#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging
import StorePostgreSQL

/// The stores of a role in a PostgreSQL database.
struct PostgreSQLStore: StoreEngine {
    let address: DatabaseAddress
    /// The folder for what can be made again; a command may do without.
    let cache: CacheFolder?
    /// Whether no other server of the role may work with them.
    let isAlone: Bool

    var location: StoreLocation { .database(address) }
    var spillDirectory: String? { cache?.path }

    func open(
        role: Role, holding tasks: [TaskID], sealKeys: SealKeys?, logger: Logger, onOutage: @escaping OutageObserver
    ) throws -> any ServedDatastore {
        guard let cache else { throw StoreError.notAStore("a server of a database needs a folder for its cache") }
        return try PostgreSQLDatastore(
            at: try PostgreSQLAddress(address.text), role: role, cacheFolder: cache.path, isAlone: isAlone,
            sealKeys: sealKeys, logger: logger, onOutage: onOutage)
    }

    func create(
        _ place: StoreOptions.Place, earliestReportTime: UInt64, sealKeys: SealKeys?
    ) throws -> (name: String, isFirst: Bool) {
        let made = try PostgreSQLDatastore.create(
            at: try PostgreSQLAddress(address.text), role: place.role, task: place.task,
            configurationDigest: place.file.configuration.storeDigest, earliestReportTime: earliestReportTime,
            sealKeys: sealKeys)
        return (address.text, made.isNew)
    }

    func create(role: Role, sealKeys: SealKeys?) throws -> String {
        try PostgreSQLDatastore.create(at: try PostgreSQLAddress(address.text), role: role, sealKeys: sealKeys)
        return address.text
    }

    func describe(_ place: StoreOptions.Place) throws -> StoreDescription {
        try PostgreSQLDatastore.describe(
            at: try PostgreSQLAddress(address.text), role: place.role, task: place.task,
            configurationDigest: place.file.configuration.storeDigest, cacheFolder: cache?.path)
    }

    func keptTasks(role: Role) throws -> [KeptTask] {
        try PostgreSQLDatastore.keptTasks(at: try PostgreSQLAddress(address.text), role: role)
    }

    func renew(role: Role, _ renewals: [StoreRenewal]) throws {
        try PostgreSQLDatastore.renew(at: try PostgreSQLAddress(address.text), role: role, renewals)
    }

    func seal(role: Role, with keys: SealKeys) throws -> String {
        try PostgreSQLDatastore.seal(at: try PostgreSQLAddress(address.text), role: role, with: keys)
    }

    func reseal(role: Role, with keys: SealKeys) throws -> (from: String, to: String) {
        try PostgreSQLDatastore.reseal(at: try PostgreSQLAddress(address.text), role: role, with: keys)
    }

    func migrate(role: Role) throws -> String {
        let done = try PostgreSQLDatastore.migrate(at: try PostgreSQLAddress(address.text), role: role)
        return done.from == done.to
            ? "the tables of \(address.text) are of this version (store version \(done.to)): nothing was to be done"
            : "brought the tables of \(address.text) from store version \(done.from) to \(done.to): there is no way back"
    }
}

extension PostgreSQLDatastore: ServedDatastore {
    /// A database is whole for all tasks, or for none.
    func damage(of task: TaskID) -> StoreError? { nil }
}
#endif
