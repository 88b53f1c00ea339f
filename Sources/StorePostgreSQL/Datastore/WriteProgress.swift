#if PostgreSQL
import Aggregator
import DAP

/// How far one process is with one task: what its row of `incarnation` holds.
///
/// The row is changed by the last statement of each transaction that changed anything. So the row says of a COMMIT whose answer
/// was lost what became of it, and it says that a database was put back while it is worked with. (The number of a transaction
/// would not do: after a crash PostgreSQL may give that of a lost one to another.)
struct WriteProgress: Sendable, Equatable {
    /// Commits that must never be forgotten.
    var count: UInt64 = 0
    /// Transactions that wrote anything.
    var writes: UInt64 = 0

    /// What one more transaction makes of it.
    func next(isMarked: Bool) -> Self { Self(count: count + (isMarked ? 1 : 0), writes: writes + 1) }
}

/// The row of one process and one task.
struct ProgressRow {
    let db: PostgreSQLConnection
    let task: Int64
    let incarnation: IncarnationID

    private var key: [PostgreSQLValue] { [.bytes(incarnation.bytes), .integer(task)] }

    /// Counts the transaction at hand, if it has changed anything.
    ///
    /// - Returns: how far the process is with it; nothing where it has changed nothing.
    /// - Parameter isAlone: whether no other process may have opened the task since: its row would have been added under the
    ///   task's lock, so it has seen everything but this.
    /// - Throws: `StoreError.inUse` if one has, or `StoreError.superseded` if so many have that this commit might go unnoticed;
    ///   `StoreError.putBack` where the row is not what it was.
    func raise(from known: WriteProgress, isMarked: Bool, isAlone: Bool) throws -> WriteProgress? {
        let sql = """
            UPDATE incarnation AS own SET count = count + $3, writes = writes + 1
            WHERE incarnation_id = $1 AND task = $2 AND ($4 OR pg_current_xact_id_if_assigned() IS NOT NULL)
            RETURNING count, writes, (SELECT count(*) FROM incarnation AS later WHERE later.task = $2 AND later.id > own.id)
            """
        let found = try db.one(sql, key + [.integer(isMarked ? 1 : 0), .boolean(isMarked)]) {
            (WriteProgress(count: try $0.number(), writes: try $0.number()), try $0.integer())
        }
        guard let (progress, later) = found else {
            guard try current() == known else { throw behind }
            return nil
        }
        guard later == 0 || !isAlone else { throw StoreError.inUse("\(db.place): a process that began later") }
        guard later < Int64(StoreLedger.greatestSuccessors) else { throw StoreError.superseded }
        guard progress == known.next(isMarked: isMarked) else { throw behind }
        return progress
    }

    /// What it holds; nothing where there is none.
    func current() throws -> WriteProgress? {
        try db.one("SELECT count, writes FROM incarnation WHERE incarnation_id = $1 AND task = $2", key) {
            WriteProgress(count: try $0.number(), writes: try $0.number())
        }
    }

    /// Waits until the process's earlier transaction is at its end, and reads what became of it.
    ///
    /// To be committed: then what it wrote is as durable as this is, also at a standby.
    func settled() throws -> WriteProgress? {
        try db.one(
            "UPDATE incarnation SET writes = writes WHERE incarnation_id = $1 AND task = $2 RETURNING count, writes",
            key
        ) { WriteProgress(count: try $0.number(), writes: try $0.number()) }
    }

    /// The database has forgotten what this process committed.
    var behind: StoreError {
        .putBack("the row of this server's start \(incarnation) is not as its last commit left it")
    }
}
#endif
