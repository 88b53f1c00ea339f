#if PostgreSQL
import Aggregator
import PopulusDAP

/// A transaction's view of one task's rows; a new one for each run of a body.
final class PostgreSQLTransaction {
    let db: PostgreSQLConnection
    /// The row of `task`.
    let task: Int64
    let mark: LedgerMark
    /// What secrets are sealed with; nothing where the store is not sealed, or where none is looked at.
    let seal: TaskSeal?
    /// Whose claims are its own; nothing where a process has the store alone, and all work with it.
    let replica: ReplicaID?
    /// Whether the other processes are to be woken.
    var tellsOthers = false
    /// The task's end, once it was asked for: no other write changes it meanwhile.
    var end: TaskEnd??
    /// Reports of an earlier time may have been forgotten; known along with it.
    var forgotten: UInt64?

    init(
        db: PostgreSQLConnection, task: Int64, mark: LedgerMark, replica: ReplicaID? = nil, seal: TaskSeal? = nil
    ) {
        (self.db, self.task, self.mark, self.replica, self.seal) = (db, task, mark, replica, seal)
    }
}
#endif
