#if PostgreSQL
import PopulusDAP
import Aggregator
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
    private let isShared: Bool

    /// A place in a database that several tests have, each with tasks of its own: databases take long to make.
    package static func shared(_ role: Role) throws -> PostgreSQLPlace {
        PostgreSQLPlace(role, in: try SharedDatabase.take(role), isShared: true)
    }

    /// Makes a database of the server that tests share; its tables are there, and another task's store.
    package convenience init(_ role: Role) throws {
        let server = try PostgreSQLServer.shared()
        self.init(role, in: try server.makeDatabase(like: try Template.of(role)))
    }

    /// - Parameter database: may be empty.
    package convenience init(_ role: Role, in database: PostgreSQLDatabase) {
        self.init(role, in: database, isShared: false)
    }

    private init(_ role: Role, in database: PostgreSQLDatabase, isShared: Bool) {
        (self.role, self.database, self.isShared) = (role, database, isShared)
        cache = FileManager.default.temporaryDirectory.appending(path: "populus-cache-\(UUID().uuidString)")
    }

    /// Makes a task's store, as an operator would.
    ///
    /// - Parameter isAlone: false where it is made while others work with the database.
    package func create(
        _ task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0, isAlone: Bool = true,
        sealKeys: SealKeys? = nil
    ) throws {
        try PostgreSQLDatastore.create(
            at: try PostgreSQLAddress(database.uri()), role: role, task: task, configurationDigest: configurationDigest,
            earliestReportTime: earliestReportTime, isAlone: isAlone, sealKeys: sealKeys)
    }

    /// Opens what is there, as a server would.
    ///
    /// - Parameters:
    ///   - address: the database's own unless it says otherwise.
    ///   - cache: that of another process.
    ///   - isAlone: false where others are connected beside it.
    ///   - connections: at the same time, at most.
    package func connect(
        to address: String? = nil, cache: URL? = nil, isAlone: Bool = true,
        connections: Int = PostgreSQLDatastore.greatestConnections, limits: PostgreSQLLimits = .service,
        sealKeys: SealKeys? = nil, logger: Logger? = nil
    ) throws -> PostgreSQLDatastore {
        // Folders of several processes are in one.
        let cache = cache ?? self.cache
        try FileManager.default.createDirectory(
            at: cache.deletingLastPathComponent(), withIntermediateDirectories: true)
        return try PostgreSQLDatastore(
            at: try PostgreSQLAddress(address ?? database.uri()), role: role, cacheFolder: cache.path,
            connections: connections, limits: limits, isAlone: isAlone, sealKeys: sealKeys, logger: logger)
    }

    /// The folder of one process of several.
    package func cache(of process: Int) -> URL { cache.appending(path: "process-\(process)") }

    /// The same of one process of several.
    package func loseCache(of process: Int) throws { try FileManager.default.removeItem(at: cache(of: process)) }

    /// Forgets what is kept outside the database, as on another machine.
    package func loseCache() throws {
        if FileManager.default.fileExists(atPath: cache.path) { try FileManager.default.removeItem(at: cache) }
    }

    /// Removes both; whoever is connected is cut.
    package func remove() throws {
        try loseCache()
        if isShared { try SharedDatabase.give(back: database) } else { try database.drop() }
    }
}

/// Databases that several tests have, one after the other or at once: not too many, since each leaves tasks in it.
private enum SharedDatabase {
    private struct State {
        /// What the next test of a role gets, and how many had it.
        var current: [Role: (database: PostgreSQLDatabase, uses: Int)] = [:]
        /// How many have each database at present, by its name.
        var users: [String: Int] = [:]
    }

    private static let greatestUses = 16
    private static let state = Mutex(State())

    static func take(_ role: Role) throws -> PostgreSQLDatabase {
        try state.withLock { state in
            var (database, uses) = try state.current[role] ?? (PostgreSQLPlace(role).database, 0)
            if uses == greatestUses {
                if state.users[database.name] == 0 { try database.drop() }
                (database, uses) = (try PostgreSQLPlace(role).database, 0)
            }
            state.current[role] = (database, uses + 1)
            state.users[database.name, default: 0] += 1
            return database
        }
    }

    static func give(back database: PostgreSQLDatabase) throws {
        try state.withLock { state in
            state.users[database.name, default: 1] -= 1
            let isCurrent = state.current.values.contains { $0.database.name == database.name }
            if state.users[database.name] == 0, !isCurrent { try database.drop() }
        }
    }
}

/// Databases that others are made from.
private enum Template {
    private static let made = Mutex<[Role: PostgreSQLDatabase]>([:])

    static func of(_ role: Role) throws -> PostgreSQLDatabase {
        try made.withLock { made in
            if let found = made[role] { return found }
            let place = PostgreSQLPlace(role, in: try PostgreSQLServer.shared().makeDatabase())
            try place.create(.random(), configurationDigest: [UInt8](repeating: 9, count: 32))
            // Nobody may be connected to what is copied.
            try place.database.cutConnections()
            made[role] = place.database
            return place.database
        }
    }
}
#endif
