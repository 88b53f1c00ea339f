import Aggregator
import Synchronization

/// What the operator's own address tells of a process, beside its tasks.
package struct OperatorFacts: Sendable {
    package var version = "development"
    package var commit: String?
    package var machine: Machine?
    /// How large the store is; asked each time that somebody reads the metrics.
    package var storeRoom: @Sendable () async -> StoreRoom = { StoreRoom() }
    package let readiness = Readiness()

    package init() {}
}

/// Whether a process is to be sent requests.
package final class Readiness: Sendable {
    package enum State: Sendable {
        /// The tasks are being loaded, or the addresses are not bound yet.
        case starting
        case serving
        /// It was told to stop.
        case stopping
    }

    private let current = Mutex(State.starting)
    private let store = Mutex<@Sendable () -> String?>({ nil })

    package init() {}

    /// Has the whole store asked with each look, whether there are tasks or not.
    ///
    /// - Parameter trouble: why it cannot be worked with; it must be quick, and wait for nothing.
    package func ask(_ trouble: @escaping @Sendable () -> String?) { store.withLock { $0 = trouble } }

    /// Why the whole store cannot be worked with.
    var storeTrouble: String? { store.withLock { $0 }() }

    package var state: State { current.withLock { $0 } }

    /// The start is over: its tasks are loaded, and its addresses take connections.
    package func begin() { current.withLock { $0 = $0 == .starting ? .serving : $0 } }

    package func stop() { current.withLock { $0 = .stopping } }
}

extension TaskRegistry {
    /// Whether requests can be answered now: ready to serve, the store within reach.
    ///
    /// A single task that is not served makes the process ill (``health(tellsPeers:)``), and not unready: the others are.
    func reasonNotReady(_ readiness: Readiness) -> String? {
        switch readiness.state {
        case .starting: return "starting: the tasks are being loaded"
        case .stopping: return "stopping"
        case .serving: break
        }
        if let trouble = readiness.storeTrouble { return trouble }
        let tasks = tasks
        if tasks.contains(where: { $0.witness?.isAway ?? false }) { return "the store cannot be reached" }
        guard tasks.isEmpty || tasks.contains(where: { !$0.isUnworkable }) else {
            return "no task's store can be worked with"
        }
        return nil
    }
}
