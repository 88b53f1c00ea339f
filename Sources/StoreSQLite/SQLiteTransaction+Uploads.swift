import Aggregator
import Foundation
import GRDB
import PopulusDAP
import PopulusKernels

/// Uploads: their rows here, their bytes in ``UploadFiles``.
extension SQLiteTransaction {
    func insertReports(_ uploads: [NewUpload], in queue: UploadQueue) throws -> [UploadOutcome] {
        try uploads.map { try insert($0.id, time: $0.time, body: $0.body, in: queue) }
    }

    private func insert(
        _ id: ReportID, time: UInt64, body: [UInt8], in queue: UploadQueue
    ) throws -> UploadOutcome {
        if queue == .byTime, try isCollected(time) { return .collected }
        let (place, row) = (try uploads.nextPlace(of: task), try nextReportRow())
        try run(
            """
            INSERT INTO report (id, task, report_id, time, bucket, bytes, place, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (task, report_id) DO NOTHING
            """,
            [
                row, task, Data(id.bytes), signed(time), queue == .open ? try openBucket() : signed(time), body.count,
                place.rawValue, Int64(bitPattern: DamageDigest.of(body)),
            ])
        guard db.changesCount == 1 else {
            known.lastReport = row - 1
            return .replayed
        }
        try uploads.append(body, at: place, of: task)
        return .stored
    }

    /// Whether a time takes nothing any more; looked up once a transaction.
    private func isCollected(_ time: UInt64) throws -> Bool {
        if let known = known.collected[time] { return known }
        let key = BatchBucketKey(Time(units: time))
        let isCollected = try self.isCollected(key...key)
        known.collected[time] = isCollected
        return isCollected
    }

    func reportBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, limit: Int) throws -> [StoredReport] {
        try bodies(
            "FROM report NOT INDEXED WHERE \(Self.byRow) AND place IS NOT NULL ORDER BY id LIMIT ?",
            range(rows, buckets) + [limit])
    }

    func eraseBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, isBound: Bool) throws {
        try erase("report NOT INDEXED", isBound ? Self.byRow : Self.byRow + " AND job IS NULL", range(rows, buckets))
    }

    func uploads(job row: Int64) throws -> [StoredReport] {
        try bodies("FROM report WHERE \(Self.ofJob) ORDER BY ordinal", [row, task])
    }

    func eraseUploads(job row: Int64) throws { try erase("report", Self.ofJob, [row, task]) }

    private func bodies(_ source: String, _ arguments: StatementArguments) throws -> [StoredReport] {
        let cursor = try rows("SELECT place, bytes, report_id, digest, id " + source, arguments)
        var rows: [Int64] = []
        var wanted: [WantedUpload] = []
        while let row = try cursor.next() {
            var columns = ColumnReader(row)
            if columns.isNull { continue }
            wanted.append(try WantedUpload(&columns))
            rows.append(try columns.integer())
        }
        return zip(rows, try uploads.read(wanted, task: task)).map { StoredReport(row: $0, bytes: $1) }
    }

    private func erase(_ table: String, _ condition: String, _ arguments: StatementArguments) throws {
        let span = try first("SELECT min(place) AS low, max(place) AS high FROM \(table) WHERE \(condition)", arguments)
        guard let span, !span.hasNull("low") else { return }
        let (low, high) = (try span.integer("low"), try span.integer("high"))
        uploads.touch(UploadPlace(rawValue: low).file...UploadPlace(rawValue: high).file)
        try run("UPDATE \(table) SET place = NULL, digest = NULL WHERE \(condition) AND place IS NOT NULL", arguments)
    }
}

extension WantedUpload {
    /// The next columns of a row: `place`, `bytes`, `report_id` and `digest`.
    init(_ columns: inout ColumnReader) throws {
        place = UploadPlace(rawValue: try columns.integer())
        count = Int(try columns.number(UInt32.self))
        guard let id = ReportID(bytes: try columns.bytes()) else { throw StoreError.damaged("report_id") }
        self.id = id
        let digest: Int64? = columns.isNull ? columns.skip() : try columns.integer()
        self.digest = digest.map { UInt64(bitPattern: $0) }
    }
}

extension UploadFiles {
    /// Reads the uploads that wait, and sees that they are as they were written.
    ///
    /// - Parameters:
    ///   - places: where they are.
    ///   - left: bytes after which it goes no further: what is left is looked at when it is used.
    func checkBodies(in db: Database, _ places: Range<Int64> = 0..<Int64.max, left: inout Int) throws {
        let cursor = try Row.fetchCursor(
            db, sql: "SELECT place, bytes, report_id, digest FROM report WHERE place >= ? AND place < ? ORDER BY place",
            arguments: [places.lowerBound, places.upperBound])
        while left > 0 {
            var wanted: [WantedUpload] = []
            while wanted.count < Self.mostTogether, let row = try cursor.next() {
                var columns = ColumnReader(row)
                wanted.append(try WantedUpload(&columns))
            }
            guard !wanted.isEmpty else { return }
            left -= try read(wanted, task: nil).reduce(0) { $0 + $1.count }
        }
    }

    /// The row of the task whose uploads a file has: each has one task's.
    static func owner(of file: Int64, in db: Database) throws -> Int64? {
        let places = UploadPlace.range(of: file)
        return try Int64.fetchOne(
            db, sql: "SELECT task FROM report WHERE place >= ? AND place < ? LIMIT 1",
            arguments: [places.lowerBound, places.upperBound])
    }

    /// Those of `files` that no row names any more.
    static func unused(_ files: Set<Int64>, in db: Database) throws -> [Int64] {
        try files.filter { file in
            let places = UploadPlace.range(of: file)
            let one = try Int64.fetchOne(
                try db.cachedStatement(sql: "SELECT 1 FROM report WHERE place >= ? AND place < ? LIMIT 1"),
                arguments: [places.lowerBound, places.upperBound])
            return one == nil
        }
    }

    /// Where the last body ends that a row names, by file.
    static func ends(in db: Database) throws -> [Int64: Int] {
        var ends: [Int64: Int] = [:]
        var limit = Int64.max
        while let row = try Row.fetchOne(
            db, sql: "SELECT place, bytes FROM report WHERE place < ? ORDER BY place DESC LIMIT 1", arguments: [limit])
        {
            let place = UploadPlace(rawValue: try row.integer("place"))
            ends[place.file] = place.offset + Int(try row.number("bytes", as: UInt32.self))
            limit = UploadPlace.range(of: place.file).lowerBound
        }
        return ends
    }
}
