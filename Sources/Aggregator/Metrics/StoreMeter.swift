import PopulusDAP
import Synchronization

/// What a process's transactions took, and how often one was done again, for `/metrics`.
package final class StoreMeter: Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case read
        /// Uploads, which run beside each other.
        case upload
        case write
    }

    package struct Numbers: Sendable {
        /// Seconds from the call to the commit or the failure, waiting for others included.
        package var durations = Histogram.quick
        /// How often a body ran again: the database had refused its transaction, or one that shared its commit.
        package var reruns: UInt64 = 0
        package var failures: UInt64 = 0

        package init() {}
    }

    private let state = Mutex<[Kind: Numbers]>([:])

    package init() {}

    package var numbers: [Kind: Numbers] { state.withLock { $0 } }

    /// - Parameters:
    ///   - runs: how often the body ran.
    ///   - failed: whether the store failed it.
    package func note(_ kind: Kind, since began: ContinuousClock.Instant, runs: Int, failed: Bool) {
        let time = began.duration(to: .now)
        state.withLock { state in
            state[kind, default: Numbers()].durations.observe(time)
            state[kind, default: Numbers()].reruns += UInt64(max(0, runs - 1))
            if failed { state[kind, default: Numbers()].failures += 1 }
        }
    }
}

/// A task's store with a meter on its transactions, whatever store it is.
struct MeteredStore: TaskStore {
    let store: any TaskStore
    let meter: StoreMeter

    func write<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await measuring(scope == .uploads ? .upload : .write) { runs in
            try await store.write(name, scope) { transaction in
                runs.count.add(1, ordering: .relaxed)
                return try body(transaction)
            }
        }
    }

    func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await measuring(.read) { runs in
            try await store.read(name) { transaction in
                runs.count.add(1, ordering: .relaxed)
                return try body(transaction)
            }
        }
    }

    private func measuring<T>(_ kind: StoreMeter.Kind, _ body: (Runs) async throws -> T) async throws -> T {
        let (began, runs) = (ContinuousClock.now, Runs())
        // What a body throws by itself undoes its transaction, and is no failure of the store.
        var error: (any Error)?
        defer {
            meter.note(kind, since: began, runs: runs.count.load(ordering: .relaxed), failed: error is StoreError)
        }
        do { return try await body(runs) } catch let found {
            error = found
            throw found
        }
    }

    /// How often a body ran.
    private final class Runs: Sendable {
        let count = Atomic(0)
    }
}

extension MeteredStore {
    var task: TaskID { store.task }
    var segmentsDirectory: String { store.segmentsDirectory }
    var segmentsAreCache: Bool { store.segmentsAreCache }
    var jobRows: ClosedRange<Int64> { store.jobRows }
    var noiseKey: [UInt8] { store.noiseKey }
    var seal: TaskSeal? { store.seal }
    var earliestReportTime: UInt64 { store.earliestReportTime }
    var replica: any StoreReplica { store.replica }
    func changes() -> AsyncStream<Void> { store.changes() }

    var statement: StoreStatement { store.statement }
    func hear(_ statement: StoreStatement?) async throws(StoreConflict) { try await store.hear(statement) }
    func examine(_ statement: StoreStatement) async -> StoreConflict? { await store.examine(statement) }
    var conflict: StoreConflict? { store.conflict }
    var outage: StoreError? { store.outage }
    var isAway: Bool { store.isAway }
}
