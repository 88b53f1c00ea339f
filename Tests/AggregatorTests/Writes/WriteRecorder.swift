import Aggregator
import Foundation
import PopulusDAP
import Synchronization

/// Opens stores, and notes which kinds of writes were done in them.
final class WriteRecorder: Sendable {
    /// What several processes of each role work on.
    typealias Replicas = @Sendable () async throws -> (leader: any ReplicaStore, helper: any ReplicaStore)

    private let open: TestStore.Opening
    private let makeReplicas: Replicas
    private let state = Mutex(State())

    private struct State {
        var names: Set<String> = []
        /// How many writes of each name are under way, by role.
        var underWay: [Role: [String: Int]] = [:]
        var answers: [String: @Sendable () -> Void] = [:]
    }

    init(_ open: @escaping TestStore.Opening, replicas: @escaping Replicas) {
        (self.open, makeReplicas) = (open, replicas)
    }

    var stores: TestStore.Opening {
        { [self] task in
            let store = try open(task)
            listen(to: store, of: task.role)
            return store
        }
    }

    /// The same where several processes work on one store.
    var replicas: (leader: any ReplicaStore, helper: any ReplicaStore) {
        get async throws {
            let stores = try await makeReplicas()
            return (RecordedReplicas(stores.leader, self), RecordedReplicas(stores.helper, self))
        }
    }

    fileprivate func listen(to store: TestStore, of role: Role) {
        store.onWrite.withLock { hook in hook = { [self] name, event in note(name, event, of: role) } }
    }

    /// The names of all writes that were done.
    var names: Set<String> { state.withLock { $0.names } }

    /// Has something done after each write of a name.
    func after(_ name: String, _ answer: @escaping @Sendable () -> Void) {
        state.withLock { $0.answers[name] = answer }
    }

    /// Waits for a write that nobody waits for.
    func wait(for name: String) async throws {
        for _ in 0..<4000 where !names.contains(name) { try await Task.sleep(for: .milliseconds(5)) }
        guard names.contains(name) else { throw Simulation.TimedOut() }
    }

    /// The names of the writes that a role has under way.
    func underWay(_ role: Role) -> Set<String> {
        state.withLock { Set(($0.underWay[role] ?? [:]).filter { $0.value > 0 }.keys) }
    }

    private func note(_ name: String, _ event: TestStore.WriteEvent, of role: Role) {
        let answer = state.withLock { state -> (@Sendable () -> Void)? in
            switch event {
            case .begins: state.underWay[role, default: [:]][name, default: 0] += 1
            case .fails: state.underWay[role, default: [:]][name, default: 0] -= 1
            case .isDone:
                state.underWay[role, default: [:]][name, default: 0] -= 1
                state.names.insert(name)
                return state.answers[name]
            }
            return nil
        }
        answer?()
    }

    /// The names of all writes that there are in the aggregators' code.
    static func allNames() throws -> Set<String> {
        let folder = URL(filePath: #filePath).appending(path: "../../../../Sources/Aggregator").standardized
        guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil) else { return [] }
        var names: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: /writ(?:e|ing)\(\s*"([^"]+)"/) {
                names.insert(String(match.1))
            }
        }
        return names
    }
}

/// A role's store whose processes' writes are noted.
private struct RecordedReplicas: ReplicaStore {
    private let inner: any ReplicaStore
    private let recorder: WriteRecorder

    init(_ inner: any ReplicaStore, _ recorder: WriteRecorder) { (self.inner, self.recorder) = (inner, recorder) }

    var pause: Duration { inner.pause }

    func open(_ task: AggregatorTask, as name: String, folder: String) async throws -> TestStore {
        let store = try await inner.open(task, as: name, folder: folder)
        recorder.listen(to: store, of: task.role)
        return store
    }

    func expire(_ id: ReplicaID) throws { try inner.expire(id) }
    func revive(_ store: TestStore, as name: String) async throws { try await inner.revive(store, as: name) }
    func end() throws { try inner.end() }
}
