import Foundation
import GRDB
import PopulusDAP
import PopulusKernels

/// Files as earlier versions of Populus left them: made of one of this version that holds one task.
package enum Version5 {
    /// What version 4 had not: it did not count its commits.
    package static let toVersion4 = """
        ALTER TABLE report DROP COLUMN digest; DELETE FROM meta WHERE name = 'commits';
        UPDATE meta SET value = '4' WHERE name = 'version';
        """

    /// What version 3 had not: it did not know who it was.
    package static let toVersion3 = """
        DROP TABLE incarnation; DROP TABLE peer_incarnation;
        CREATE TABLE later_rejection AS SELECT error, point, step, level, sum(count) AS count FROM rejection
            GROUP BY error, point, step, level;
        DROP TABLE rejection;
        CREATE TABLE rejection (
            error INTEGER NOT NULL, point TEXT NOT NULL, step INTEGER NOT NULL, level INTEGER NOT NULL,
            count INTEGER NOT NULL, PRIMARY KEY (error, point, step, level)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO rejection SELECT * FROM later_rejection;
        DROP TABLE later_rejection;
        DELETE FROM meta WHERE name IN ('store', 'noise_key', 'peer_store');
        UPDATE meta SET value = '3' WHERE name = 'version';
        """

    /// Replaces a file of this version by what a version from 3 to 5 would have, with its folders.
    ///
    /// - Parameters:
    ///   - path: the file; nobody may have it open.
    ///   - target: the name that it gets, the same unless told otherwise.
    package static func goBack(_ path: String, to target: String? = nil, version: Int = 5) throws {
        let old = path + ".old"
        let database = try DatabasePool(path: old)
        try database.writeWithoutTransaction { db in
            try db.execute(sql: Version5Schema.all)
            try db.execute(sql: "ATTACH DATABASE ? AS new", arguments: [path])
            try db.inTransaction {
                try fill(db)
                if version < 5 { try db.execute(sql: toVersion4) }
                if version < 4 { try db.execute(sql: toVersion3) }
                return .commit
            }
            try db.execute(sql: "DETACH DATABASE new")
            _ = try db.checkpoint(.truncate)
        }
        let mark: Data? = version < 5 ? nil : try database.read { try Self.mark($0) }
        try database.close()
        let (files, target) = (FileManager.default, target ?? path)
        for name in ["", "-wal", "-shm"] where files.fileExists(atPath: path + name) {
            try files.removeItem(atPath: path + name)
        }
        for name in ["-wal", "-shm"] { try? files.removeItem(atPath: old + name) }
        try files.moveItem(atPath: old, toPath: target)
        for name in [".uploads", ".segments"] where target != path {
            try files.moveItem(atPath: path + name, toPath: target + name)
        }
        if let mark, files.fileExists(atPath: target + ".uploads") {
            try mark.write(to: URL(filePath: target + ".uploads/mark"))
        } else {
            try? files.removeItem(atPath: target + ".uploads/mark")
        }
    }

    /// The task of a file of this version that holds one.
    package static func task(of path: String) throws -> TaskID? {
        let database = try DatabaseQueue(path: path)
        defer { try? database.close() }
        let bytes = try database.read { try Data.fetchOne($0, sql: "SELECT task_id FROM task") }
        return bytes.flatMap { TaskID(bytes: [UInt8]($0)) }
    }

    /// Has a file of version 5 remember more reports, which were given up: it takes longer to be brought over.
    package static func lengthen(_ path: String, by reports: Int) throws {
        let database = try DatabaseQueue(path: path)
        try database.write { db in
            try db.execute(
                sql: """
                    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
                    INSERT INTO report (report_id, time, bytes, job) SELECT randomblob(16), 1, 0, -1 FROM number
                    """, arguments: [reports])
        }
        try database.close()
    }

    /// The mark that version 5 kept beside the uploads, of a database that is open or was left by a kill.
    private static func mark(_ db: Database) throws -> Data {
        let values = try ["store", "commits"].map { name in
            try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name]) ?? ""
        }
        let text = "populus store mark 1\nstore \(values[0])\ncommits \(values[1])\nopen\n"
        let padding = String(repeating: " ", count: max(0, 200 - text.utf8.count))
        let check = String(DamageDigest.of(Array(text.utf8)), radix: 16)
        return Data("\(text)\(padding)\n\(String(repeating: "0", count: 16 - check.count))\(check)\n".utf8)
    }

    private static func fill(_ db: Database) throws {
        try fillMeta(db)
        for sql in common + walks + batches { try db.execute(sql: sql) }
    }

    private static func fillMeta(_ db: Database) throws {
        guard let task = try Row.fetchOne(db, sql: "SELECT * FROM new.task") else { return }
        func text(_ column: String) -> String? {
            let bytes: Data? = task[column]
            return bytes.map { Base64URL.encode([UInt8]($0)) }
        }
        let digest: Data = task["configuration"]
        let earliest: Int64 = task["reports_from"]
        var values = [
            "version": "5", "task": text("task_id"), "store": text("store"), "noise_key": text("noise_key"),
            "peer_store": text("peer_store"), "conflict": task["conflict"],
            "configuration": digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
            "reports_from": earliest > 0 ? "\(earliest)" : nil,
        ]
        for name in ["role", "commits"] {
            values[name] = try String.fetchOne(
                db, sql: "SELECT value FROM new.meta WHERE name = ?", arguments: [name])
        }
        for (name, value) in values {
            guard let value else { continue }
            try db.execute(sql: "INSERT INTO meta (name, value) VALUES (?, ?)", arguments: [name, value])
        }
    }
}

// MARK: - What the tables held

extension Version5 {
    private static let isLeader = "(SELECT value = 'leader' FROM new.meta WHERE name = 'role')"

    private static let common = [
        """
        INSERT INTO report (id, report_id, time, bytes, job, ordinal, key_id, attempts, place, digest)
        SELECT id, report_id, time, bytes, job, ordinal, key_id, attempts, place, digest FROM new.report
        """,
        """
        INSERT INTO rejection SELECT walk_id, error, point, step, level, count FROM new.rejection
        """,
        "INSERT INTO incarnation SELECT id, incarnation_id, count FROM new.incarnation",
        "INSERT INTO peer_incarnation SELECT id, incarnation_id, count FROM new.peer_incarnation",
        "INSERT INTO collected SELECT first_key, last_key FROM new.collected WHERE walk_id IS NULL",
    ]

    private static let walks = [
        """
        INSERT INTO walk SELECT walk_id, batch_selector, started_at, key_id,
            CASE WHEN NOT \(isLeader) OR end_bucket <= first_bucket THEN 0 WHEN interval_end > interval_start THEN 1
                ELSE (SELECT min(id) FROM new.report WHERE bucket >= first_bucket AND bucket < end_bucket) END,
            CASE WHEN NOT \(isLeader) OR end_bucket <= first_bucket THEN -1
                WHEN interval_end > interval_start THEN (SELECT max(id) FROM new.report)
                ELSE (SELECT max(id) FROM new.report WHERE bucket >= first_bucket AND bucket < end_bucket) END,
            interval_start, interval_end, frozen, initial_count, ended FROM new.walk
        """,
        "INSERT INTO bucket SELECT time, walk_id FROM new.walk_bucket",
        """
        INSERT INTO step SELECT step.walk_id, step.step, parameter, step.resource_id,
            CASE WHEN \(isLeader) THEN ifnull(request, x'') ELSE ifnull(request_digest, x'') END, ifnull(state, 'running'),
            ifnull(report_count, 0), ifnull(response, x''), ifnull(failure_status, 0)
        FROM new.step AS step LEFT JOIN new.resource AS resource USING (resource_id)
        """,
        """
        INSERT INTO job SELECT id, walk_id, ordinal, job_id, iif(phase = 'finished', 'ended', phase), init_digest, first_row,
            last_row, report_count, refusals, committed_steps, transcript, evaluate_digest, verdict_digest,
            committed_evaluate_digest, evaluate_transcript, live, live_before, live_count, checksum, sum, least_time,
            greatest_time FROM new.job WHERE kind = 'walk'
        """,
    ]

    private static let batches = [
        """
        INSERT INTO batch_job SELECT id, job_id, batch_id, parameter, key_id, iif(phase = 'opened', 'continued', phase),
            init_digest, report_count, step, continue_digest, request, continue_request, response, refusals, first_time,
            last_time FROM new.job WHERE kind = 'batch'
        """,
        """
        INSERT INTO batch_bucket SELECT key, parameter, share, count, checksum, least_time, greatest_time
        FROM new.batch_bucket
        """,
        "INSERT INTO selected_batch SELECT id, batch_id, parameter, open, claimed FROM new.selected_batch",
        """
        INSERT INTO collection SELECT id, resource_id, request, request_digest, batch_selector,
            CASE WHEN state = 'running' THEN iif(closed, 'closed', 'waiting') ELSE state END, created_at, last_row,
            response, failure_status FROM new.resource WHERE batch_selector IS NOT NULL AND \(isLeader)
        """,
        """
        INSERT INTO aggregate_share SELECT resource_id, request_digest, request, state, response, failure_status
        FROM new.resource WHERE batch_selector IS NOT NULL AND NOT \(isLeader) ORDER BY id
        """,
    ]
}
