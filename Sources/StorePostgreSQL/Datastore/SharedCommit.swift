#if PostgreSQL
import Aggregator
import Foundation

/// Writes of one task that share a transaction, and what came of them.
///
/// Failures are rare, and savepoints cost two more answers of the server each. So they run one after the other. If one fails
/// everything is undone, and they run again, each in a savepoint of its own. All of it runs again too where the transaction
/// met another one, or the connection was lost.
struct SharedCommit {
    let store: PostgreSQLTaskStore
    let group: [PendingWrite]
    /// Whether its COMMIT was sent, and not answered.
    var isSent = false
    /// Whether each has a savepoint, so that its failure undoes nobody else's work.
    private var isApart = false
    /// Whether other processes are to be woken by the commit.
    private var tellsOthers = false
    /// The task's end, as the uploads of a group have it: no other write of the task changes it meanwhile.
    private var taskEnd: TaskEnd??
    private var forgotten: UInt64?
    /// For each write how to report its result, or why it failed.
    private var results: [Result<@Sendable () -> Void, any Error>] = []

    init(_ group: [PendingWrite], of store: PostgreSQLTaskStore) {
        (self.group, self.store) = (group, store)
    }

    /// One of several writes that have no savepoints has failed.
    private struct OneFailed: Error {}

    /// Commits the writes, over one connection.
    ///
    /// - Throws: `PostgreSQLError` where it may run again; `PostgreSQLUnanswered` where it has to be seen first what became
    ///   of it; anything else for good.
    mutating func run(over db: PostgreSQLConnection) throws {
        while true {
            do { return try transact(over: db) } catch is OneFailed {
                isApart = true
                try Self.undo(over: db)
            } catch is IncarnationIsOld {
                try Self.undo(over: db)
                try store.datastore.beginAnew(store, over: db)
            }
        }
    }

    private static func undo(over db: PostgreSQLConnection) throws {
        guard db.rollBack() else { throw PostgreSQLError.lost("the transaction could not be undone") }
    }

    /// Uploads run beside each other.
    private var isOfUploads: Bool { group.allSatisfy { $0.scope == .uploads } }

    private mutating func transact(over db: PostgreSQLConnection) throws {
        let datastore = store.datastore
        try datastore.checkHeld()
        try begin(db)
        // Uploads of processes that share the store leave that to the next write: they would wait for each other's rows.
        let keepsLedger = datastore.isAlone || !isOfUploads
        let (mark, unsaved) = (LedgerMark(), keepsLedger ? store.ledger.unsaved : nil)
        (results, tellsOthers, taskEnd, forgotten) = ([], false, nil, nil)
        for write in group { results.append(try result(of: write, mark, db)) }
        if let unsaved { try LedgerTables(db: db, task: store.row).save(unsaved) }
        let (known, later) = (store.lane.progress.withLock { $0 }, store.lane.later.withLock { $0 })
        let row = ProgressRow(db: db, task: store.row, incarnation: store.ledger.current)
        let raised = try row.raise(
            from: known, after: later, isMarked: mark.isSet, isAlone: datastore.isAlone,
            telling: tellsOthers && !isOfUploads ? datastore.notice(of: store.row) : nil)
        // Who has lost the store meanwhile commits nothing.
        try datastore.checkHeld()
        let record = keepsLedger && !datastore.isAlone ? try store.othersRecord(over: db) : nil
        guard let (progress, nowLater) = raised else {
            // Nothing was changed, so there is nothing to be lost.
            try db.commit()
            return record.map(store.ledger.learn) ?? ()
        }
        // What others have committed is true whatever becomes of this.
        store.lane.later.withLock { $0 = nowLater }
        let change = UnansweredCommit(progress: progress, unsaved: unsaved, record: record)
        store.lane.unanswered.withLock { $0 = change }
        do { try db.commit() } catch let error as PostgreSQLError {
            store.lane.unanswered.withLock { $0 = nil }
            throw error
        }
        try store.committed(change)
    }

    /// Begins the transaction and waits for the task's lock: uploads hold it together, every other write alone.
    private func begin(_ db: PostgreSQLConnection) throws {
        let (first, second) = store.datastore.locks.write(of: store.row)
        let form = isOfUploads ? "_shared" : ""
        db.firstError = nil
        let answers = try db.script(
            """
            BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
            SELECT pg_advisory_xact_lock\(form)(\(first), \(second)); SHOW synchronous_commit
            """)
        try PostgreSQLServerCheck.check(synchronousCommit: answers.last ?? "")
    }

    private mutating func result(
        of write: PendingWrite, _ mark: LedgerMark, _ db: PostgreSQLConnection
    ) throws -> Result<@Sendable () -> Void, any Error> {
        let transaction = store.transaction(over: db, mark)
        func run() throws -> @Sendable () -> Void {
            let report = try write.run(transaction)
            guard !db.hasFailed else { throw PostgreSQLConnection.passedOver }
            return report
        }
        do {
            if isOfUploads { (transaction.end, transaction.forgotten) = (taskEnd, forgotten) }
            let report = isApart ? try db.savepoint { try run() } : try run()
            if isOfUploads { (taskEnd, forgotten) = (transaction.end, transaction.forgotten) }
            tellsOthers = tellsOthers || transaction.tellsOthers
            return .success(report)
        } catch {
            // Everything runs again where the server undid it, or is away.
            let error = db.cause(of: error)
            if let error = error as? PostgreSQLError, error.isTransient { throw error }
            // A write that is alone needs no savepoint either.
            if group.count == 1 { throw error }
            guard isApart else { throw OneFailed() }
            return .failure(error)
        }
    }

    /// Tells everyone what came of it, once that is durable.
    func answer() {
        for (write, result) in zip(group, results) {
            switch result {
            case .success(let report): report()
            case .failure(let error): write.fail(error)
            }
        }
    }
}
#endif
