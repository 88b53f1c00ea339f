#if PostgreSQL
import Aggregator
import PopulusDAP

extension PostgreSQLTransaction: StoreTransaction {}

/// Uploads by rows and buckets.
extension PostgreSQLTransaction {
    /// Of all rows, also of those whose upload is erased.
    func lastReportRow() throws -> Int64 {
        let rows = TaskRows.range(of: task)
        return try db.one(
            "SELECT max(id) FROM report WHERE id BETWEEN $1 AND $2",
            [.integer(rows.lowerBound), .integer(rows.upperBound)]
        ) { $0.isNull ? 0 : try $0.integer() } ?? 0
    }

    func countReports(in buckets: Range<UInt64>) throws -> Int {
        try db.one("SELECT count(*) FROM kept WHERE \(Self.inBuckets)", range(buckets)) { try $0.number() } ?? 0
    }

    /// The sums keep PostgreSQL from going through all rows in their order until one of the buckets comes.
    func rowSpan(of buckets: Range<UInt64>) throws -> ClosedRange<Int64>? {
        try db.one(
            "SELECT min(id + 0), max(id + 0) FROM kept WHERE \(Self.inBuckets)", range(buckets)
        ) { columns in
            guard !columns.isNull else { return nil }
            let first = try columns.integer()
            return first...(try columns.integer())
        } ?? nil
    }

    /// Rows that one statement reads.
    private static let greatestPage = 10_000

    /// In pages, so that `body` may run other statements.
    func forEachReport(
        rows: ClosedRange<Int64>, in buckets: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws {
        var rows = rows
        while true {
            let page = try db.all(
                "SELECT id, bytes FROM kept WHERE \(Self.byRow) ORDER BY id LIMIT $6",
                range(rows, buckets) + [.number(Self.greatestPage)]
            ) { (try $0.integer(), Int(try $0.number(UInt32.self))) }
            for (row, bytes) in page { try body(row, bytes) }
            guard page.count == Self.greatestPage, let last = page.last?.0, last < rows.upperBound else { return }
            rows = last + 1...rows.upperBound
        }
    }

    /// Their rows stay: what a bucket has is found by its index, wherever its rows lie.
    func postponeReports(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, from first: UInt64) throws -> Int {
        try db.run(
            """
            UPDATE kept SET bucket = (SELECT open_bucket FROM task WHERE id = $1)
            WHERE \(Self.byRow) AND time >= $6 AND job IS NULL
            """, range(rows, buckets) + [.number(first)])
    }

    func remainingUploads(
        in buckets: Range<UInt64>, isBound: Bool
    ) throws -> (count: UInt64, oldest: UInt64?) {
        try counted(
            "SELECT count(*), min(time) FROM kept WHERE \(Self.inBuckets)\(isBound ? "" : " AND job IS NULL")",
            range(buckets))
    }

    /// A count, and a time if there is one.
    func counted(_ sql: String, _ arguments: [PostgreSQLValue]) throws -> (count: UInt64, oldest: UInt64?) {
        try db.one(sql, arguments) { columns in
            let count: UInt64 = try columns.number()
            return (count, try columns.optional { try $0.number() })
        } ?? (0, nil)
    }

    /// Bodies of some buckets, by their index.
    static let inBuckets = "task = $1 AND bucket >= $2 AND bucket < $3"

    func range(_ buckets: Range<UInt64>) -> [PostgreSQLValue] {
        [.integer(task), .number(buckets.lowerBound), .number(buckets.upperBound)]
    }
}

/// Uploads of batch tasks on their way into jobs.
extension PostgreSQLTransaction {
    func waitingReports(
        times: Range<UInt64>, throughRow last: Int64, keys: Set<UInt8>?, limit: Int
    ) throws -> [WaitingReport] {
        let fitting = keys == nil ? "" : "AND (key_id IS NULL OR key_id = ANY ($6::bigint[]))"
        return try db.all(
            """
            SELECT kept.id, time, bytes, coalesce(attempts, 0), key_id FROM kept LEFT JOIN returned USING (id)
            WHERE kept.\(Self.inBuckets) AND job IS NULL AND kept.id <= $4 \(fitting)
            ORDER BY bucket, kept.id LIMIT $5
            """, range(times) + [.integer(last), .number(limit)] + (keys.map { [Self.list($0)] } ?? [])
        ) { columns in
            let (row, time): (Int64, UInt64) = (try columns.integer(), try columns.number())
            let (bytes, attempts): (Int, Int) = (try columns.number(), try columns.number())
            return WaitingReport(
                row: row, time: time, bytes: bytes, attempts: attempts,
                keyID: try columns.optional { try $0.number() })
        }
    }

    func countWaitingReports(forKeysBeside keys: Set<UInt8>) throws -> Int {
        try db.one(
            """
            SELECT count(*) FROM returned JOIN kept USING (id)
            WHERE returned.task = $1 AND job IS NULL AND NOT key_id = ANY ($2::bigint[])
            """, [.integer(task), Self.list(keys)]
        ) { try $0.number() } ?? 0
    }

    private static func list(_ keys: Set<UInt8>) -> PostgreSQLValue { .integers(keys.sorted().map { Int64($0) }) }

    func countWaitingReports(times: Range<UInt64>, throughRow last: Int64, limit: Int) throws -> Int {
        try db.one(
            """
            SELECT count(*) FROM
            (SELECT FROM kept WHERE \(Self.inBuckets) AND job IS NULL AND id <= $4 LIMIT $5) AS waiting
            """, range(times) + [.integer(last), .number(limit)]
        ) { try $0.number() } ?? 0
    }
}
#endif
