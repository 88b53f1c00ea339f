import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// The history of walks, and what was answered.
extension Conversion {
    /// A step had its answer with it: that becomes a resource of its own, the history stays.
    func takeSteps(_ isLeader: Bool) throws {
        try db.execute(
            sql: """
                INSERT INTO main.step (task, walk_id, step, parameter, report_count, resource_id)
                SELECT ?, walk_id, step, parameter,
                    CASE WHEN state IN ('released', 'deleted') THEN report_count END, resource_id
                FROM \(from)step
                """, arguments: [task])
        let steps = try Row.fetchCursor(
            db,
            sql: """
                SELECT step.*, started_at FROM \(from)step AS step JOIN \(from)walk USING (walk_id)
                WHERE resource_id IS NOT NULL ORDER BY started_at, walk_id, step
                """)
        while let row = try steps.next() {
            let request = try row.bytes("request")
            // The Helper had kept the digest only.
            let digest = isLeader ? ResourceRecord.digest(of: request) : request
            try db.execute(
                sql: """
                    INSERT INTO main.resource (task, resource_id, walk_id, step, request_digest, request, state, closed,
                        created_at, last_row, response, failure_status) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?)
                    """,
                arguments: [
                    task, Data(try row.bytes("resource_id")), Data(try row.bytes("walk_id")), try row.integer("step"),
                    Data(digest), Data(isLeader ? request : []), row["state"] as String?, try row.integer("started_at"),
                    Data(try row.bytes("response")), try row.integer("failure_status"),
                ])
        }
    }

    func takeBatches() throws {
        try db.execute(
            sql: """
                INSERT INTO main.resource (task, resource_id, batch_selector, request_digest, request, state, closed,
                    created_at, last_row, response, failure_status)
                SELECT ?1, collection_id, batch_selector, request_digest, request,
                    CASE WHEN state IN ('waiting', 'closed') THEN 'running' ELSE state END, state = 'closed', created_at,
                    last_row + ?2, response, failure_status
                FROM \(from)collection ORDER BY id
                """, arguments: [task, TaskRows.offset(of: task)])
        // Whose batch it is stands in the request, while that is needed.
        try db.execute(
            sql: """
                INSERT INTO main.resource (task, resource_id, batch_selector, request_digest, request, state, closed,
                    created_at, last_row, response, failure_status)
                SELECT ?, share_id, x'', request_digest, request, state, 0, 0, 0, response, failure_status
                FROM \(from)aggregate_share ORDER BY rowid
                """, arguments: [task])
        try db.execute(
            sql: """
                INSERT INTO main.batch_bucket (task, key, parameter, share, count, checksum, least_time, greatest_time)
                SELECT ?, key, parameter, share, count, checksum, least_time, greatest_time FROM \(from)batch_bucket
                """, arguments: [task])
        try db.execute(
            sql: """
                INSERT INTO main.collected (task, first_key, last_key)
                SELECT ?, first_key, last_key FROM \(from)collected
                """, arguments: [task])
        try db.execute(
            sql: """
                INSERT INTO main.selected_batch (task, batch_id, parameter, open, claimed)
                SELECT ?, batch_id, parameter, open, claimed FROM \(from)selected_batch ORDER BY id
                """, arguments: [task])
    }
}
