import Aggregator
import ArgumentParser
import Foundation
import PopulusDAP
import StoreSQLite

#if PostgreSQL
import StorePostgreSQL
#endif

/// Which store is measured.
enum MeasuredStore: Sendable {
    /// A file, with folders beside it.
    case sqlite(URL)
    /// A database, and the folder for what can be made again.
    case postgresql(String, cache: URL)

    /// Every task's configuration.
    static let digest = [UInt8](repeating: 0, count: 32)

    /// - Parameters:
    ///   - address: that of a database; nothing for a file in `folder`.
    ///   - folder: is there.
    init(_ address: String?, in folder: URL) {
        if let address {
            self = .postgresql(address, cache: folder.appending(path: "cache"))
        } else {
            self = .sqlite(folder.appending(path: "leader.sqlite"))
        }
    }

    /// Makes some tasks, and opens the store.
    func open(_ tasks: [TaskID]) throws -> any Datastore {
        switch self {
        case .sqlite(let file):
            for task in tasks {
                try SQLiteDatastore.create(
                    path: file.path, role: .leader, task: task, configurationDigest: Self.digest)
            }
            return try SQLiteDatastore(path: file.path, role: .leader)
        case .postgresql(let address, let cache):
            #if PostgreSQL
            let address = try PostgreSQLAddress(address)
            for task in tasks {
                try PostgreSQLDatastore.create(
                    at: address, role: .leader, task: task, configurationDigest: Self.digest)
            }
            return try PostgreSQLDatastore(at: address, role: .leader, cacheFolder: cache.path)
            #else
            throw ValidationError(
                "this store-benchmark was built without the trait PostgreSQL: \(cache.path), \(address)")
            #endif
        }
    }
}
