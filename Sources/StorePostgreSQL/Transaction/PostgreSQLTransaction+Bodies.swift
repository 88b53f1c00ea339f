#if PostgreSQL
import Aggregator
import PopulusDAP
import PopulusKernels

/// Where a body is, and what it must be.
private struct BodyPlace {
    let row: Int64
    let place: Int64
    let day: Int64
    let count: Int
    let digest: Int64
    /// Place in the job, if it is bound.
    let ordinal: Int

    static let columns = "id, place, day, bytes, digest, coalesce(ordinal, 0)"

    init(columns: inout PostgreSQLColumns) throws {
        (row, place, day) = (try columns.integer(), try columns.integer(), try columns.integer())
        (count, digest) = (Int(try columns.number(UInt32.self)), try columns.integer())
        ordinal = try columns.number()
    }
}

/// Bodies: reading and erasing them.
///
/// A row of `kept` says where a body is, so each is read from its partition by its number, and no join may come to another
/// idea.
extension PostgreSQLTransaction {
    func reportBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, limit: Int) throws -> [StoredReport] {
        let places = try places(
            "WHERE \(Self.byRow) ORDER BY id LIMIT $6", range(rows, buckets) + [.number(limit)])
        return zip(places, try bodies(places)).map { StoredReport(row: $0.row, body: $1) }
    }

    func uploads(job row: Int64) throws -> [StoredReport] {
        let places = try places("WHERE \(Self.keptOfJob) ORDER BY ordinal, id", [.integer(task), .integer(row)])
        return zip(places, try bodies(places)).map { StoredReport(row: $0.row, body: $1) }
    }

    func keptBodies(job: Int64, from ordinal: Int, limit: Int) throws -> [KeptBody] {
        let places = try places(
            "WHERE \(Self.keptOfJob) AND ordinal >= $3 ORDER BY ordinal, id LIMIT $4",
            [.integer(task), .integer(job), .number(ordinal), .number(limit)])
        return zip(places, try bodies(places)).map { KeptBody(ordinal: $0.ordinal, body: $1) }
    }

    private func places(_ condition: String, _ arguments: [PostgreSQLValue]) throws -> [BodyPlace] {
        try db.all("SELECT \(BodyPlace.columns) FROM kept \(condition)", arguments, BodyPlace.init(columns:))
    }

    /// Bodies that one statement reads: the client has them twice in memory meanwhile.
    private static let greatestPage = 256

    /// In the order of `places`.
    private func bodies(_ places: [BodyPlace]) throws -> [[UInt8]] {
        var found: [Int64: [UInt8]] = [:]
        for (day, places) in Dictionary(grouping: places, by: \.day) {
            for first in stride(from: 0, to: places.count, by: Self.greatestPage) {
                let page = places[first..<min(first + Self.greatestPage, places.count)]
                let bodies = try db.all(
                    "SELECT place, body FROM upload_\(task) WHERE day = $1 AND place = ANY ($2::bigint[])",
                    [.integer(day), .integers(page.map(\.place))]
                ) { (try $0.integer(), try $0.bytes()) }
                for (place, body) in bodies { found[place] = body }
                if bodies.count < page.count { try checkPartition(of: day) }
            }
        }
        return try places.map { place in
            guard let body = found[place.place], body.count == place.count,
                Int64(bitPattern: DamageDigest.of(body)) == place.digest
            else { throw StoreError.damaged("the body of report row \(place.row)") }
            return body
        }
    }

    /// A read sees rows as they were when it began, and the partition may be gone since.
    private func checkPartition(of day: Int64) throws {
        guard try days.has(day) else { throw StoreError.database("the upload was erased meanwhile") }
    }

    // MARK: Erasing

    func eraseBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, isBound: Bool) throws {
        try db.run(
            "DELETE FROM kept WHERE \(Self.byRow)\(isBound ? "" : " AND job IS NULL")", range(rows, buckets))
        try days.dropUnused(through: .today)
    }

    func eraseUploads(job row: Int64) throws {
        let isWalk = try shard(row: row) != nil
        try db.run("DELETE FROM kept WHERE \(Self.keptOfJob)", [.integer(task), .integer(row)])
        // Jobs of batches come and go all day.
        try days.dropUnused(through: isWalk ? .today : .yesterday)
    }

    func shardsToErase() throws -> [Int64] {
        try db.all(Self.shardsToErase, [.integer(task)]) { try $0.integer() }
    }

    /// Goes from one job that has bodies to the next, over the index: neither over all bodies nor over all jobs that were.
    private static let shardsToErase = """
        WITH RECURSIVE owner (job) AS (
            (SELECT job FROM kept WHERE task = $1 AND job IS NOT NULL ORDER BY job LIMIT 1)
            UNION ALL
            SELECT (SELECT kept.job FROM kept WHERE task = $1 AND kept.job > owner.job ORDER BY kept.job LIMIT 1)
            FROM owner WHERE owner.job IS NOT NULL)
        SELECT job.id FROM owner JOIN job ON job.id = owner.job AND job.task = $1 AND kind = 'walk'
            LEFT JOIN walk ON walk.task = $1 AND walk.walk_id = job.walk_id
        WHERE ended IS NOT NULL OR (phase = 'finished' AND length(sum) = 0)
        ORDER BY job.id
        """

    // MARK: Conditions

    static let keptOfJob = "task = $1 AND job = $2"

    /// Rows one after the other, of some buckets.
    ///
    /// The sums keep PostgreSQL from going through all of the buckets, or of the task, for them.
    static let byRow = "id BETWEEN $2 AND $3 AND task + 0 = $1 AND bucket + 0 >= $4 AND bucket + 0 < $5"

    func range(_ rows: ClosedRange<Int64>, _ buckets: Range<UInt64>) -> [PostgreSQLValue] {
        let own = TaskRows.range(of: task)
        return [
            .integer(task), .integer(max(rows.lowerBound, own.lowerBound)),
            .integer(min(rows.upperBound, own.upperBound)),
            .number(buckets.lowerBound), .number(buckets.upperBound),
        ]
    }
}
#endif
