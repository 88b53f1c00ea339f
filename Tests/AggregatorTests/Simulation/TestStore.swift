import Aggregator
import Foundation
import PopulusDAP
import StoreMemory
import StoreSQLite
import Synchronization

/// A task's store in a file of its own: what a test holds of it is the handle, and closing that closes the file.
final class TestStore: TaskStore {
    private let datastore: any Datastore
    private let store: any TaskStore
    /// Whether the file is its own.
    private let isAlone: Bool
    /// Looks at the name of each write before it begins; what it throws becomes of the write.
    let beforeWrite = Mutex<(@Sendable (String) throws -> Void)?>(nil)
    /// Told of each write as it begins and ends.
    let onWrite = Mutex<(@Sendable (String, WriteEvent) -> Void)?>(nil)
    /// Waits with a write, by its name, before it begins.
    let holdsWrite = Mutex<(@Sendable (String) async -> Void)?>(nil)

    /// Whether all work is this process's own, whatever others have claimed.
    let ignoresClaims = Atomic(false)

    enum WriteEvent: Sendable { case begins, isDone, fails(any Error) }
    /// The same for each read; it may work on the store, whose reads it does not see then.
    let beforeRead = Mutex<(@Sendable (String, any TaskStore) async throws -> Void)?>(nil)

    /// As in service: not made, only opened.
    convenience init(_ path: String, _ task: AggregatorTask) throws {
        try self.init(alone: try SQLiteDatastore(path: path, role: task.role), task)
    }

    /// The only one that is opened in a datastore, which ends with it.
    init(alone datastore: any Datastore, _ task: AggregatorTask) throws {
        isAlone = true
        self.datastore = datastore
        do {
            store = try datastore.open(task)
        } catch {
            try datastore.close()
            throw error
        }
    }

    /// One of several in a file, which whoever opened it closes.
    init(in datastore: SQLiteDatastore, _ task: AggregatorTask) throws {
        isAlone = false
        self.datastore = datastore
        store = try datastore.open(task)
    }

    /// One in memory, made when it is first opened.
    convenience init(on disk: MemoryDisk, _ task: AggregatorTask) throws {
        do { try disk.create(task.id, configurationDigest: task.configurationDigest) } catch StoreError.exists {}
        try self.init(alone: MemoryDatastore(disk), task)
    }

    /// That of one process of several in memory, with a folder of segments of its own.
    init(on disk: MemoryDisk, _ task: AggregatorTask, segmentsDirectory: String) throws {
        do { try disk.create(task.id, configurationDigest: task.configurationDigest) } catch StoreError.exists {}
        isAlone = true
        datastore = MemoryDatastore(disk, segmentsDirectory: segmentsDirectory, isShared: true)
        store = try datastore.open(task)
    }

    /// Made when it is first opened.
    static func open(_ path: String, _ task: AggregatorTask) throws -> TestStore {
        if !FileManager.default.fileExists(atPath: path) { try create(path, task) }
        return try TestStore(path, task)
    }

    /// Makes the store, and the file if there is none; returns the file's real name.
    @discardableResult
    static func create(_ path: String, _ task: AggregatorTask, earliestReportTime: UInt64 = 0) throws -> String {
        try SQLiteDatastore.create(
            path: path, role: task.role, task: task.id, configurationDigest: task.configurationDigest,
            earliestReportTime: earliestReportTime
        ).path
    }

    /// Gives up what the store holds.
    static func renew(_ path: String, _ task: AggregatorTask, earliestReportTime: UInt64) throws {
        let renewal = SQLiteDatastore.Renewal(
            task: task.id, configurationDigest: task.configurationDigest, earliestReportTime: earliestReportTime,
            timePrecision: task.configuration.timePrecision)
        try SQLiteDatastore.renew(path: path, role: task.role, [renewal])
    }

    func close() throws { if isAlone { try datastore.close() } }

    /// How durable a commit is: SQLite's `synchronous`, 2 for FULL.
    func synchronousLevel() async throws -> Int? {
        guard let datastore = datastore as? SQLiteDatastore else { return nil }
        return try await datastore.synchronousLevel()
    }

    /// The store of a task wherever a test has it.
    typealias Opening = @Sendable (AggregatorTask) throws -> TestStore

    /// A file for each role.
    static func files(in folder: String) -> Opening { { try open(folder + "/\($0.role).sqlite", $0) } }

    // MARK: - The handle

    var task: TaskID { store.task }
    var segmentsDirectory: String { store.segmentsDirectory }
    var jobRows: ClosedRange<Int64> { store.jobRows }
    var noiseKey: [UInt8] { store.noiseKey }
    var seal: TaskSeal? { store.seal }
    var earliestReportTime: UInt64 { store.earliestReportTime }

    var segmentsAreCache: Bool { store.segmentsAreCache }
    var replica: any StoreReplica { store.replica }
    func changes() -> AsyncStream<Void> { store.changes() }

    func write<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try beforeWrite.withLock { $0 }?("\(name)")
        await holdsWrite.withLock { $0 }?("\(name)")
        let tell = onWrite.withLock { $0 } ?? { _, _ in }
        tell("\(name)", .begins)
        do {
            let value = try await store.write(name, scope, blind(body))
            tell("\(name)", .isDone)
            return value
        } catch {
            tell("\(name)", .fails(error))
            throw error
        }
    }

    func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let hook = beforeRead.withLock { $0 }
        if let hook { try await hook("\(name)", store) }
        return try await store.read(name, blind(body))
    }

    private func blind<T: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) -> @Sendable (any StoreTransaction) throws -> T {
        guard ignoresClaims.load(ordering: .relaxed) else { return body }
        return { try body(BlindTransaction(inner: $0)) }
    }

    var statement: StoreStatement { store.statement }
    var conflict: StoreConflict? { store.conflict }
    var outage: StoreError? { store.outage }
    func examine(_ statement: StoreStatement) async -> StoreConflict? { await store.examine(statement) }
    func hear(_ statement: StoreStatement?) async throws(StoreConflict) { try await store.hear(statement) }
}
