import Aggregator
import Foundation
import PopulusDAP
import Synchronization
import Testing

/// One store with two tasks, which a check works at, and what it found wrong.
final class Bench: Sendable {
    /// What was found wrong, and where.
    struct Failure: Sendable, CustomStringConvertible {
        let what: String
        let location: SourceLocation

        var description: String { "\(what) (line \(location.line))" }
    }

    private struct State {
        var connections: [any Datastore] = []
        var tasks: [TaskID] = []
        var stores: [TaskID: [(store: any TaskStore, memory: BrokenMemory)]] = [:]
        var failures: [Failure] = []
    }

    private let folder: URL
    private let store: any StoreUnderTest
    private let fault: Fault?
    private let state = Mutex(State())

    init(_ kind: StoreKind, fault: Fault? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "store-suite-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.fault = fault
        store = try kind.make(in: folder)
        for task in [TaskID.random(), .random()] {
            try store.create(task, in: nil)
            state.withLock { $0.tasks.append(task) }
        }
        try connect()
    }

    /// Two of them work at once, where the store takes more than one.
    private func connect() throws {
        let tasks = state.withLock { $0.tasks }
        for _ in 0..<(store.takesSeveral ? 2 : 1) {
            let connection = try store.connect()
            state.withLock { $0.connections.append(connection) }
            for task in tasks { try open(task, in: connection) }
        }
    }

    private func open(_ task: TaskID, in connection: any Datastore, uploads: UploadQueue = .byTime) throws {
        let opened = try connection.open(
            task, configurationDigest: MadeStore.configurationDigest, uploads: uploads)
        state.withLock { $0.stores[task, default: []].append((opened, BrokenMemory())) }
    }

    /// Stops and starts again.
    func reopen() async throws {
        for store in [a, b] { try await Segments.write(for: store) }
        try await withdraw()
        try await onThread { [self] in
            try disconnect()
            try connect()
        }
    }

    /// Ends the processes' lives: one that was cut off would count as living for a while.
    private func withdraw() async throws {
        let replicas = state.withLock { state in state.tasks.first.flatMap { state.stores[$0] }?.map(\.store.replica) }
        for replica in replicas ?? [] { try await replica.withdraw() }
    }

    private func disconnect() throws {
        let connections = state.withLock { state in
            defer { (state.connections, state.stores) = ([], [:]) }
            return state.connections
        }
        for connection in connections { try connection.close() }
    }

    /// Stops and starts again: why the first task does not open, and the second.
    func reopenEach() async throws -> (StoreError?, StoreError?) { try await onThread { [self] in try openEach() } }

    private func openEach() throws -> (StoreError?, StoreError?) {
        let tasks = state.withLock { $0.tasks }
        try disconnect()
        let connection = try store.connect()
        state.withLock { $0.connections.append(connection) }
        let errors = tasks.prefix(2).map { task -> StoreError? in
            do { try open(task, in: connection) } catch { return error as? StoreError ?? .damaged("\(error)") }
            return nil
        }
        return (errors[0], errors[1])
    }

    /// Ends it, and leaves nothing.
    func end() async {
        do {
            try await withdraw()
            try await onThread { [self] in
                try disconnect()
                try store.end()
            }
        } catch { fail("it does not close: \(error)") }
        // What is left of it is in the temporary folder, and no check's business.
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: Tasks

    /// The task that a check is about, and another one beside it.
    var a: any TaskStore { handles(0)[0] }
    var b: any TaskStore { handles(1)[0] }

    /// The first task in two processes, where the store takes more than one; else twice the same.
    var processes: (any TaskStore, any TaskStore) {
        let handles = handles(0)
        return (handles[0], handles[handles.count - 1])
    }

    /// One handle a connection.
    private func handles(_ place: Int) -> [any TaskStore] {
        let task = state.withLock { $0.tasks[place] }
        return handles(of: task)
    }

    private func handles(of task: TaskID) -> [any TaskStore] {
        let (stores, neighbour) = state.withLock { state in
            (state.stores[task] ?? [], state.tasks.first { $0 != task }.flatMap { state.stores[$0]?.first?.store })
        }
        guard let fault else { return stores.map(\.store) }
        return stores.map { BrokenStore(inner: $0.store, fault: fault, neighbour: neighbour, memory: $0.memory) }
    }

    /// Makes a further task: two handles, of two connections if there are two.
    func further(uploads: UploadQueue = .byTime) throws -> (any TaskStore, any TaskStore) {
        let task = TaskID.random()
        try create(task)
        for connection in state.withLock({ $0.connections }) { try open(task, in: connection, uploads: uploads) }
        state.withLock { $0.tasks.append(task) }
        let handles = handles(of: task)
        return (handles[0], handles[handles.count - 1])
    }

    /// Makes a task's store, and opens it nowhere.
    func create(_ task: TaskID) throws { try store.create(task, in: state.withLock { $0.connections[0] }) }

    func creationError(_ task: TaskID) -> StoreError? {
        do { try create(task) } catch { return error as? StoreError }
        return nil
    }

    var connection: any Datastore {
        let connection = state.withLock { $0.connections[0] }
        guard let fault, BrokenDatastore.faults.contains(fault) else { return connection }
        return BrokenDatastore(inner: connection, fault: fault)
    }

    /// All of them.
    var connections: [any Datastore] {
        let connections = state.withLock { $0.connections }
        guard let fault, BrokenDatastore.faults.contains(fault) else { return connections }
        return connections.map { BrokenDatastore(inner: $0, fault: fault) }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> T) async throws -> T {
        try await a.write("check", body)
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> T) async throws -> T {
        try await a.read("check", body)
    }

    // MARK: Who waits

    /// Whether writes of several processes wait for one another, and ``waits(at:)`` sees it.
    var waitsForLocks: Bool { store.waitsForLocks }

    /// The locks that those wait for who work at a task.
    func waits(at task: any TaskStore) throws -> [String] { try store.waits(at: task) }

    // MARK: What is wrong

    var failures: [Failure] { state.withLock { $0.failures } }

    func fail(_ what: String, at location: SourceLocation = #_sourceLocation) {
        state.withLock { $0.failures.append(Failure(what: what, location: location)) }
    }

    func expect(_ isRight: Bool, _ what: String, at location: SourceLocation = #_sourceLocation) {
        if !isRight { fail(what, at: location) }
    }

    func expect<T: Equatable>(
        _ found: T, is wanted: T, _ what: String = "", at location: SourceLocation = #_sourceLocation
    ) {
        if found != wanted { fail("\(what): found \(found), not \(wanted)", at: location) }
    }

    /// Expects that a write fails, and that nothing of it stays.
    func expectFailure(
        _ what: String, at location: SourceLocation = #_sourceLocation,
        _ body: @escaping @Sendable (any StoreTransaction) throws -> Void
    ) async throws {
        let before = try await TaskImage(of: a)
        do {
            try await write(body)
            fail("\(what): no error", at: location)
        } catch {}
        expect(try await TaskImage(of: a), is: before, "\(what): something stays", at: location)
    }

    /// Expects that two tasks or two moments look the same.
    func expect(
        _ found: TaskImage, is wanted: TaskImage, _ what: String, at location: SourceLocation = #_sourceLocation
    ) {
        if found != wanted { fail("\(what): \(found.difference(from: wanted))", at: location) }
    }
}

/// Every task's configuration here.
enum MadeStore {
    static let configurationDigest = bytes(7)
}
