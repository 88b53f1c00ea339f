import Aggregator
import Crypto
import DAP
import Foundation
import GRDB

/// Walks, their history, and their shards.
extension Conversion {
    func convertWalks(_ db: Database, _ batches: [SelectedRows]) throws {
        try db.execute(
            sql: """
                INSERT INTO walk (task, walk_id, batch_selector, started_at, key_id, first_bucket, end_bucket,
                    interval_start, interval_end, frozen, initial_count, ended)
                SELECT ?, walk_id, batch_selector, started_at, key_id,
                    iif(last_row >= first_row, interval_start, 0), iif(last_row >= first_row, interval_end, 0),
                    interval_start, interval_end, frozen, initial_count, ended
                FROM \(source)walk
                """, arguments: [task])
        for (bucket, batch) in batches.enumerated() {
            try db.execute(
                sql: "UPDATE walk SET first_bucket = ?, end_bucket = ? WHERE task = ? AND walk_id = ?",
                arguments: [bucket, bucket + 1, task, batch.walk])
        }
        // Only the Leader's walks have rows; the Helper claims single times.
        let intervals = try Row.fetchAll(
            db,
            sql: """
                SELECT walk_id, interval_start, interval_end FROM \(source)walk
                WHERE last_row >= first_row AND interval_end > interval_start
                """)
        for row in intervals {
            let (start, end) = (try row.unsigned("interval_start"), try row.unsigned("interval_end"))
            try db.execute(
                sql: "INSERT INTO collected (task, first_key, last_key, walk_id) VALUES (?, ?, ?, ?)",
                arguments: [
                    task, Data(BatchBucketKey(Time(units: start)).bytes),
                    Data(BatchBucketKey(Time(units: end - 1)).bytes), Data(try row.bytes("walk_id")),
                ])
        }
        try db.execute(
            sql: "INSERT INTO walk_bucket (task, time, walk_id) SELECT ?, time, walk_id FROM \(source)bucket",
            arguments: [task])
        try db.execute(
            sql: """
                INSERT INTO rejection (task, walk_id, error, point, step, level, count)
                SELECT ?, walk_id, error, point, step, level, count FROM \(source)rejection
                """, arguments: [task])
    }

    /// What was asked becomes history; what was answered becomes the resource of its ID.
    func convertSteps(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO step (task, walk_id, step, parameter, report_count, resource_id)
                SELECT ?, walk_id, step, parameter, iif(state IN ('released', 'deleted'), report_count, NULL), resource_id
                FROM \(source)step
                """, arguments: [task])
        let isLeader = try meta("role", db) == "\(Role.leader)"
        let answers = try Row.fetchCursor(
            db,
            sql: """
                SELECT resource_id, walk_id, step, request, state, response, failure_status,
                    (SELECT started_at FROM \(source)walk AS walk WHERE walk.walk_id = step.walk_id) AS started_at
                FROM \(source)step AS step WHERE resource_id IS NOT NULL ORDER BY started_at, walk_id, step
                """)
        while let row = try answers.next() {
            let request = try row.bytes("request")
            // The Helper kept the digest only.
            let digest = isLeader ? Array(SHA256.hash(data: request)) : request
            try db.execute(
                sql: """
                    INSERT INTO resource (task, resource_id, walk_id, step, batch_selector, request_digest, request, state,
                        closed, created_at, last_row, response, failure_status)
                    VALUES (?, ?, ?, ?, x'', ?, ?, ?, 0, ?, 0, ?, ?)
                    """,
                arguments: [
                    task, Data(try row.bytes("resource_id")), Data(try row.bytes("walk_id")), try row.integer("step"),
                    Data(digest), Data(isLeader ? request : []), try row.text("state"), try row.integer("started_at"),
                    Data(try row.bytes("response")), try row.integer("failure_status"),
                ])
        }
    }

    func convertShards(_ db: Database) throws {
        // The Helper's shards have no rows of uploads.
        try db.execute(
            sql: """
                INSERT INTO job (id, task, kind, job_id, phase, init_digest, report_count, refusals, walk_id, ordinal,
                    first_row, last_row, committed_steps, transcript, evaluate_digest, verdict_digest,
                    committed_evaluate_digest, evaluate_transcript, live, live_before, live_count, checksum, sum,
                    least_time, greatest_time)
                SELECT id + :rows, :task, 'walk', job_id, iif(phase = 'ended', 'finished', phase), init_digest,
                    report_count, refusals, walk_id, ordinal, iif(last_row >= first_row, first_row + :rows, first_row),
                    iif(last_row >= first_row, last_row + :rows, last_row), committed_steps, transcript, evaluate_digest,
                    verdict_digest, committed_evaluate_digest, evaluate_transcript, live, live_before, live_count,
                    checksum, sum, least_time, greatest_time
                FROM \(source)job ORDER BY id
                """, arguments: ["rows": rows, "task": task])
    }
}

extension Row {
    fileprivate func text(_ name: String) throws -> String {
        guard let value: String = self[name] else { throw StoreError.damaged("column \(name) is empty") }
        return value
    }
}
