import Aggregator
import GRDB

/// Aggregation jobs, buckets and collections of batch tasks.
extension Conversion {
    func convertBatchJobs(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO job (id, task, kind, job_id, phase, init_digest, report_count, refusals, batch_id, parameter,
                    key_id, step, continue_digest, request, continue_request, response, first_time, last_time)
                SELECT id + :rows, :task, 'batch', job_id, iif(phase = 'continued', 'opened', phase), init_digest,
                    report_count, refusals, batch_id, parameter, key_id, step, continue_digest, request,
                    continue_request, response, first_time, last_time
                FROM \(source)batch_job ORDER BY id
                """, arguments: ["rows": rows, "task": task])
    }

    func convertBatches(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO batch_bucket (task, key, parameter, share, count, checksum, least_time, greatest_time)
                SELECT ?, key, parameter, share, count, checksum, least_time, greatest_time FROM \(source)batch_bucket
                """, arguments: [task])
        try db.execute(
            sql: """
                INSERT INTO collected (task, first_key, last_key) SELECT ?, first_key, last_key FROM \(source)collected
                """, arguments: [task])
        try db.execute(
            sql: """
                INSERT INTO selected_batch (task, batch_id, parameter, open, claimed)
                SELECT ?, batch_id, parameter, open, claimed FROM \(source)selected_batch ORDER BY id
                """, arguments: [task])
    }

    /// Collection jobs of the Leader and aggregate shares of the Helper, in the order in which they were asked for.
    func convertCollections(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO resource (task, resource_id, batch_selector, request_digest, request, state, closed,
                    created_at, last_row, response, failure_status)
                SELECT :task, collection_id, batch_selector, request_digest, request,
                    iif(state IN ('waiting', 'closed'), 'running', state), state = 'closed', created_at,
                    iif(last_row > 0, last_row + :rows, 0), response, failure_status
                FROM \(source)collection ORDER BY id
                """, arguments: ["rows": rows, "task": task])
        try db.execute(
            sql: """
                INSERT INTO resource (task, resource_id, batch_selector, request_digest, request, state, closed,
                    created_at, last_row, response, failure_status)
                SELECT ?, share_id, x'', request_digest, request, state, 0, 0, 0, response, failure_status
                FROM \(source)aggregate_share ORDER BY rowid
                """, arguments: [task])
    }
}

/// Who the store is, how far it is, and what it heard.
extension Conversion {
    func convertLedger(_ db: Database) throws {
        for table in ["incarnation", "peer_incarnation"] {
            try db.execute(
                sql: """
                    INSERT INTO \(table) (task, incarnation_id, count)
                    SELECT ?, incarnation_id, count FROM \(source)\(table) ORDER BY id
                    """, arguments: [task])
        }
    }

    /// Counts what there was and what there is.
    ///
    /// - Throws: `StoreError.damaged`.
    func check(_ db: Database) throws {
        let counted: [(now: String, before: String)] = [
            ("count(*) FROM report", "count(*) FROM \(source)report"),
            ("count(job) FROM report", "count(job) FROM \(source)report"),
            ("count(place) FROM report", "count(place) FROM \(source)report"),
            ("count(*) FROM step", "count(*) FROM \(source)step"),
            ("count(*) FROM job WHERE kind = 'walk'", "count(*) FROM \(source)job"),
            ("count(*) FROM job WHERE kind = 'batch'", "count(*) FROM \(source)batch_job"),
        ]
        for (now, before) in counted {
            let condition = now.contains("WHERE") ? "AND task = \(task)" : "WHERE task = \(task)"
            let counts = try [now + " " + condition, before].map { try Int.fetchOne(db, sql: "SELECT " + $0) }
            guard counts[0] == counts[1] else { throw StoreError.damaged("not all rows could be brought over: \(before)") }
        }
    }
}
