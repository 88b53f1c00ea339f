import Aggregator
import Synchronization

/// How far the end of a served task has come, as far as this process knows.
package final class TaskLife: Sendable {
    private let end = Mutex<TaskEnd?>(nil)

    package init() {}

    /// Whether it takes no further report.
    package var isClosed: Bool { end.withLock { $0 != nil } }

    /// Whether its work is over.
    package var isStopped: Bool { end.withLock { $0?.stopped != nil } }

    /// Takes note of how far it has come; it never goes back.
    package func note(_ end: TaskEnd) { self.end.withLock { $0 = $0?.stopped == nil ? end : $0 } }
}
