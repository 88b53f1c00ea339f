import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Brings everything that a store of version 5 holds into the tables of this version, as the store of one task.
///
/// Bindings first of all: whoever forgets which reports were evaluated evaluates them twice (rule 1 of the walk).
struct Conversion {
    let source: EarlierStore
    /// The row that the task gets.
    let task: Int64
    /// What is added to the numbers of its files of uploads.
    let fileOffset: Int64

    var db: Database { source.db }
    var from: String { source.prefix }
    private var rows: Int64 { TaskRows.offset(of: task) }

    /// - Parameter state: whether the task may be served from here on.
    func run(state: String) throws {
        // A task is one of walks or one of batches: `report.job` would name two otherwise.
        guard try source.count("job") == 0 || source.count("batch_job") == 0 else {
            throw StoreError.damaged("it has jobs of walks and of batches")
        }
        let isLeader = try source.role == .leader
        try makeTask(state)
        try takeWalks(isLeader)
        try takeReports()
        try takeJobs()
        try takeSteps(isLeader)
        try takeBatches()
        try Schema.noteUncounted(of: task, db)
        try db.execute(sql: "DROP TABLE temp.walk_rows")
    }

    private func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try db.execute(sql: sql, arguments: arguments)
    }

    // MARK: Who it is

    /// Its identity and counts move with it: the other aggregator knows it again.
    private func makeTask(_ state: String) throws {
        try execute(
            """
            INSERT INTO main.task (id, task_id, state, configuration, store, noise_key, peer_store, conflict, reports_from,
                open_bucket) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
            """,
            [
                task, Data(try source.task.bytes), state, Data(try source.configurationDigest),
                Data(try source.identity.bytes), Data(try source.noiseKey), try source.peer.map { Data($0.bytes) },
                try source.meta("conflict"), signed(try source.earliestReportTime),
            ])
        for table in ["incarnation", "peer_incarnation"] {
            try execute(
                """
                INSERT INTO main.\(table) (task, incarnation_id, count)
                SELECT ?, incarnation_id, count FROM \(from)\(table) ORDER BY id
                """, [task])
        }
        try execute(
            """
            INSERT INTO main.rejection (task, walk_id, error, point, step, level, count)
            SELECT ?, walk_id, error, point, step, level, count FROM \(from)rejection
            """, [task])
    }

    // MARK: Walks and their batches

    /// A walk over a batch that the Leader selected had the rows from one to another: they become a bucket.
    private func takeWalks(_ isLeader: Bool) throws {
        try execute(
            """
            CREATE TEMP TABLE walk_rows AS
            SELECT row_number() OVER (ORDER BY first_row) - 1 AS bucket, walk_id, first_row, last_row FROM \(from)walk
            WHERE ? AND last_row >= first_row AND interval_end <= interval_start
            """, [isLeader])
        try execute(
            """
            INSERT INTO main.walk (task, walk_id, batch_selector, started_at, key_id, first_bucket, end_bucket,
                interval_start, interval_end, frozen, initial_count, ended)
            SELECT ?1, walk_id, batch_selector, started_at, key_id,
                CASE WHEN ?2 AND interval_end > interval_start THEN interval_start ELSE ifnull(bucket, 0) END,
                CASE WHEN ?2 AND interval_end > interval_start THEN interval_end ELSE ifnull(bucket + 1, 0) END,
                interval_start, interval_end, frozen, initial_count, ended
            FROM \(from)walk LEFT JOIN temp.walk_rows USING (walk_id)
            """, [task, isLeader])
        try execute("UPDATE main.task SET open_bucket = (SELECT count(*) FROM temp.walk_rows) WHERE id = ?", [task])
        try execute(
            "INSERT INTO main.walk_bucket (task, time, walk_id) SELECT ?, time, walk_id FROM \(from)bucket", [task])
        guard isLeader else { return }
        // What a walk by time has takes nothing more.
        let intervals = try Row.fetchAll(
            db,
            sql: "SELECT walk_id, interval_start, interval_end FROM \(from)walk WHERE interval_end > interval_start")
        for row in intervals {
            let (start, end) = (try row.unsigned("interval_start"), try row.unsigned("interval_end"))
            try execute(
                "INSERT INTO main.collected (task, first_key, last_key, walk_id) VALUES (?, ?, ?, ?)",
                [
                    task, Data(BatchBucketKey(Time(units: start)).bytes),
                    Data(BatchBucketKey(Time(units: end - 1)).bytes),
                    Data(try row.bytes("walk_id")),
                ])
        }
    }

    // MARK: Reports

    /// An upload in no walk's rows waits in a bucket that depends on the task's batch mode, which no store knows:
    /// it is sorted when the task is opened (``SQLiteDatastore/unsorted``).
    private func takeReports() throws {
        try execute(
            """
            INSERT INTO main.report (id, task, report_id, time, bucket, bytes, job, ordinal, key_id, attempts, place, digest)
            SELECT report.id + ?1, ?2, report_id, time,
                CASE WHEN place IS NULL THEN time ELSE ifnull(
                    (SELECT bucket FROM temp.walk_rows WHERE report.id BETWEEN first_row AND last_row),
                    \(SQLiteDatastore.unsorted)) END,
                bytes, CASE WHEN job >= 0 THEN job + ?1 ELSE job END, ordinal, key_id, attempts, place + ?3, digest
            FROM \(from)report AS report ORDER BY report.id
            """, [rows, task, UploadPlace(file: fileOffset, offset: 0).rawValue])
    }

    private func takeJobs() throws {
        let common = "job_id, phase, init_digest, report_count, refusals"
        let shard = """
            walk_id, ordinal, committed_steps, transcript, evaluate_digest, verdict_digest, committed_evaluate_digest,
                evaluate_transcript, live, live_before, live_count, checksum, sum, least_time, greatest_time
            """
        let phase = "CASE phase WHEN 'ended' THEN 'finished' WHEN 'continued' THEN 'opened' ELSE phase END"
        let taken = common.replacing("phase", with: phase)
        try execute(
            """
            INSERT INTO main.job (id, task, kind, first_row, last_row, \(common), \(shard))
            SELECT id + ?1, ?2, 'walk', CASE WHEN last_row >= first_row THEN first_row + ?1 ELSE 0 END,
                CASE WHEN last_row >= first_row THEN last_row + ?1 ELSE -1 END, \(taken), \(shard)
            FROM \(from)job ORDER BY id
            """, [rows, task])
        let batch = """
            batch_id, parameter, key_id, step, continue_digest, request, continue_request, response, first_time, last_time
            """
        try execute(
            """
            INSERT INTO main.job (id, task, kind, \(common), \(batch))
            SELECT id + ?1, ?2, 'batch', \(taken), \(batch) FROM \(from)batch_job ORDER BY id
            """, [rows, task])
    }
}
