import Aggregator
import Synchronization

/// What the operator's own address tells of a process, beside its tasks.
package struct OperatorFacts: Sendable {
    package var version = "development"
    package var commit: String?
    package var machine: Machine?
    /// How large the store is; asked each time that somebody reads the metrics.
    package var storeRoom: @Sendable () async -> StoreRoom = { StoreRoom() }
    /// How the store is of which all tasks have their parts, also where there is no task; it looks.
    package var store: @Sendable () -> StoreState = { .here }
    package let readiness = Readiness()

    package init() {}
}

/// Whether a process's store can be worked with.
package enum StoreState: Sendable, Equatable {
    case here
    /// It cannot be reached for now, and comes back by itself.
    case away
    /// Nothing is acknowledged any more; why, for people.
    case lost(String)
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

    package init() {}

    package var state: State { current.withLock { $0 } }

    /// The start is over: its tasks are loaded, and its addresses take connections.
    package func begin() { current.withLock { $0 = $0 == .starting ? .serving : $0 } }

    package func stop() { current.withLock { $0 = .stopping } }
}

extension TaskRegistry {
    /// Whether requests can be answered now: ready to serve, the store within reach.
    ///
    /// A single task that is not served makes the process ill (``health(tellsPeers:)``), and not unready: the others are.
    func reasonNotReady(_ facts: OperatorFacts) -> String? {
        switch facts.readiness.state {
        case .starting: return "starting: the tasks are being loaded"
        case .stopping: return "stopping"
        case .serving: break
        }
        if isAway(facts) { return "the store cannot be reached" }
        if case .lost(let reason) = facts.store() { return "the store cannot be worked with: \(reason)" }
        let tasks = tasks
        guard tasks.isEmpty || tasks.contains(where: { !$0.isUnworkable }) else {
            return "no task's store can be worked with"
        }
        return nil
    }

    /// Whether the store cannot be reached for now: whoever asks it waits.
    func isAway(_ facts: OperatorFacts) -> Bool {
        facts.store() == .away || tasks.contains { $0.witness?.isAway ?? false }
    }
}
