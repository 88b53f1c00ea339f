#if PostgreSQL
import Aggregator
import PopulusDAP

/// What is forgotten.
extension PostgreSQLTransaction {
    /// Read along with the task's end, which whoever takes reports asks for too.
    func forgottenBefore() throws -> UInt64 {
        if let forgotten { return forgotten }
        (end, forgotten) = (nil, nil)
        _ = try taskEnd()
        guard let forgotten else { throw StoreError.damaged("the task is missing") }
        return forgotten
    }

    func expiredReports(before end: UInt64, after last: ExpiredPage.End?, limit: Int) throws -> ExpiredPage {
        let found = try db.all(
            Self.expired,
            [.integer(task), .number(last?.time ?? 0), .integer(last?.row ?? 0), .number(end), .number(limit)]
        ) { columns in
            let (row, time): (Int64, UInt64) = (try columns.integer(), try columns.number())
            let waits = try columns.boolean()
            return (report: ExpiredReport(row: row, time: time, waits: waits), isUnneeded: try columns.boolean())
        }
        return ExpiredPage(
            found.filter(\.isUnneeded).map(\.report),
            end: found.count < limit
                ? nil : found.last.map { ExpiredPage.End(time: $0.report.time, row: $0.report.row) })
    }

    /// Walks have no bucket in common, so only the first that ends behind one can have it.
    ///
    /// The page is chosen first: nothing else of these conditions may come to another idea of where to begin.
    private static let expired = """
        WITH page AS MATERIALIZED (
            SELECT id, time FROM report WHERE task = $1 AND (time, id) > ($2, $3) AND time < $4
            ORDER BY time, id LIMIT $5)
        SELECT page.id, page.time, kept.id IS NOT NULL, CASE
            WHEN binding.id IS NULL THEN kept.id IS NULL OR NOT coalesce((
                SELECT ended IS NULL AND first_bucket <= kept.bucket FROM walk
                WHERE walk.task = $1 AND end_bucket > first_bucket AND end_bucket > kept.bucket
                ORDER BY end_bucket LIMIT 1), false)
            ELSE kept.id IS NULL AND NOT EXISTS (
                SELECT FROM job WHERE job.id = binding.job AND CASE kind
                    WHEN 'batch' THEN phase NOT IN ('finished', 'abandoned')
                    ELSE NOT EXISTS (SELECT FROM walk
                        WHERE walk.task = $1 AND walk.walk_id = job.walk_id AND ended IS NOT NULL) END)
            END
        FROM page LEFT JOIN kept ON kept.id = page.id LEFT JOIN binding ON binding.id = page.id
        ORDER BY page.time, page.id
        """

    func forgetReports(_ reports: [ExpiredReport]) throws {
        guard let latest = reports.map(\.time).max() else { return }
        forgotten = nil
        end = nil
        try db.run(
            "UPDATE task SET forgotten_before = greatest(forgotten_before, $2) WHERE id = $1",
            [.integer(task), .number(latest + 1)])
        let rows: [PostgreSQLValue] = [.integer(task), .integers(reports.map(\.row))]
        for table in ["binding", "returned", "kept", "report"] {
            try db.run("DELETE FROM \(table) WHERE id = ANY ($2::bigint[]) AND task = $1", rows)
        }
    }

    func returnForgottenRoom() throws { try days.dropUnused(through: .today) }

    func expiredResources(before time: UInt64, limit: Int) throws -> [ResourceID] {
        try db.all(
            """
            SELECT resource_id FROM resource
            WHERE task = $1 AND coalesce(answered_at, created_at) < $2 AND state IN ('released', 'failed')
                AND (walk_id IS NULL OR EXISTS (
                SELECT FROM walk WHERE walk.task = $1 AND walk.walk_id = resource.walk_id AND ended IS NOT NULL))
            ORDER BY coalesce(answered_at, created_at), id LIMIT $3
            """, [.integer(task), .number(time), .number(limit)]
        ) { try $0.resource() }
    }
}
#endif
