#if PostgreSQL
import DAP
import Foundation
import Logging
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
        try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
    }

    /// Makes a task's store, as an operator would.
    ///
    /// - Parameter isAlone: false where it is made while others work with the database.
    package func create(
        _ task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0, isAlone: Bool = true
    ) throws {
        try PostgreSQLDatastore.create(
            at: try PostgreSQLAddress(database.uri()), role: role, task: task, configurationDigest: configurationDigest,
            earliestReportTime: earliestReportTime, isAlone: isAlone)
    }

    /// Opens what is there, as a server would.
    ///
    /// - Parameters:
    ///   - address: the database's own unless it says otherwise.
    ///   - cache: that of another process.
    ///   - isAlone: false where others are connected beside it.
    package func connect(
        to address: String? = nil, cache: URL? = nil, isAlone: Bool = true, limits: PostgreSQLLimits = .service,
        logger: Logger? = nil
    ) throws -> PostgreSQLDatastore {
        try PostgreSQLDatastore(
            at: try PostgreSQLAddress(address ?? database.uri()), role: role, cacheFolder: (cache ?? self.cache).path,
            limits: limits, isAlone: isAlone, logger: logger)
    }

    /// Forgets what is kept outside the database, as on another machine.
    package func loseCache() throws { try FileManager.default.removeItem(at: cache) }

    /// Removes both; whoever is connected is cut.
    package func remove() throws {
        // A test may have lost it.
        try? FileManager.default.removeItem(at: cache)
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
