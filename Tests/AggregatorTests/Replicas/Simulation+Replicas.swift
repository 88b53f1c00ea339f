import Aggregator
import PopulusDAP
import Synchronization

extension Simulation {
    /// Two processes of each role instead of one.
    func replicate(
        on kind: ReplicaKind = .memory, leaders: [String] = ["l1", "l2"], helpers: [String] = ["h1", "h2"]
    ) async throws -> Replicas {
        try await replicate(on: try await kind.make(in: folder), leaders: leaders, helpers: helpers)
    }

    func replicate(
        on stores: (leader: any ReplicaStore, helper: any ReplicaStore), leaders: [String] = ["l1", "l2"],
        helpers: [String] = ["h1", "h2"]
    ) async throws -> Replicas {
        try await stop()
        let replicas = Replicas(
            task, peer: peer, folder: folder, settings: settings, clocks: (clock, helperClock), stores: stores)
        for name in helpers { try await replicas.startHelper(name) }
        for name in leaders { try await replicas.startLeader(name) }
        front = try LeaderBalancer(replicas)
        peer.leaderStore.withLock { $0 = nil }
        peer.helperStore.withLock { $0 = nil }
        let helper = try HelperBalancer(replicas)
        peer.helper.withLock { $0 = helper }
        return replicas
    }
}

extension BatchSimulation {
    /// Two processes of each role instead of one.
    func replicate(on kind: ReplicaKind = .memory) async throws -> Replicas {
        try await stop()
        let replicas = Replicas(
            task, peer: peer, folder: folder, settings: settings, clocks: (clock, helperClock),
            stores: try await kind.make(in: folder))
        for name in ["h1", "h2"] { try await replicas.startHelper(name) }
        for name in ["l1", "l2"] { try await replicas.startLeader(name) }
        front = try LeaderBalancer(replicas)
        let helper = try HelperBalancer(replicas)
        peer.helper.withLock { $0 = helper }
        return replicas
    }
}

/// Stops writes of some names in their tracks, until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrived = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let names: Set<String>
    private let state = Mutex(State())
    /// What the writes of the names came to that failed.
    let refusals = Mutex<[String]>([])

    /// - Parameter names: of the writes that wait.
    init(_ names: String..., of store: TestStore) {
        self.names = Set(names)
        store.holdsWrite.withLock { $0 = { [self] in await pass($0) } }
        store.onWrite.withLock {
            $0 = { [self] write, event in
                guard names.contains(write), case .fails(let error) = event else { return }
                refusals.withLock { $0.append("\(type(of: error))") }
            }
        }
    }

    private func pass(_ write: String) async {
        guard names.contains(write) else { return }
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.arrived += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Lets the one through that has waited longest.
    func openOnce() {
        let next = state.withLock { state in
            state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.resume()
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Whether a write has come to it.
    var hasArrivals: Bool { state.withLock { $0.arrived > 0 } }

    /// Waits until so many writes have come to it.
    func arrivals(_ count: Int = 1) async throws {
        try await eventually { state.withLock { $0.arrived >= count } }
    }

    /// Waits until a write was refused.
    func refused() async throws { try await eventually { refusals.withLock { !$0.isEmpty } } }
}

/// Waits until something is so.
func eventually(_ isSo: () async throws -> Bool) async throws {
    for _ in 0..<4000 {
        if try await isSo() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw Simulation.TimedOut()
}

/// Some work for whoever is asked.
func workBriefly() {
    let end = ContinuousClock.now + .milliseconds(2)
    while ContinuousClock.now < end {}
}
