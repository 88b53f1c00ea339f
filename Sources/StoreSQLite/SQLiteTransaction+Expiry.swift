import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// What is forgotten.
extension SQLiteTransaction {
    func forgottenBefore() throws -> UInt64 {
        if let known = known.forgottenBefore { return known }
        guard let row = try first("SELECT forgotten_before FROM task WHERE id = ?", [task]) else {
            throw StoreError.damaged("the task is missing")
        }
        let time = try row.unsigned("forgotten_before")
        known.forgottenBefore = time
        return time
    }

    func expiredReports(before end: UInt64, after last: ExpiredPage.End?, limit: Int) throws -> ExpiredPage {
        let cursor = try rows(
            Self.expired, [task, last.map { signed($0.time) } ?? 0, last?.row ?? 0, signed(end), limit])
        var (reports, count): ([ExpiredReport], Int) = ([], 0)
        var next: ExpiredPage.End?
        while let row = try cursor.next() {
            var columns = ColumnReader(row)
            let report = ExpiredReport(
                row: try columns.integer(), time: try columns.number(), waits: try columns.integer() == 1)
            if try columns.integer() == 1 { reports.append(report) }
            next = ExpiredPage.End(time: report.time, row: report.row)
            count += 1
        }
        return ExpiredPage(reports, end: count < limit ? nil : next)
    }

    /// Walks have no bucket in common, so only the first that ends behind one can have it.
    private static let expired = """
        SELECT id, time, place IS NOT NULL AS waits, CASE
            WHEN job IS NULL THEN place IS NULL OR NOT coalesce((
                SELECT ended IS NULL AND first_bucket <= report.bucket FROM walk
                WHERE walk.task = report.task AND end_bucket > first_bucket AND end_bucket > report.bucket
                ORDER BY end_bucket LIMIT 1), 0)
            ELSE place IS NULL AND NOT EXISTS (
                SELECT 1 FROM job WHERE job.id = report.job AND CASE kind
                    WHEN 'batch' THEN phase NOT IN ('finished', 'abandoned')
                    ELSE NOT EXISTS (SELECT 1 FROM walk
                        WHERE walk.task = job.task AND walk.walk_id = job.walk_id AND ended IS NOT NULL) END)
            END AS unneeded
        FROM report INDEXED BY report_by_time
        WHERE task = ?1 AND (time, id) > (?2, ?3) AND time < ?4 ORDER BY time, id LIMIT ?5
        """

    func forgetReports(_ reports: [ExpiredReport]) throws {
        guard let latest = reports.map(\.time).max() else { return }
        known.forgottenBefore = nil
        // Rows are not used again either.
        let greatest = reports.map(\.row).max() ?? 0
        try run(
            """
            UPDATE task SET forgotten_before = max(forgotten_before, ?), forgotten_row = max(forgotten_row, ?) WHERE id = ?
            """, [signed(latest + 1), greatest, task])
        for report in reports {
            if report.waits,
                let place = try integer("SELECT place FROM report WHERE id = ? AND task = ?", [report.row, task])
            {
                let file = UploadPlace(rawValue: place).file
                uploads.touch(file...file)
            }
            try run("DELETE FROM report WHERE id = ? AND task = ?", [report.row, task])
        }
    }

    /// Files of uploads go with their last upload, after the commit.
    func returnForgottenRoom() throws {}

    func expiredResources(before time: UInt64, limit: Int) throws -> [ResourceID] {
        let cursor = try rows(
            """
            SELECT resource_id FROM resource INDEXED BY resource_answered
            WHERE task = ?1 AND coalesce(answered_at, created_at) < ?2 AND state IN ('released', 'failed')
                AND (walk_id IS NULL OR EXISTS (
                SELECT 1 FROM walk WHERE walk.task = ?1 AND walk.walk_id = resource.walk_id AND ended IS NOT NULL))
            ORDER BY coalesce(answered_at, created_at), id LIMIT ?3
            """, [task, signed(time), limit])
        var found: [ResourceID] = []
        while let row = try cursor.next() {
            guard let id = ResourceID(bytes: try row.bytes("resource_id")) else {
                throw StoreError.damaged("column resource_id")
            }
            found.append(id)
        }
        return found
    }
}
