import Aggregator
import ArgumentParser

extension StoreLocation {
    /// What works with the stores here, for a server.
    ///
    /// - Parameter isAlone: whether no other server of the role may work with them.
    func serving(cache: String?, isAlone: Bool) throws(CommandFailure) -> any StoreEngine {
        switch self {
        case .file(let file): SQLiteStore(file: file)
        case .database(let address):
            try Self.engine(address, isAlone: isAlone) { () throws(CommandFailure) in try CacheFolder(cache) }
        }
    }

    /// What works with the stores here, for a command.
    func engine(cache: String?) throws(CommandFailure) -> any StoreEngine {
        switch self {
        case .file(let file): SQLiteStore(file: file)
        case .database(let address):
            try Self.engine(address) { () throws(CommandFailure) in
                guard let cache else { return nil }
                return try CacheFolder(cache)
            }
        }
    }

    /// Before a folder is made for it, this executable has to know PostgreSQL at all.
    private static func engine(
        _ address: DatabaseAddress, isAlone: Bool = true, _ cache: () throws(CommandFailure) -> CacheFolder?
    ) throws(CommandFailure) -> any StoreEngine {
        #if PostgreSQL
        return PostgreSQLStore(address: address, cache: try cache(), isAlone: isAlone)
        #else
        throw CommandFailure(
            .data,
            "\(address.text): this executable was built without PostgreSQL, and takes a SQLite file only. Every release has "
                + "it; from a checkout it is built by `swift build -c release --traits PostgreSQL`, with the package libpq-dev"
        )
        #endif
    }

    /// Refuses what does not go together with a store's place.
    static func validate(_ text: String, cache: String?) throws {
        try validate(text)
        guard let cache else { return }
        guard DatabaseAddress.isMeant(by: text) else {
            throw ValidationError(
                "--cache is for a store in PostgreSQL: what belongs to \(text) lies beside it, and stays there")
        }
        if cache.isEmpty { throw ValidationError("--cache takes the path of a folder; this name is empty") }
    }
}
