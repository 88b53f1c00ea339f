import Foundation
import GRDB
import PopulusDAP

/// All that a task's store holds, as text: the same before and after it comes to another version.
struct StoreContents: Equatable {
    /// By what they are of; the rows in an order that no version changes.
    private(set) var rows: [String: [String]] = [:]

    /// The bindings: who forgets one evaluates a report twice.
    var bindings: [String] { rows["report"] ?? [] }
    /// Starts of a process, each with its count.
    var incarnations: [String] { rows["incarnation"] ?? [] }

    /// Of a file of version 5.
    init(version5 path: String) throws { try self.init(path, Self.version5) }

    /// Of a task in a file of this version.
    init(_ path: String, task: TaskID) throws {
        let name = task.bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let row = "(SELECT id FROM task WHERE task_id = x'\(name)')"
        try self.init(path, Self.version6.mapValues { $0.replacing("TASK", with: row) })
    }

    private init(_ path: String, _ queries: [String: String]) throws {
        let database = try DatabaseQueue(path: path)
        defer { try? database.close() }
        rows = try database.read { db in
            try queries.mapValues { sql in
                try Row.fetchAll(db, sql: sql).map { row in
                    row.databaseValues.map { $0.description }.joined(separator: " ")
                }
            }
        }
    }

    /// Without what another start adds.
    func beforeStart() -> StoreContents {
        var copy = self
        copy.rows["incarnation"] = incarnations.dropLast()
        return copy
    }
}

// MARK: - The same of both

extension StoreContents {
    private static let report = "hex(report_id), time, bytes, ordinal, key_id, attempts, digest, place IS NULL"
    private static let shard = """
        hex(walk_id), ordinal, hex(job_id), hex(init_digest), report_count, hex(refusals), committed_steps,
        hex(transcript), hex(evaluate_digest), hex(verdict_digest), hex(committed_evaluate_digest),
        hex(evaluate_transcript), hex(live), hex(live_before), live_count, hex(checksum), hex(sum), least_time, greatest_time
        """
    private static let batchJob = """
        hex(job_id), hex(batch_id), hex(parameter), key_id, hex(init_digest), report_count, step, hex(continue_digest),
        hex(request), hex(continue_request), hex(response), hex(refusals), first_time, last_time
        """
    private static let walk = """
        hex(walk_id), hex(batch_selector), started_at, key_id, interval_start, interval_end, frozen, initial_count, ended
        """
    private static let bucket = "hex(key), hex(parameter), hex(share), count, hex(checksum), least_time, greatest_time"
    private static let rejection = "hex(walk_id), error, point, step, level, count"

    private static let version5 = [
        "report": "SELECT id, job, \(report) FROM report ORDER BY id",
        "walk": "SELECT \(walk) FROM walk ORDER BY walk_id",
        "walk bucket": "SELECT time, hex(walk_id) FROM bucket ORDER BY time",
        "step": """
        SELECT hex(walk_id), step, hex(parameter), iif(state IN ('released', 'deleted'), report_count, NULL),
        hex(resource_id) FROM step ORDER BY walk_id, step
        """,
        "answer": """
        SELECT hex(resource_id), hex(walk_id), step, state, hex(response), failure_status,
        iif((SELECT value FROM meta WHERE name = 'role') = 'leader', hex(request), '') FROM step
        WHERE resource_id IS NOT NULL ORDER BY resource_id
        """,
        "shard": """
        SELECT id, iif(phase = 'ended', 'finished', phase), first_row, last_row, \(shard) FROM job ORDER BY id
        """,
        "batch job": """
        SELECT id, iif(phase = 'continued', 'opened', phase), \(batchJob) FROM batch_job ORDER BY id
        """,
        "batch bucket": "SELECT \(bucket) FROM batch_bucket ORDER BY key",
        "collected": "SELECT hex(first_key), hex(last_key) FROM collected ORDER BY first_key",
        "selected": "SELECT hex(batch_id), hex(parameter), open, claimed FROM selected_batch ORDER BY id",
        "collection": """
        SELECT hex(collection_id), hex(request), hex(request_digest), hex(batch_selector),
        iif(state IN ('waiting', 'closed'), 'running', state), state = 'closed', created_at, last_row, hex(response),
        failure_status FROM collection ORDER BY id
        """,
        "share": """
        SELECT hex(share_id), hex(request_digest), hex(request), state, hex(response), failure_status
        FROM aggregate_share ORDER BY share_id
        """,
        "rejection": "SELECT \(rejection) FROM rejection ORDER BY walk_id, error, point, step, level",
        "incarnation": "SELECT hex(incarnation_id), count FROM incarnation ORDER BY id",
        "peer": "SELECT hex(incarnation_id), count FROM peer_incarnation ORDER BY id",
        "conflict": "SELECT value FROM meta WHERE name = 'conflict'",
    ]

    /// `TASK` is the task's row.
    private static let version6 = [
        "report": """
        SELECT id - (task << 40), iif(job > 0, job - (task << 40), job), \(report) FROM report
        WHERE task = TASK ORDER BY id
        """,
        "walk": "SELECT \(walk) FROM walk WHERE task = TASK ORDER BY walk_id",
        "walk bucket": "SELECT time, hex(walk_id) FROM walk_bucket WHERE task = TASK ORDER BY time",
        "step": """
        SELECT hex(walk_id), step, hex(parameter), report_count, hex(resource_id) FROM step WHERE task = TASK
        ORDER BY walk_id, step
        """,
        "answer": """
        SELECT hex(resource_id), hex(walk_id), step, state, hex(response), failure_status, hex(request) FROM resource
        WHERE task = TASK AND walk_id IS NOT NULL ORDER BY resource_id
        """,
        "shard": """
        SELECT id - (task << 40), phase, iif(last_row >= first_row, first_row - (task << 40), first_row),
        iif(last_row >= first_row, last_row - (task << 40), last_row), \(shard) FROM job
        WHERE task = TASK AND kind = 'walk' ORDER BY id
        """,
        "batch job": """
        SELECT id - (task << 40), phase, \(batchJob) FROM job WHERE task = TASK AND kind = 'batch' ORDER BY id
        """,
        "batch bucket": "SELECT \(bucket) FROM batch_bucket WHERE task = TASK ORDER BY key",
        "collected": """
        SELECT hex(first_key), hex(last_key) FROM collected WHERE task = TASK AND walk_id IS NULL ORDER BY first_key
        """,
        "selected":
            "SELECT hex(batch_id), hex(parameter), open, claimed FROM selected_batch WHERE task = TASK ORDER BY id",
        "collection": """
        SELECT hex(resource_id), hex(request), hex(request_digest), hex(batch_selector), state, closed, created_at,
        last_row - (task << 40), hex(response), failure_status FROM resource
        WHERE task = TASK AND batch_selector IS NOT NULL AND (SELECT value FROM meta WHERE name = 'role') = 'leader'
        ORDER BY id
        """,
        "share": """
        SELECT hex(resource_id), hex(request_digest), hex(request), state, hex(response), failure_status FROM resource
        WHERE task = TASK AND batch_selector IS NOT NULL AND (SELECT value FROM meta WHERE name = 'role') = 'helper'
        ORDER BY resource_id
        """,
        "rejection": """
        SELECT \(rejection) FROM rejection WHERE task = TASK ORDER BY walk_id, error, point, step, level
        """,
        "incarnation": "SELECT hex(incarnation_id), count FROM incarnation WHERE task = TASK ORDER BY id",
        "peer": "SELECT hex(incarnation_id), count FROM peer_incarnation WHERE task = TASK ORDER BY id",
        "conflict": "SELECT conflict FROM task WHERE id = TASK AND conflict IS NOT NULL",
    ]
}
