#if PostgreSQL
import Aggregator
import PopulusDAP
import PopulusKernels

extension ReportToBind: BodyOfReport {
    var reportID: ReportID { id }
    var byteCount: Int { body?.count ?? 0 }
}

/// Bindings of reports that were not uploaded here (Helper).
extension PostgreSQLTransaction {
    func bindReports(_ reports: [ReportToBind], job: Int64, keyID: UInt8) throws -> [Bool] {
        mark.set()
        return try reports.pieces.flatMap { try bind($0, job: job, keyID: keyID) }
    }

    /// Nearly all are new; those that are not are looked at by themselves.
    private func bind(_ piece: ArraySlice<ReportToBind>, job: Int64, keyID: UInt8) throws -> [Bool] {
        var bound = try bindNew(piece, job: job, keyID: keyID)
        let known = bound.indices.filter { !bound[$0] }
        guard !known.isEmpty else { return bound }
        let reports = known.map { piece[piece.startIndex + $0] }
        for (place, isBound) in zip(known, try bindKnown(reports, job: job, keyID: keyID)) { bound[place] = isBound }
        return bound
    }

    // MARK: New ones

    /// Whether each was not known before; then it is bound.
    private func bindNew(_ piece: ArraySlice<ReportToBind>, job: Int64, keyID: UInt8) throws -> [Bool] {
        let arguments: [PostgreSQLValue] = [
            .integer(task), .byteStrings(piece.map(\.id.bytes)), .integers(piece.map { signed($0.time) }),
            .integers(piece.map { Int64($0.ordinal) }), .integers(piece.map(Self.digest)),
            .byteStrings(piece.map(\.body)), .integer(job), .number(keyID),
            .boolean(piece.contains { $0.body != nil }),
        ]
        for _ in 0..<2 {
            var isReady = true
            let bound = try db.all(Self.bindingNew, arguments) { columns in
                isReady = try columns.boolean()
                return try columns.boolean()
            }
            if isReady { return bound }
            try days.makeToday()
        }
        throw StoreError.database("no partition takes today's reports")
    }

    private static func digest(_ report: ReportToBind) -> Int64? {
        report.body.map { Int64(bitPattern: DamageDigest.of($0)) }
    }

    private static let bindingNew = """
        WITH \(clock),
        arriving AS MATERIALIZED (
            SELECT * FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])
                WITH ORDINALITY AS n (report_id, time, ordinal, digest, body, number)),
        fresh AS MATERIALIZED (
            SELECT nextval(rows) AS id, a.* FROM clock, (SELECT * FROM arriving ORDER BY number) AS a
            WHERE has_today OR NOT $9),
        stored AS (
            INSERT INTO report (id, task, report_id, time) SELECT id, $1, report_id, time FROM fresh ORDER BY report_id
            ON CONFLICT (task, report_id) DO NOTHING RETURNING id),
        binding_new AS (
            INSERT INTO binding (id, task, job, ordinal, key_id)
            SELECT id, $1, $7, ordinal, $8 FROM stored JOIN fresh USING (id)),
        \(keeping(bucket: "fresh.time", binding: "$7, ordinal"))
        SELECT has_today OR NOT $9, stored.id IS NOT NULL
        FROM clock, arriving LEFT JOIN (fresh JOIN stored USING (id)) USING (number) ORDER BY number
        """

    // MARK: Known ones

    private struct Known {
        let row: Int64
        let isNew: Bool
        let isSame: Bool
    }

    /// What a request brings that came before, or a job after the one that gave it back.
    private func bindKnown(_ reports: [ReportToBind], job: Int64, keyID: UInt8) throws -> [Bool] {
        let known = try db.all(
            Self.bindingKnown,
            [
                .integer(task), .byteStrings(reports.map(\.id.bytes)), .integers(reports.map { Int64($0.ordinal) }),
                .integer(job), .number(keyID), .integers(reports.map { signed($0.time) }),
            ]
        ) { columns in
            Known(row: try columns.integer(), isNew: try columns.boolean(), isSame: try columns.boolean())
        }
        guard known.count == reports.count else { throw StoreError.damaged("a report is known, and not there") }
        let again = zip(reports, known).filter { $0.1.isNew }
        if !again.isEmpty { try keep(again.map(\.0), rows: again.map(\.1.row), job: job) }
        return known.map { $0.isNew || $0.isSame }
    }

    private static let bindingKnown = """
        WITH known AS MATERIALIZED (
            SELECT id, number, n.ordinal, report.time = n.time AS is_same_time
            FROM unnest($2::bytea[], $3::bigint[], $6::bigint[]) WITH ORDINALITY AS n (report_id, ordinal, time, number)
                JOIN report ON task = $1 AND report.report_id = n.report_id),
        bound AS (
            INSERT INTO binding (id, task, job, ordinal, key_id)
            SELECT id, $1, $4, ordinal, $5 FROM known
            WHERE is_same_time AND NOT EXISTS (SELECT FROM returned WHERE returned.id = known.id AND returned.key_id <> $5)
            ORDER BY id
            ON CONFLICT (id) DO NOTHING RETURNING id)
        SELECT known.id, bound.id IS NOT NULL,
            coalesce(
                is_same_time AND binding.job = $4 AND binding.ordinal = known.ordinal AND binding.key_id = $5, false)
        FROM known LEFT JOIN bound USING (id) LEFT JOIN binding ON binding.id = known.id ORDER BY number
        """

    /// Has what is kept of reports be their new job's: the new body if there is one.
    private func keep(_ reports: [ReportToBind], rows: [Int64], job: Int64) throws {
        if reports.contains(where: { $0.body != nil }) { try days.makeToday() }
        try db.run(
            Self.keepingKnown,
            [
                .integer(task), .integers(rows), .integers(reports.map { Int64($0.ordinal) }),
                .integers(reports.map(Self.digest)), .byteStrings(reports.map(\.body)), .integer(job),
            ])
    }

    /// A body gets a place of its own: the one before may lie in the same partition yet.
    private static let keepingKnown = """
        WITH \(clock),
        arriving AS MATERIALIZED (
            SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) AS n (id, ordinal, digest, body)),
        fresh AS MATERIALIZED (SELECT nextval(rows) AS place, arriving.* FROM clock, arriving WHERE body IS NOT NULL),
        uploading AS (INSERT INTO upload (task, day, place, body) SELECT $1, today, place, body FROM clock, fresh),
        keeping AS (
            INSERT INTO kept (id, task, bucket, time, place, digest, bytes, day, job, ordinal)
            SELECT id, $1, time, time, place, digest, length(body), today, $6, ordinal
            FROM clock, fresh JOIN report USING (id)
            ON CONFLICT (id) DO UPDATE SET place = excluded.place, digest = excluded.digest, bytes = excluded.bytes,
                day = excluded.day, job = excluded.job, ordinal = excluded.ordinal)
        UPDATE kept SET job = $6, ordinal = arriving.ordinal FROM arriving WHERE kept.id = arriving.id AND body IS NULL
        """
}
#endif
