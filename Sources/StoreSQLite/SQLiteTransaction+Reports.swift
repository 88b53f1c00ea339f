import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Uploads by rows and buckets.
extension SQLiteTransaction {
    func lastReportRow() throws -> Int64 {
        let next = try nextRow("report")
        return next == TaskRows.range(of: task).lowerBound ? 0 : next - 1
    }

    func countReports(in buckets: Range<UInt64>) throws -> Int {
        Int(try integer("SELECT count(*) FROM report WHERE \(Self.waiting)", range(buckets)) ?? 0)
    }

    func rowSpan(of buckets: Range<UInt64>) throws -> ClosedRange<Int64>? {
        let span = try first("SELECT min(id) AS low, max(id) AS high FROM report WHERE \(Self.waiting)", range(buckets))
        guard let span, !span.hasNull("low") else { return nil }
        return try span.integer("low")...span.integer("high")
    }

    func forEachReport(
        rows: ClosedRange<Int64>, in buckets: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws {
        let cursor = try self.rows(
            "SELECT id, bytes FROM report NOT INDEXED WHERE \(Self.byRow) AND place IS NOT NULL ORDER BY id",
            range(rows, buckets))
        while let row = try cursor.next() {
            var columns = ColumnReader(row)
            try body(try columns.integer(), try columns.number())
        }
    }

    /// They get new rows behind all others: a batch's rows then lie together.
    func postponeReports(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, from first: UInt64) throws -> Int {
        let early = try all(
            """
            SELECT id FROM report NOT INDEXED WHERE \(Self.byRow) AND place IS NOT NULL AND time >= ? AND job IS NULL
            ORDER BY id
            """, range(rows, buckets) + [signed(first)]
        ) { try $0.integer() }
        guard !early.isEmpty else { return 0 }
        let (next, bucket) = (try nextRow("report"), try openBucket())
        for (index, row) in early.enumerated() {
            try run(
                "UPDATE report SET id = ?, bucket = ? WHERE id = ? AND task = ? AND job IS NULL",
                [next + Int64(index), bucket, row, task])
            guard db.changesCount == 1 else { throw StoreError.damaged("report row \(row) was not postponed") }
        }
        known.lastReport = nil
        return early.count
    }

    /// Where uploads wait now for a walk over a batch that the Leader selects.
    func openBucket() throws -> Int64 {
        if let open = known.openBucket { return open }
        guard let open = try integer("SELECT open_bucket FROM task WHERE id = ?", [task]) else {
            throw StoreError.damaged("the task is missing")
        }
        known.openBucket = open
        return open
    }

    /// Uploads of some buckets, by their index.
    static let waiting = "task = ? AND bucket >= ? AND bucket < ? AND place IS NOT NULL"
    /// Reports of a job, by their index: the plus sign keeps SQLite from going through all uploads of the task instead.
    static let ofJob = "job = ? AND +task = ?"
    /// Rows one after the other, of some buckets.
    static let byRow = "id BETWEEN ? AND ? AND task = ? AND bucket >= ? AND bucket < ?"

    func range(_ buckets: Range<UInt64>) -> StatementArguments {
        [task, signed(buckets.lowerBound), signed(buckets.upperBound)]
    }

    func range(_ rows: ClosedRange<Int64>, _ buckets: Range<UInt64>) -> StatementArguments {
        [rows.lowerBound, rows.upperBound] + range(buckets)
    }
}

/// Bindings and counts.
extension SQLiteTransaction {
    /// Rows that follow one another are bound by one statement: uploads of all tasks wait for it.
    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws {
        mark.set()
        var next = 0
        while next < rows.count {
            let first = next
            repeat { next += 1 } while next < rows.count && rows[next] == rows[next - 1] &+ 1
            let span = rows[first]...rows[next - 1]
            // A place is the row less the difference between both at the beginning.
            try run(
                """
                UPDATE report NOT INDEXED SET job = ?1, ordinal = id - ?2, key_id = ?3
                WHERE id BETWEEN ?4 AND ?5 AND task = ?6
                AND (job IS NULL OR (job = ?1 AND ordinal = id - ?2)) AND (key_id IS NULL OR key_id = ?3)
                """,
                [job, span.lowerBound - Int64(first), Int(keyID), span.lowerBound, span.upperBound, task])
            guard db.changesCount == next - first else {
                throw StoreError.damaged("one of the report rows \(span) is bound elsewhere, or to another key")
            }
        }
    }

    func bindReports(_ reports: [ReportToBind], job: Int64, keyID: UInt8) throws -> [Bool] {
        mark.set()
        return try stride(from: 0, to: reports.count, by: Self.boundTogether).flatMap { start in
            try bind(reports[start..<min(reports.count, start + Self.boundTogether)], job: job, keyID: keyID)
        }
    }

    /// Reports that one statement binds: each statement costs as much as what it does with a report.
    private static let boundTogether = 32

    private func bind(_ reports: ArraySlice<ReportToBind>, job: Int64, keyID: UInt8) throws -> [Bool] {
        var arguments: [(any DatabaseValueConvertible)?] = [task, job, Int(keyID)]
        arguments.reserveCapacity(3 + 4 * reports.count)
        for report in reports {
            arguments.append(try nextReportRow())
            arguments.append(Data(report.id.bytes))
            arguments.append(signed(report.time))
            arguments.append(report.ordinal)
        }
        let isFull = reports.count == Self.boundTogether
        try run(isFull ? Self.fullBinding : Self.binding(of: reports.count), StatementArguments(arguments))
        if db.changesCount == reports.count { return [Bool](repeating: true, count: reports.count) }
        // Some are bound elsewhere, or were bound here before.
        return try reports.map { report in
            let here = try integer(
                "SELECT 1 FROM report WHERE task = ? AND report_id = ? AND job = ? AND ordinal = ? AND key_id = ? AND time = ?",
                [task, Data(report.id.bytes), job, report.ordinal, Int(keyID), signed(report.time)])
            return here != nil
        }
    }

    private static let fullBinding = binding(of: boundTogether)

    /// Task, job and key, then row, ID, time and place of each report.
    private static func binding(of count: Int) -> String {
        let rows = (0..<count).map { number in
            let first = 4 + 4 * number
            return "(?\(first), ?1, ?\(first + 1), ?\(first + 2), ?\(first + 2), 0, ?2, ?\(first + 3), ?3)"
        }
        return """
            INSERT INTO report (id, task, report_id, time, bucket, bytes, job, ordinal, key_id)
            VALUES \(rows.joined(separator: ", "))
            ON CONFLICT (task, report_id) DO UPDATE SET job = excluded.job, ordinal = excluded.ordinal, key_id = excluded.key_id
            WHERE job IS NULL AND (key_id IS NULL OR key_id = excluded.key_id) AND time = excluded.time
            """
    }

    /// None: a shard's segment is all that is left of its reports.
    func keptBodies(job: Int64, from ordinal: Int, limit: Int) throws -> [KeptBody] { [] }

    func shardsToErase() throws -> [Int64] { [] }

    /// The row of the next report, counted on within the transaction; one that is not used leaves a gap, which means nothing.
    func nextReportRow() throws -> Int64 {
        let row = try known.lastReport.map { $0 + 1 } ?? nextRow("report")
        known.lastReport = row
        return row
    }

    func boundReports(job: Int64) throws -> [BoundReport] {
        try all(
            "SELECT ordinal, report_id, time FROM report WHERE \(Self.ofJob) ORDER BY ordinal", [job, task]
        ) { columns in
            let ordinal: Int = try columns.number()
            return BoundReport(
                ordinal: ordinal, id: try columns.identifier(ReportID.self), time: try columns.number())
        }
    }

    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws {
        guard count > 0 else { return }
        let columns = point.columns
        try run(
            """
            INSERT INTO rejection (task, walk_id, error, point, step, level, count) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = count + excluded.count
            """,
            [task, Data(walk?.bytes ?? []), Int(error.rawValue), columns.name, columns.step, columns.level, count])
    }

    func reportCounts() throws -> [ReportCount] {
        let cursor = try rows(
            """
            SELECT error, point, step, level, SUM(count) AS count FROM rejection
            WHERE task = ?1 AND NOT EXISTS
            (SELECT 1 FROM walk WHERE walk.task = ?1 AND walk.walk_id = rejection.walk_id AND walk.ended IS NULL)
            GROUP BY point, step, level, error ORDER BY point, step, level, error
            """, [task])
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

/// What the Collector is told of rejected reports.
extension SQLiteTransaction {
    func addRejected(_ reports: RejectedReports, of subject: RejectionSubject) throws {
        guard reports.count > 0 else { return }
        try run(
            """
            INSERT INTO rejected (task, subject, party, error, count) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = count + excluded.count
            """,
            [
                task, Data(subject.bytes), Int(reports.party.rawValue), Int(reports.reason.rawValue),
                Int64(clamping: reports.count),
            ])
    }

    func rejectedReports(of subjects: ClosedRange<RejectionSubject>) throws -> [RejectedReports]? {
        let (first, last) = (Data(subjects.lowerBound.bytes), Data(subjects.upperBound.bytes))
        let which = subjects.lowerBound.isTime ? "subject >= ? AND length(subject) = 8" : "subject = ?"
        let uncounted = "SELECT 1 FROM rejected WHERE task = ? AND \(which) AND party = 0 LIMIT 1"
        guard try self.first(uncounted, [task, first]) == nil else { return nil }
        let cursor = try rows(
            """
            SELECT party, error, SUM(count) AS count FROM rejected WHERE task = ? AND subject BETWEEN ? AND ?
            GROUP BY party, error ORDER BY party, error
            """, [task, first, last])
        var reports: [RejectedReports] = []
        while let row = try cursor.next() {
            guard let party = Role(rawValue: try row.number("party")),
                let reason = ReportError(rawValue: try row.number("error"))
            else { throw StoreError.damaged("rejected") }
            reports.append(RejectedReports(party: party, reason: reason, count: try row.unsigned("count")))
        }
        return reports
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
