#if PostgreSQL
import Aggregator
import Synchronization

/// A write that waits for the database.
struct PendingWrite: Sendable {
    let scope: WriteScope
    /// When it came.
    let since = ContinuousClock.now
    /// Runs the body and returns how to report its result once that is committed.
    let run: @Sendable (PostgreSQLTransaction) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
}

/// The writes of one task that wait: one group of them at a time is worked on.
///
/// Those that wait at the same time share a transaction, and with it a commit; uploads with uploads, other writes with
/// other writes.
final class WriteLane: Sendable {
    private struct State {
        var waiting: [PendingWrite] = []
        var isRunning = false
    }

    /// Writes that share one commit at most, so that an answer is not held up without bound.
    static let greatestGroup = 512

    private let state = Mutex(State())
    /// How far the process is with its task; only whoever works on a group touches it.
    let progress = Mutex(WriteProgress())
    /// How many incarnations of the task were seen that are later than the process's; only whoever works on a group touches it.
    let later = Mutex(0)
    /// A transaction whose COMMIT was sent, and of which nobody knows yet what became: what it would have made of `progress`.
    let unanswered = Mutex<UnansweredCommit?>(nil)

    /// Adds a write.
    ///
    /// - Returns: whether the lane stands still, so that someone has to begin.
    func add(_ write: PendingWrite) -> Bool {
        state.withLock { state in
            state.waiting.append(write)
            defer { state.isRunning = true }
            return !state.isRunning
        }
    }

    /// The next group, in the order in which they came: the first that waits, and those like it.
    ///
    /// Nothing where none waits: then the lane stands still.
    func nextGroup() -> [PendingWrite] {
        state.withLock { state in
            guard let scope = state.waiting.first?.scope else {
                state.isRunning = false
                return []
            }
            var (group, left): ([PendingWrite], [PendingWrite]) = ([], [])
            for write in state.waiting {
                if write.scope == scope, group.count < Self.greatestGroup {
                    group.append(write)
                } else {
                    left.append(write)
                }
            }
            state.waiting = left
            return group
        }
    }
}

/// What a transaction would have changed, of which nobody knows whether it was committed.
struct UnansweredCommit: Sendable {
    let progress: WriteProgress
    let unsaved: StoreLedger.Unsaved?
    /// What is known with it, where other processes commit too.
    let record: StoreLedger.Record?
}
#endif
