#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging

extension PostgreSQLDatastore {
    /// Goes on after a store was lost or put back: consent that both operators give, each at home.
    ///
    /// The store of each task gets a new identity and forgets the other aggregator's. Every report that was received is
    /// given up, and every report of a time before `earliestReportTime`, or not after the latest that is known here, is
    /// refused for ever: whatever was evaluated and forgotten is among them (rule 1 of the walk).
    ///
    /// - Throws: `StoreError`; then nothing was changed.
    package static func renew(
        at address: PostgreSQLAddress, role: Role, _ renewals: [StoreRenewal], logger: Logger? = nil
    ) throws {
        let drawn = renewals.map { ($0, StoreID.random()) }
        try StoreChange(address: address, role: role, logger: logger).run { db in
            try drawn.allSatisfy { renewal, store in
                let tasks = try StoreTables.tasks(db)
                guard let row = tasks.first(where: { $0.id == renewal.task })?.row else { return false }
                return try LedgerTables(db: db, task: row).identity == store
            }
        } change: { db in
            guard try StoreTables.exist(db) else { throw StoreError.missing }
            try StoreTables.checkCurrent(db, role: role)
            for (renewal, store) in drawn { try renew(renewal, as: store, role: role, db) }
        }
    }

    private static func renew(
        _ renewal: StoreRenewal, as store: StoreID, role: Role, _ db: PostgreSQLConnection
    ) throws {
        let row = try StoreTables.row(
            of: renewal.task, configurationDigest: renewal.configurationDigest, role: role, db)
        // A clock that was set back must not let in what is here already.
        let latest = try db.one("SELECT max(time) FROM report WHERE task = $1", [.integer(row)]) {
            $0.isNull ? nil : try $0.integer()
        }
        let unseen = Time(units: (latest ?? nil).map { UInt64(clamping: $0) + 1 } ?? 0)
        try giveUp(renewal.task, row: row, role: role, db)
        try LedgerTables(db: db, task: row).renew(
            as: store,
            earliestReportTime: max(
                renewal.earliestReportTime, unseen.secondsSinceEpoch(precision: renewal.timePrecision)))
    }

    /// Gives up everything that was received: no report of it can enter a walk or a batch any more.
    ///
    /// Bindings, history and what was released stay.
    private static func giveUp(_ task: TaskID, row: Int64, role: Role, _ db: PostgreSQLConnection) throws {
        let problem = ProblemDocument(
            type: .walkEnded, status: 409, detail: "The reports were given up when a store was renewed.", taskID: task
        ).encoded()
        try db.run(
            """
            UPDATE resource SET state = 'failed', response = $2, failure_status = 409,
                answered_at = extract(epoch FROM now())::bigint,
                request = CASE WHEN batch_selector IS NOT NULL AND $3 THEN ''::bytea ELSE request END
            WHERE task = $1 AND state = 'running'
            """, [.integer(row), .bytes(problem), .boolean(role == .helper)])
        let statements = [
            // What is lost of a walk that goes on nobody has counted: of its rejected reports nothing is told.
            """
            INSERT INTO rejected (task, subject, party, error, count)
            SELECT task, walk_id, 0, 0, 0 FROM walk WHERE task = $1 AND ended IS NULL ON CONFLICT DO NOTHING
            """,
            "UPDATE walk SET ended = 'abandoned' WHERE task = $1 AND ended IS NULL",
            "UPDATE job SET phase = 'finished', sum = ''::bytea WHERE task = $1 AND kind = 'walk' AND phase <> 'finished'",
            """
            UPDATE job SET phase = 'abandoned', request = ''::bytea, continue_request = ''::bytea, response = ''::bytea
            WHERE task = $1 AND kind = 'batch' AND phase NOT IN ('finished', 'abandoned')
            """,
            "UPDATE selected_batch SET open = false WHERE task = $1",
            // Sums that no collection took: their reports are as old as the rest.
            "DELETE FROM batch_bucket WHERE task = $1 AND share <> ''::bytea",
        ]
        for sql in statements { try db.run(sql, [.integer(row)]) }
        try PostgreSQLTransaction(db: db, task: row, mark: LedgerMark()).giveUpReports()
    }
}
#endif
