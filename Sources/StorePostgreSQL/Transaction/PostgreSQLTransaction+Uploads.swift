#if PostgreSQL
import Aggregator
import PopulusDAP
import PopulusKernels

extension NewUpload: BodyOfReport {
    var reportID: ReportID { id }
    var byteCount: Int { body.count }
}

/// Uploads: their rows, and their bytes in partitions.
extension PostgreSQLTransaction {
    var days: UploadDays { UploadDays(db: db, task: task) }

    func insertReports(_ uploads: [NewUpload], in queue: UploadQueue) throws -> [UploadOutcome] {
        var (outcomes, isAhead): ([UploadOutcome], Bool) = ([], true)
        for piece in uploads.pieces {
            let stored = try insert(piece, in: queue)
            outcomes += stored.outcomes
            isAhead = stored.hasTomorrow
        }
        if !isAhead { try days.makeAhead() }
        return outcomes
    }

    private func insert(
        _ piece: ArraySlice<NewUpload>, in queue: UploadQueue
    ) throws -> (outcomes: [UploadOutcome], hasTomorrow: Bool) {
        let (sql, arguments) = (Self.insertion(queue), self.arguments(of: piece, in: queue))
        for _ in 0..<2 {
            var (hasToday, hasTomorrow) = (true, true)
            let outcomes: [UploadOutcome] = try db.all(sql, arguments) { columns in
                (hasToday, hasTomorrow) = (try columns.boolean(), try columns.boolean())
                if try columns.boolean() { return .collected }
                return try columns.boolean() ? .stored : .replayed
            }
            if hasToday { return (outcomes, hasTomorrow) }
            try days.makeToday()
        }
        throw StoreError.database("no partition takes today's uploads")
    }

    private func arguments(of piece: ArraySlice<NewUpload>, in queue: UploadQueue) -> [PostgreSQLValue] {
        let keys = queue == .byTime ? piece.map { BatchBucketKey(Time(units: $0.time)).bytes } : []
        return [
            .integer(task), .byteStrings(piece.map(\.id.bytes)), .integers(piece.map { signed($0.time) }),
            .integers(piece.map { Int64(bitPattern: DamageDigest.of($0.body)) }), .byteStrings(piece.map(\.body)),
        ] + (queue == .byTime ? [.byteStrings(keys)] : [])
    }

    /// One statement does it all: whether the day's partition is there, what is collected, and rows and bytes.
    ///
    /// IDs are inserted in their order: two transactions that have some in common wait for one another in one direction. Rows
    /// are drawn in the order of the call. Bytes come as arrays: a COPY was not faster where it was measured, and needs two more
    /// round trips, since only the answer says which uploads were stored.
    private static func insertion(_ queue: UploadQueue) -> String {
        let isTimed = queue == .byTime
        // Ranges share no bucket, so only the last one that begins before a time's end can have it.
        let isCollected = """
            coalesce((SELECT last_key FROM collected WHERE collected.task = $1 AND first_key <= n.key
                ORDER BY first_key DESC LIMIT 1) >= n.key, false)
            """
        return """
            WITH \(clock),
            arriving AS MATERIALIZED (
                SELECT n.*, \(isTimed ? isCollected : "false") AS is_collected
                FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[]\(isTimed ? ", $6::bytea[]" : ""))
                    WITH ORDINALITY AS n (report_id, time, digest, body, \(isTimed ? "key, " : "")number)),
            fresh AS MATERIALIZED (
                SELECT nextval(rows) AS id, a.*
                FROM clock, (SELECT number, report_id, time, digest, body FROM arriving WHERE NOT is_collected
                    ORDER BY number) AS a
                WHERE has_today),
            stored AS (
                INSERT INTO report (id, task, report_id, time) SELECT id, $1, report_id, time FROM fresh ORDER BY report_id
                ON CONFLICT (task, report_id) DO NOTHING RETURNING id),
            \(keeping(bucket: queue == .open ? "(SELECT open_bucket FROM task WHERE id = $1)" : "fresh.time"))
            SELECT has_today, has_tomorrow, is_collected, stored.id IS NOT NULL
            FROM clock, arriving LEFT JOIN (fresh JOIN stored USING (id)) USING (number) ORDER BY number
            """
    }

    /// Where bytes go now, and where rows come from.
    static let clock = """
        clock AS MATERIALIZED (
            SELECT today::integer AS today, to_regclass('upload_' || $1::bigint || '_' || today) IS NOT NULL AS has_today,
                to_regclass('upload_' || $1::bigint || '_' || tomorrow) IS NOT NULL AS has_tomorrow,
                to_regclass('report_row_' || $1::bigint) AS rows
            FROM (SELECT \(UploadDays.today) AS today, \(UploadDays.tomorrow) AS tomorrow) AS days)
        """

    /// Keeps the bodies of `fresh` that were `stored`.
    ///
    /// - Parameter binding: the job and the expression of the place in it, if they are bound at once.
    static func keeping(bucket: String, binding: String = "NULL::bigint, NULL::integer") -> String {
        """
        keeping AS (
            INSERT INTO kept (id, task, bucket, time, place, digest, bytes, day, job, ordinal)
            SELECT id, $1, \(bucket), fresh.time, id, digest, length(body), today, \(binding)
            FROM clock, stored JOIN fresh USING (id) WHERE body IS NOT NULL),
        uploading AS (
            INSERT INTO upload (task, day, place, body) SELECT $1, today, id, body
            FROM clock, stored JOIN fresh USING (id) WHERE body IS NOT NULL)
        """
    }
}
#endif
