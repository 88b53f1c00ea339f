import Aggregator
import Foundation
import PopulusDAP
import PostgreSQLStores
import StoreMemory
import StoreSQLite
import Testing

/// What the suite runs on: a further store is a further case, and has to pass.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, sqlite
    case sealedSQLite = "sealed sqlite"
    /// One whose segments are a cache.
    case keepingMemory = "memory that keeps bodies"
    #if PostgreSQL
    case postgresql
    #endif

    var testDescription: String { rawValue }

    /// A store without a task, in a folder that is there.
    func make(in folder: URL) throws -> any StoreUnderTest {
        switch self {
        case .memory, .keepingMemory: MemoryUnderTest(folder, segmentsAreCache: keepsBodies)
        case .sqlite: SQLiteUnderTest(folder)
        case .sealedSQLite: SQLiteUnderTest(folder, sealKeys: SealKeys([SealKey(Self.sealKey)].compactMap(\.self)))
        #if PostgreSQL
        case .postgresql: try PostgreSQLUnderTest()
        #endif
        }
    }

    /// Whether several processes may work on it at the same time.
    var takesProcesses: Bool { self != .sqlite && self != .sealedSQLite }

    private static let sealKey = [UInt8](repeating: 1, count: SealKey.count)

    /// Whether it keeps the bodies of a job's reports.
    var keepsBodies: Bool {
        switch self {
        case .memory, .sqlite, .sealedSQLite: false
        case .keepingMemory: true
        #if PostgreSQL
        case .postgresql: true
        #endif
        }
    }
}

/// One store of a Leader, from its making to its end.
protocol StoreUnderTest: Sendable {
    /// Makes a task's store, as an operator would; `connection` is what is connected to it, if anything is.
    func create(_ task: TaskID, in connection: (any Datastore)?) throws

    /// Opens what is there.
    func connect() throws -> any Datastore

    /// Whether it can be connected to more than once at a time.
    var takesSeveral: Bool { get }

    /// Whether writes of several processes wait for one another, and ``waits(at:)`` sees it.
    var waitsForLocks: Bool { get }

    /// The locks that those wait for who work at a task, as the store names them.
    func waits(at task: any TaskStore) throws -> [String]

    /// Removes what is not in its folder.
    func end() throws
}

extension StoreUnderTest {
    var waitsForLocks: Bool { false }
    func waits(at task: any TaskStore) throws -> [String] { [] }
    func end() throws {}
}

/// The tables outlive what is connected to them.
private struct MemoryUnderTest: StoreUnderTest {
    private let disk: MemoryDisk
    let takesSeveral = true

    init(_ folder: URL, segmentsAreCache: Bool) {
        disk = MemoryDisk(role: .leader, segmentsDirectory: folder.path, segmentsAreCache: segmentsAreCache)
    }

    func create(_ task: TaskID, in connection: (any Datastore)?) throws {
        try disk.create(task, configurationDigest: MadeStore.configurationDigest)
    }

    func connect() throws -> any Datastore { MemoryDatastore(disk, isShared: true) }
}

/// One process at a time has the file open: what meets there, meets at its one writer.
private struct SQLiteUnderTest: StoreUnderTest {
    private let path: String
    private let sealKeys: SealKeys?
    let takesSeveral = false

    init(_ folder: URL, sealKeys: SealKeys? = nil) {
        path = folder.appending(path: "leader.sqlite").path
        self.sealKeys = sealKeys
    }

    func create(_ task: TaskID, in connection: (any Datastore)?) throws {
        if let connection = connection as? SQLiteDatastore {
            try connection.add(task, configurationDigest: MadeStore.configurationDigest)
        } else {
            try SQLiteDatastore.create(
                path: path, role: .leader, task: task, configurationDigest: MadeStore.configurationDigest,
                sealKeys: sealKeys)
        }
    }

    func connect() throws -> any Datastore { try SQLiteDatastore(path: path, role: .leader, sealKeys: sealKeys) }
}

#if PostgreSQL
/// Two processes on one database, as if they were replicas.
private struct PostgreSQLUnderTest: StoreUnderTest {
    private let place: PostgreSQLPlace
    private let watch: PostgreSQLWaits
    let takesSeveral = true
    let waitsForLocks = true

    init() throws {
        place = try PostgreSQLPlace.shared(.leader)
        watch = try PostgreSQLWaits(place.database)
    }

    func create(_ task: TaskID, in connection: (any Datastore)?) throws {
        try place.create(task, configurationDigest: MadeStore.configurationDigest, isAlone: false)
    }

    /// Each process has a folder of its own.
    func connect() throws -> any Datastore {
        let other = place.cache.appending(path: "other")
        do { return try place.connect(isAlone: false) } catch StoreError.inUse {
            return try place.connect(cache: other, isAlone: false)
        }
    }

    func waits(at task: any TaskStore) throws -> [String] {
        try watch.waits(at: task.jobRows.lowerBound / TaskRows.offset(of: 1))
    }

    func end() throws { try place.remove() }
}
#endif
