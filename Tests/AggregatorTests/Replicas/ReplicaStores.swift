import Aggregator
import Foundation
import PopulusDAP
import PostgreSQLHarness
import PostgreSQLStores
import StoreMemory
import Synchronization
import Testing

/// What several processes of a role may work on.
enum ReplicaKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory
    #if PostgreSQL
    case postgresql
    #endif

    var testDescription: String { rawValue }

    /// The stores of both roles, with no task.
    ///
    /// - Parameter folder: what is not in the stores is put there.
    func make(in folder: String) async throws -> (leader: any ReplicaStore, helper: any ReplicaStore) {
        switch self {
        case .memory:
            return (
                MemoryDisk(role: .leader, segmentsDirectory: folder + "/leaders", segmentsAreCache: true),
                MemoryDisk(role: .helper, segmentsDirectory: folder + "/helpers", segmentsAreCache: true)
            )
        #if PostgreSQL
        case .postgresql:
            let turn = await DatabaseTurn()
            return (try DatabaseOfReplicas(.leader, turn), try DatabaseOfReplicas(.helper, turn))
        #endif
        }
    }
}

/// A role's store, on which several processes work.
protocol ReplicaStore: Sendable {
    /// How often a process looks at what others do, where nothing wakes it; pauses are a thousand times shorter in tests.
    var pause: Duration { get }

    /// Opens a task for a process that lives from now on; makes the store when it is first opened.
    ///
    /// - Parameters:
    ///   - name: where the others reach it.
    ///   - folder: the process's own.
    func open(_ task: AggregatorTask, as name: String, folder: String) async throws -> TestStore

    /// Has a process count as dead at once, as if its time were over.
    func expire(_ id: ReplicaID) throws

    /// Has a process that counts as dead say that it lives.
    func revive(_ store: TestStore, as name: String) async throws

    /// Ends it, when no process works on it any more.
    func end() throws
}

extension MemoryDisk: ReplicaStore {
    var pause: Duration { .seconds(1) }

    func open(_ task: AggregatorTask, as name: String, folder: String) async throws -> TestStore {
        let store = try TestStore(on: self, task, segmentsDirectory: folder)
        try await store.replica.announce(name)
        return store
    }

    func revive(_ store: TestStore, as name: String) async throws { try await store.replica.announce(name) }

    func end() throws {}
}

#if PostgreSQL
/// A database, shared with other tests of tasks of their own, and the processes of one test in it.
final class DatabaseOfReplicas: ReplicaStore {
    let place: PostgreSQLPlace
    let pause = Duration.seconds(40)
    private let made = Mutex<Set<TaskID>>([])
    /// What says that each process lives: tests may take longer than a life.
    private let words = Mutex<[ReplicaID: Task<Void, Never>]>([:])
    private let turn: DatabaseTurn
    private let isOwn: Bool
    /// Where a proxy listens.
    private let socketFolder: String?

    /// - Parameters:
    ///   - place: where the test has the database for itself, and removes it.
    ///   - socketFolder: where the database is reached, if it is not there where the server listens.
    init(_ role: Role, _ turn: DatabaseTurn, in place: PostgreSQLPlace? = nil, through socketFolder: String? = nil)
        throws
    {
        (self.turn, self.socketFolder, isOwn) = (turn, socketFolder, place == nil)
        self.place = try place ?? PostgreSQLPlace.shared(role)
    }

    func open(_ task: AggregatorTask, as name: String, folder: String) async throws -> TestStore {
        if made.withLock({ $0.insert(task.id).inserted }) {
            do {
                try place.create(task.id, configurationDigest: task.configurationDigest, isAlone: false)
            } catch StoreError.exists {}
        }
        let datastore = try place.connect(
            to: place.database.uri(through: socketFolder), cache: URL(filePath: folder), isAlone: false, connections: 3)
        let store = try TestStore(alone: datastore, task)
        try await revive(store, as: name)
        return store
    }

    func revive(_ store: TestStore, as name: String) async throws {
        let replica = store.replica
        try await replica.announce(name)
        let word = Task {
            // Whoever has closed its store says nothing any more.
            do {
                while !Task.isCancelled {
                    try await Task.sleep(for: replica.life / 4)
                    try await replica.announce(name)
                }
            } catch {}
        }
        words.withLock { words in
            words[replica.id]?.cancel()
            words[replica.id] = word
        }
    }

    func expire(_ id: ReplicaID) throws {
        words.withLock { $0.removeValue(forKey: id) }?.cancel()
        let hex = id.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try place.database.query("UPDATE replica SET seen_until = '-infinity' WHERE id = '\\x\(hex)'")
    }

    func end() throws {
        for word in words.withLock({ $0.values }) { word.cancel() }
        if isOwn { try place.remove() }
        turn.end()
    }
}

/// Few tests at a time have processes on databases: each of them has connections, and the server not too many.
final class DatabaseTurn: Sendable {
    private static let free = Mutex(2)
    private let isOver = Atomic(false)

    /// Waits for the turn.
    ///
    /// It ends by itself after a while: a test that has failed may never end its own.
    init() async {
        for _ in 0..<30_000 {
            if Self.take() {
                endLater()
                return
            }
            do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
        }
        Self.free.withLock { $0 -= 1 }
    }

    private func endLater() {
        Task { [weak self] in
            // Where that is cancelled the process ends.
            do { try await Task.sleep(for: .seconds(60)) } catch {}
            self?.end()
        }
    }

    private static func take() -> Bool {
        free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    deinit { end() }

    func end() {
        guard !isOver.exchange(true, ordering: .sequentiallyConsistent) else { return }
        Self.free.withLock { $0 += 1 }
    }
}
#endif
