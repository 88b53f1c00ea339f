import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Uploads of batch tasks on their way into jobs.
extension SQLiteTransaction {
    func waitingReports(
        times: Range<UInt64>, throughRow last: Int64, keys: Set<UInt8>?, limit: Int
    ) throws -> [WaitingReport] {
        let fitting = keys.map { "AND (key_id IS NULL OR key_id IN (\(Self.list($0))))" } ?? ""
        return try all(
            """
            SELECT id, time, bytes, attempts, key_id FROM report
            WHERE task = ? AND bucket >= ? AND bucket < ? AND place IS NOT NULL AND job IS NULL AND id <= ?
            \(fitting) ORDER BY bucket, id LIMIT ?
            """, [task, signed(times.lowerBound), signed(times.upperBound), last, limit]
        ) { columns in
            WaitingReport(
                row: try columns.integer(), time: try columns.number(), bytes: try columns.number(),
                attempts: try columns.number(), keyID: columns.isNull ? nil : try columns.number())
        }
    }

    func countWaitingReports(forKeysBeside keys: Set<UInt8>) throws -> Int {
        let count = try integer(
            """
            SELECT count(*) FROM report
            WHERE task = ? AND place IS NOT NULL AND job IS NULL AND key_id NOT IN (\(Self.list(keys)))
            """, [task])
        return Int(count ?? 0)
    }

    private static func list(_ keys: Set<UInt8>) -> String {
        keys.sorted().map(String.init).joined(separator: ", ")
    }

    func countWaitingReports(times: Range<UInt64>, throughRow last: Int64, limit: Int) throws -> Int {
        let count = try integer(
            """
            SELECT count(*) FROM
            (SELECT 1 FROM report
            WHERE task = ? AND bucket >= ? AND bucket < ? AND place IS NOT NULL AND job IS NULL AND id <= ? LIMIT ?)
            """, [task, signed(times.lowerBound), signed(times.upperBound), last, limit])
        return Int(count ?? 0)
    }

    func attempts(job row: Int64) throws -> Int? {
        try integer("SELECT max(attempts) FROM report WHERE \(Self.ofJob)", [row, task]).map { Int($0) }
    }

    func releaseReports(job row: Int64, ids: [ReportID]) throws {
        for id in ids {
            try run(
                "UPDATE report SET job = NULL, ordinal = NULL WHERE job = ? AND report_id = ? AND task = ?",
                [row, Data(id.bytes), task])
            guard db.changesCount == 1 else { throw StoreError.damaged("a report of a job is bound elsewhere") }
        }
    }

    func releaseReports(job row: Int64, attemptsBelow limit: Int) throws -> Int {
        try run(
            """
            UPDATE report SET job = NULL, ordinal = NULL, attempts = attempts + 1
            WHERE \(Self.ofJob) AND attempts < ?
            """, [row, task, limit])
        return db.changesCount
    }
}
