import Aggregator
import DAP
import Foundation
import GRDB

/// Writes what a store of version 5 holds into the tables of version 6, as one task of them.
///
/// The same for a file that stays and for one that is taken into another: only the names of the tables that are read
/// differ, and the numbers by which rows and places are moved.
struct Conversion {
    /// What the names of the tables that are read begin with: "earlier_" in the same file, "old." in an attached one.
    let source: String
    /// The task's number in the file that is written to.
    let task: Int64
    /// By how much the files of uploads were renumbered.
    let uploadFiles: Int64

    /// Added to each number of a row.
    var rows: Int64 { TaskRows.first(of: task) }
    /// Added to each place of an upload.
    var places: Int64 { UploadPlace(file: uploadFiles, offset: 0).rawValue }

    /// Converts everything, the bindings first of all.
    ///
    /// - Throws: `StoreError.damaged` where something would be lost.
    func run(_ db: Database) throws {
        let batches = try selectedBatches(db)
        try convertTask(db, openBucket: try openBucket(db, batches))
        try convertReports(db, batches)
        try convertWalks(db, batches)
        try convertSteps(db)
        try convertShards(db)
        try convertBatchJobs(db)
        try convertBatches(db)
        try convertCollections(db)
        try convertLedger(db)
        try check(db)
    }

    // MARK: The task

    func meta(_ name: String, _ db: Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM \(source)meta WHERE name = ?", arguments: [name])
    }

    private func convertTask(_ db: Database, openBucket: Int64) throws {
        guard let id = try meta("task", db).flatMap({ TaskID(base64URL: $0) }),
            let configuration = try meta("configuration", db).flatMap(Self.bytes(hexadecimal:)),
            let store = try meta("store", db).flatMap({ StoreID(base64URL: $0) }),
            let noiseKey = try meta("noise_key", db).flatMap({ Base64URL.decode($0) }), noiseKey.count == 32
        else { throw StoreError.damaged("the table meta") }
        let peer = try meta("peer_store", db).map { text in
            guard let peer = StoreID(base64URL: text) else { throw StoreError.damaged("peer_store") }
            return Data(peer.bytes)
        }
        let reportsFrom = try meta("reports_from", db).map { text in
            guard let seconds = Int64(text) else { throw StoreError.damaged("reports_from") }
            return seconds
        }
        try db.execute(
            sql: """
                INSERT INTO task (id, task_id, configuration, store, noise_key, peer_store, conflict, reports_from,
                    open_bucket, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'arriving')
                """,
            arguments: [
                task, Data(id.bytes), Data(configuration), Data(store.bytes), Data(noiseKey), peer,
                try meta("conflict", db), reportsFrom ?? 0, openBucket,
            ])
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = Array(text.utf8).map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 64, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8((digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)) }
    }

    // MARK: Reports

    /// A batch that the Leader selected: the reports of some rows.
    struct SelectedRows {
        let walk: Data
        let last: Int64
    }

    /// The batches of the Leader's walks that are no intervals, in the order of their rows: each begins after the one before.
    private func selectedBatches(_ db: Database) throws -> [SelectedRows] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT walk_id, last_row FROM \(source)walk
                WHERE last_row >= first_row AND interval_end <= interval_start ORDER BY first_row
                """
        ).map { SelectedRows(walk: Data(try $0.bytes("walk_id")), last: try $0.integer("last_row")) }
    }

    /// The bucket that an upload joins from now on, in tasks whose batches the Leader selects.
    ///
    /// Without such a walk nobody can tell how a task's batches are chosen. Every upload is then in the bucket of its time,
    /// and the open one is behind all of them: the first walk takes what there is, whichever way the task chooses.
    private func openBucket(_ db: Database, _ batches: [SelectedRows]) throws -> Int64 {
        guard batches.isEmpty else { return Int64(batches.count) }
        let latest = try Int64.fetchOne(db, sql: "SELECT max(time) FROM \(source)report WHERE place IS NOT NULL")
        return latest.map { min($0, .max >> 1) + 1 } ?? 0
    }

    private func convertReports(_ db: Database, _ batches: [SelectedRows]) throws {
        guard !batches.isEmpty else { return try convertReports(db, rows: .min ... .max, bucket: "time") }
        var first = Int64.min
        for (bucket, batch) in batches.enumerated() {
            guard first <= batch.last, batch.last < .max else { throw StoreError.damaged("the rows of a walk") }
            try convertReports(db, rows: first...batch.last, bucket: "\(bucket)")
            first = batch.last + 1
        }
        try convertReports(db, rows: first ... .max, bucket: "\(batches.count)")
    }

    private func convertReports(_ db: Database, rows: ClosedRange<Int64>, bucket: String) throws {
        // A job below 0 is none: the report was given up.
        try db.execute(
            sql: """
                INSERT INTO report (id, task, report_id, time, bucket, bytes, job, ordinal, key_id, attempts, place, digest)
                SELECT id + :rows, :task, report_id, time, \(bucket), bytes, iif(job > 0, job + :rows, job), ordinal, key_id,
                    attempts, place + :places, digest
                FROM \(source)report WHERE id BETWEEN :first AND :last ORDER BY id
                """,
            arguments: [
                "rows": self.rows, "task": task, "places": places, "first": rows.lowerBound, "last": rows.upperBound,
            ])
    }
}
