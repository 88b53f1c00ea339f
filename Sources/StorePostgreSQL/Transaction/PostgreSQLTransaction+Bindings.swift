#if PostgreSQL
import Aggregator
import PopulusDAP
import PopulusKernels

/// Bindings of uploads, and their end.
extension PostgreSQLTransaction {
    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws {
        mark.set()
        let arguments: [PostgreSQLValue] = [.integer(task), .integers(rows), .integer(job), .number(keyID)]
        let bound = try db.one(Self.bindingRows, arguments) { try $0.integer() } ?? 0
        guard bound < rows.count else { return }
        // What was bound so before, each looked up by itself: a job has as many bindings as there are rows.
        let same = try db.one(
            """
            SELECT count(*) FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, number),
                LATERAL (SELECT * FROM binding WHERE binding.id = wanted.id OFFSET 0) AS bound
            WHERE task = $1 AND job = $3 AND ordinal = number - 1 AND key_id = $4
            """, arguments
        ) { try $0.integer() }
        guard same == Int64(rows.count) else {
            throw StoreError.damaged("a report of job \(job) is not there, is bound elsewhere, or to another key")
        }
    }

    private static let bindingRows = """
        WITH bound AS (
            INSERT INTO binding (id, task, job, ordinal, key_id)
            SELECT id, $1, $3, number - 1, $4
            FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, number) JOIN report USING (id)
            WHERE report.task = $1
                AND NOT EXISTS (SELECT FROM returned WHERE returned.id = report.id AND returned.key_id <> $4)
            ORDER BY number
            ON CONFLICT (id) DO NOTHING RETURNING id, ordinal),
        keeping AS (
            UPDATE kept SET job = $3, ordinal = bound.ordinal FROM bound WHERE kept.id = bound.id)
        SELECT count(*) FROM bound
        """

    /// `OFFSET 0` keeps PostgreSQL from going through all reports beside the job's.
    func boundReports(job: Int64) throws -> [BoundReport] {
        try db.all(
            """
            SELECT ordinal, report_id, time FROM binding, LATERAL
                (SELECT report_id, time FROM report WHERE report.id = binding.id OFFSET 0) AS report
            WHERE job = $1 AND task = $2 ORDER BY ordinal, id
            """, [.integer(job), .integer(task)]
        ) { columns in
            let ordinal: Int = try columns.number()
            return BoundReport(ordinal: ordinal, id: try columns.identifier(), time: try columns.number())
        }
    }

    func attempts(job row: Int64) throws -> Int? {
        try db.one(
            """
            SELECT max(coalesce(attempts, 0)) FROM binding LEFT JOIN returned USING (id)
            WHERE job = $1 AND binding.task = $2
            """, [.integer(row), .integer(task)]
        ) { columns in try columns.optional { try $0.number() } } ?? nil
    }

    func releaseReports(job row: Int64, ids: [ReportID]) throws {
        let released = try release(
            """
            DELETE FROM binding USING report
            WHERE job = $1 AND binding.task = $2 AND report.task = $2 AND report_id = ANY ($3::bytea[])
                AND report.id = binding.id
            """, counting: 0, [.integer(row), .integer(task), .byteStrings(ids.map(\.bytes))])
        guard released == ids.count else { throw StoreError.damaged("a report of a job is bound elsewhere") }
    }

    func releaseReports(job row: Int64, attemptsBelow limit: Int) throws -> Int {
        try release(
            """
            DELETE FROM binding WHERE job = $1 AND task = $2
                AND coalesce((SELECT attempts FROM returned WHERE returned.id = binding.id), 0) < $3
            """, counting: 1, [.integer(row), .integer(task), .number(limit)])
    }

    /// Deletes bindings, and remembers their keys.
    ///
    /// - Parameter attempts: what that counts for.
    private func release(_ deleting: String, counting attempts: Int, _ arguments: [PostgreSQLValue]) throws -> Int {
        try db.run(
            """
            WITH gone AS (\(deleting) RETURNING binding.id, binding.task, binding.key_id),
            keeping AS (UPDATE kept SET job = NULL, ordinal = NULL FROM gone WHERE kept.id = gone.id)
            INSERT INTO returned (id, task, key_id, attempts) SELECT id, task, key_id, \(attempts) FROM gone
            ON CONFLICT (id) DO UPDATE SET key_id = excluded.key_id, attempts = returned.attempts + excluded.attempts
            """, arguments)
    }

    /// Gives up everything that was received, when a store is renewed: nothing of it can be bound any more, and no body stays.
    func giveUpReports() throws {
        try db.run(
            """
            INSERT INTO binding (id, task, job, ordinal, key_id)
            SELECT id, $1, -1, 0, 0 FROM report
            WHERE task = $1 AND NOT EXISTS (SELECT FROM binding WHERE binding.id = report.id)
            """, [.integer(task)])
        try db.run("DELETE FROM kept WHERE task = $1", [.integer(task)])
        try days.dropUnused(through: .today)
    }
}
#endif
