import Aggregator
import DAP
import Foundation
import GRDB

extension SQLiteTransaction {
    func lastReportRow() throws -> Int64 {
        try integer("SELECT max(id) FROM report", []) ?? 0
    }

    func countReports(rows: ClosedRange<Int64>, times: Range<UInt64>) throws -> Int {
        let count = try integer(
            """
            SELECT count(*) FROM report NOT INDEXED
            WHERE id BETWEEN ? AND ? AND time >= ? AND time < ? AND place IS NOT NULL
            """,
            [rows.lowerBound, rows.upperBound, signed(times.lowerBound), signed(times.upperBound)])
        return Int(count ?? 0)
    }

    func forEachReport(
        rows: ClosedRange<Int64>, times: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws {
        let cursor = try self.rows(
            """
            SELECT id, bytes FROM report NOT INDEXED
            WHERE id BETWEEN ? AND ? AND time >= ? AND time < ? AND place IS NOT NULL ORDER BY id
            """,
            [rows.lowerBound, rows.upperBound, signed(times.lowerBound), signed(times.upperBound)])
        while let row = try cursor.next() {
            try body(try row.integer("id"), try row.number("bytes"))
        }
    }

    func postponeReports(rows: ClosedRange<Int64>, times: Range<UInt64>) throws -> Int {
        let cursor = try self.rows(
            """
            SELECT id FROM report NOT INDEXED
            WHERE id BETWEEN ? AND ? AND time >= ? AND time < ? AND place IS NOT NULL AND job IS NULL ORDER BY id
            """,
            [rows.lowerBound, rows.upperBound, signed(times.lowerBound), signed(times.upperBound)])
        var early: [Int64] = []
        while let row = try cursor.next() { early.append(try row.integer("id")) }
        guard !early.isEmpty else { return 0 }
        let last = try lastReportRow()
        for (index, row) in early.enumerated() {
            try run("UPDATE report SET id = ? WHERE id = ? AND job IS NULL", [last + 1 + Int64(index), row])
            guard db.changesCount == 1 else { throw StoreError.damaged("report row \(row) was not postponed") }
        }
        return early.count
    }

    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws {
        mark.set()
        for (ordinal, row) in rows.enumerated() {
            try run(
                """
                UPDATE report SET job = ?1, ordinal = ?2, key_id = ?3
                WHERE id = ?4 AND (job IS NULL OR (job = ?1 AND ordinal = ?2 AND key_id = ?3))
                """,
                [job, ordinal, Int(keyID), row])
            guard db.changesCount == 1 else { throw StoreError.damaged("report row \(row) is bound elsewhere") }
        }
    }

    func bindReport(_ id: ReportID, time: UInt64, job: Int64, ordinal: Int, keyID: UInt8) throws -> Bool {
        mark.set()
        try run(
            """
            INSERT INTO report (report_id, time, bytes, job, ordinal, key_id) VALUES (?, ?, 0, ?, ?, ?)
            ON CONFLICT DO UPDATE SET job = excluded.job, ordinal = excluded.ordinal, key_id = excluded.key_id
            WHERE job IS NULL AND (key_id IS NULL OR key_id = excluded.key_id)
            """,
            [Data(id.bytes), signed(time), job, ordinal, Int(keyID)])
        if db.changesCount == 1 { return true }
        let same = try integer(
            "SELECT 1 FROM report WHERE report_id = ? AND job = ? AND ordinal = ? AND key_id = ?",
            [Data(id.bytes), job, ordinal, Int(keyID)])
        return same != nil
    }

    func boundReports(job: Int64) throws -> [BoundReport] {
        let cursor = try rows(
            "SELECT ordinal, report_id, time FROM report WHERE job = ? ORDER BY ordinal", [job])
        var reports: [BoundReport] = []
        while let row = try cursor.next() {
            guard let id = ReportID(bytes: try row.bytes("report_id")) else { throw StoreError.damaged("report_id") }
            reports.append(BoundReport(ordinal: try row.number("ordinal"), id: id, time: try row.unsigned("time")))
        }
        return reports
    }

    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws {
        guard count > 0 else { return }
        let columns = point.columns
        try run(
            """
            INSERT INTO rejection (walk_id, error, point, step, level, count) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = count + excluded.count
            """,
            [Data(walk?.bytes ?? []), Int(error.rawValue), columns.name, columns.step, columns.level, count])
    }

    func reportCounts() throws -> [ReportCount] {
        let cursor = try rows(
            """
            SELECT error, point, step, level, SUM(count) AS count FROM rejection
            WHERE NOT EXISTS (SELECT 1 FROM walk WHERE walk.walk_id = rejection.walk_id AND walk.ended IS NULL)
            GROUP BY point, step, level, error ORDER BY point, step, level, error
            """, [])
        var counts: [ReportCount] = []
        while let row = try cursor.next() {
            guard let error = ReportError(rawValue: try row.number("error")),
                let point = RejectionPoint(
                    name: row["point"] ?? "", step: try row.number("step"), level: try row.number("level"))
            else { throw StoreError.damaged("rejection") }
            counts.append(ReportCount(error: error, point: point, count: try row.unsigned("count")))
        }
        return counts
    }
}

extension RejectionPoint {
    fileprivate var columns: (name: String, step: Int, level: Int) {
        switch self {
        case .upload: ("upload", 0, 0)
        case .opening: ("opening", 0, 0)
        case .verification(let step, let level): ("verification", Int(step), level)
        case .deletion: ("deletion", 0, 0)
        }
    }

    fileprivate init?(name: String, step: UInt16, level: Int) {
        switch name {
        case "upload": self = .upload
        case "opening": self = .opening
        case "verification": self = .verification(step: step, level: level)
        case "deletion": self = .deletion
        default: return nil
        }
    }
}
