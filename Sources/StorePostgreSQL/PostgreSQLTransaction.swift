#if PostgreSQL
import Aggregator
import DAP

/// A transaction's view of one task's rows; a new one for each run of a body.
final class PostgreSQLTransaction {
    let db: PostgreSQLConnection
    /// The row of `task`.
    let task: Int64
    let mark: LedgerMark

    init(db: PostgreSQLConnection, task: Int64, mark: LedgerMark) {
        (self.db, self.task, self.mark) = (db, task, mark)
    }
}
#endif
