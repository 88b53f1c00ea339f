#if PostgreSQL
import Aggregator
import PopulusDAP

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

/// So many processes have begun later that a commit might go unnoticed where it is lost: it is to be counted in a new
/// incarnation.
struct IncarnationIsOld: Error {}

/// The row of one process and one task.
struct ProgressRow {
    let db: PostgreSQLConnection
    let task: Int64
    let incarnation: IncarnationID

    private var key: [PostgreSQLValue] { [.bytes(incarnation.bytes), .integer(task)] }

    /// Counts the transaction at hand, if it has changed anything.
    ///
    /// - Parameters:
    ///   - later: how many later incarnations there were.
    ///   - isAlone: whether no other process may have opened the task since: its row would have been added under the task's
    ///     lock, so it has seen everything but this.
    ///   - notice: the channel and the text by which others are told of the commit.
    /// - Returns: how far the process is with it, and how many later incarnations there are; nothing where it has changed
    ///   nothing.
    /// - Throws: `StoreError.inUse` if one has; `IncarnationIsOld` if so many have that the process must count on in another
    ///   incarnation; `StoreError.putBack` where the row is not what it was.
    func raise(
        from known: WriteProgress, after later: Int, isMarked: Bool, isAlone: Bool, telling notice: (String, String)?
    ) throws -> (WriteProgress, later: Int)? {
        let sql = """
            UPDATE incarnation AS own SET count = count + $3, writes = writes + 1
            WHERE incarnation_id = $1 AND task = $2 AND ($4 OR pg_current_xact_id_if_assigned() IS NOT NULL)
            RETURNING count, writes, (SELECT count(*) FROM incarnation AS later WHERE later.task = $2 AND later.id > own.id)
            \(notice == nil ? "" : ", pg_notify($5, $6)")
            """
        let telling: [PostgreSQLValue] = notice.map { [.text($0.0), .text($0.1)] } ?? []
        let found = try db.one(sql, key + [.integer(isMarked ? 1 : 0), .boolean(isMarked)] + telling) {
            (WriteProgress(count: try $0.number(), writes: try $0.number()), try $0.number(Int.self))
        }
        guard let (progress, found) = found else {
            guard try current() == known else { throw behind }
            return nil
        }
        guard found == 0 || !isAlone else { throw StoreError.inUse("\(db.place): a process that began later") }
        // Incarnations are never deleted.
        guard progress == known.next(isMarked: isMarked), found >= later else { throw behind }
        guard !isMarked || found < StoreLedger.greatestAge else { throw IncarnationIsOld() }
        return (progress, found)
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
