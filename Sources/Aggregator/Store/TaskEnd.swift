/// How far the end of a task has come at one aggregator, by its operator's word: only ever forward (rule 8 of the walk).
///
/// Each aggregator ends a task for itself.
package struct TaskEnd: Sendable, Equatable {
    /// Since when it takes no further report, in seconds since the Epoch.
    ///
    /// The Leader takes none at its door, the Helper none in new walks and aggregation jobs. What was taken before may still be
    /// collected, and walks go on.
    package var closed: UInt64
    /// Since when its work is over, in seconds since the Epoch; nothing while it goes on.
    package var stopped: UInt64?

    package init(closed: UInt64, stopped: UInt64? = nil) {
        self.closed = closed
        self.stopped = stopped
    }

    /// What it comes to when it is ended once more.
    ///
    /// - Parameter kind: how it is ended now.
    package func after(_ kind: Kind, at now: UInt64) -> TaskEnd {
        TaskEnd(closed: closed, stopped: stopped ?? (kind == .stop ? now : nil))
    }

    /// How an operator ends a task.
    package enum Kind: Sendable, Hashable, CaseIterable {
        /// It takes no further report.
        case close
        /// Its work is over: walks end, nothing is released any more, and reports that wait are erased.
        case stop

        /// What the end of a task that went on until now comes to.
        package func first(at now: UInt64) -> TaskEnd { TaskEnd(closed: now, stopped: self == .stop ? now : nil) }
    }
}

/// The end of a task, in its store.
package protocol StoreTaskEnds {
    /// How far the task's end has come; nothing while it goes on.
    func taskEnd() throws -> TaskEnd?
    /// Notes how far the task's end has come.
    ///
    /// Whoever calls it has seen in this very transaction that it does not go back (``TaskEnd/after(_:at:)``).
    func setTaskEnd(_ end: TaskEnd) throws
}
