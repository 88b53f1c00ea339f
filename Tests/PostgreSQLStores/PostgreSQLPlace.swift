#if PostgreSQL
import DAP
import Foundation
import PostgreSQLHarness
import StorePostgreSQL
import Synchronization

/// A role's database and the folder beside it, for one test.
package final class PostgreSQLPlace: Sendable {
    package let role: Role
    package let database: PostgreSQLDatabase
    /// Where what can be made again is kept, and the marks.
    package let cache: URL

    /// Makes a database of the server that tests share; its tables are there, and another task's store.
    package convenience init(_ role: Role) throws {
        let server = try PostgreSQLServer.shared()
        try self.init(role, in: try server.makeDatabase(like: try Template.of(role)))
    }

    /// - Parameter database: may be empty.
    package init(_ role: Role, in database: PostgreSQLDatabase) throws {
        (self.role, self.database) = (role, database)
        cache = FileManager.default.temporaryDirectory.appending(path: "populus-cache-\(UUID().uuidString)")
        try Self.makeFolder(cache)
    }

    /// Makes a task's store, as an operator would.
    package func create(_ task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0) throws {
        _ = try PostgreSQLDatastore.create(
            connection: database.uri(), cache: cache.path, role: role, task: task,
            configurationDigest: configurationDigest, earliestReportTime: earliestReportTime)
    }

    /// Opens what is there.
    ///
    /// - Parameters:
    ///   - isAlone: false where others are connected beside it, as no two processes may be yet.
    ///   - cache: that of another process.
    package func connect(
        through proxy: PostgreSQLProxy? = nil, isAlone: Bool = true, cache: URL? = nil,
        onWarning: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> PostgreSQLDatastore {
        try connect(
            to: database.uri(through: proxy?.socketFolder), isAlone: isAlone, cache: cache, onWarning: onWarning)
    }

    /// The same by an address of the test's own.
    package func connect(
        to address: String, isAlone: Bool = true, cache: URL? = nil,
        onWarning: @escaping @Sendable (String) -> Void = { _ in }
    ) throws -> PostgreSQLDatastore {
        try PostgreSQLDatastore(
            connection: address, cache: (cache ?? self.cache).path, role: role, holding: [], onOutage: { _, _ in },
            onWarning: onWarning, isAlone: isAlone)
    }

    /// Forgets what is kept outside the database, as on another machine.
    package func loseCache() throws {
        try FileManager.default.removeItem(at: cache)
        try Self.makeFolder(cache)
    }

    /// A further folder of that kind; ``remove()`` leaves it to the temporary folder.
    package static func makeFolder(_ folder: URL) throws {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// Removes both; whoever is connected is cut.
    package func remove() throws {
        try FileManager.default.removeItem(at: cache)
        try database.drop()
    }
}

/// Databases that others are made from.
private enum Template {
    private static let made = Mutex<[Role: PostgreSQLDatabase]>([:])

    static func of(_ role: Role) throws -> PostgreSQLDatabase {
        try made.withLock { made in
            if let found = made[role] { return found }
            let place = try PostgreSQLPlace(role, in: try PostgreSQLServer.shared().makeDatabase())
            try place.create(.random(), configurationDigest: [UInt8](repeating: 9, count: 32))
            try FileManager.default.removeItem(at: place.cache)
            // Nobody may be connected to what is copied.
            try place.database.cutConnections()
            made[role] = place.database
            return place.database
        }
    }
}
#endif
