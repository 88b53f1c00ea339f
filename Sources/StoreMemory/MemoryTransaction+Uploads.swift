import Aggregator
import PopulusDAP

/// Uploads.
extension MemoryTransaction {
    func insertReports(_ uploads: [NewUpload], in queue: UploadQueue) throws -> [UploadOutcome] {
        try uploads.map { try insert($0, in: queue) }
    }

    private func insert(_ upload: NewUpload, in queue: UploadQueue) throws -> UploadOutcome {
        let key = BatchBucketKey(Time(units: upload.time))
        if queue == .byTime, try isCollected(key...key) { return .collected }
        return try change { tables in
            guard tables.places[upload.id] == nil else { return .replayed }
            tables.places[upload.id] = tables.reports.count
            let bucket = queue == .open ? tables.openBucket : upload.time
            tables.reports.append(
                MemoryReport(id: upload.id, time: upload.time, bucket: bucket, body: upload.body))
            return .stored
        }
    }

    func lastReportRow() throws -> Int64 { tables.reports.isEmpty ? 0 : row(tables.reports.count - 1) }

    /// The places of the uploads of these rows and buckets that are not erased.
    private func uploads(
        rows: ClosedRange<Int64>? = nil, in buckets: Range<UInt64>
    ) -> some Sequence<Int> {
        let tables = tables
        return tables.reports.indices.lazy.filter { [self] place in
            let report = tables.reports[place]
            return report.body != nil && buckets.contains(report.bucket) && rows?.contains(row(place)) ?? true
        }
    }

    func remainingUploads(in buckets: Range<UInt64>, isBound: Bool) throws -> (count: UInt64, oldest: UInt64?) {
        let times = uploads(in: buckets).filter { isBound || tables.reports[$0].binding == nil }
            .map { tables.reports[$0].time }
        return (UInt64(times.count), times.min())
    }

    func countReports(in buckets: Range<UInt64>) throws -> Int {
        uploads(in: buckets).reduce(0) { count, _ in count + 1 }
    }

    func rowSpan(of buckets: Range<UInt64>) throws -> ClosedRange<Int64>? {
        let places = Array(uploads(in: buckets))
        guard let first = places.first, let last = places.last else { return nil }
        return row(first)...row(last)
    }

    func forEachReport(
        rows: ClosedRange<Int64>, in buckets: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws {
        for place in uploads(rows: rows, in: buckets) {
            try body(row(place), tables.reports[place].body?.count ?? 0)
        }
    }

    func reportBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, limit: Int) throws -> [StoredReport] {
        uploads(rows: rows, in: buckets).prefix(limit).map(stored)
    }

    private func stored(_ place: Int) -> StoredReport {
        StoredReport(row: row(place), body: tables.reports[place].body ?? [])
    }

    func postponeReports(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, from first: UInt64) throws -> Int {
        let early = uploads(rows: rows, in: buckets).filter {
            tables.reports[$0].binding == nil && tables.reports[$0].time >= first
        }
        try change { tables in
            for place in early { tables.reports[place].bucket = tables.openBucket }
        }
        return early.count
    }

    func eraseBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, isBound: Bool) throws {
        try erase(uploads(rows: rows, in: buckets).filter { isBound || tables.reports[$0].binding == nil })
    }

    private func erase(_ places: [Int]) throws {
        try change { tables in
            for place in places { tables.reports[place].body = nil }
        }
    }

    // MARK: Of a job

    func uploads(job row: Int64) throws -> [StoredReport] {
        bound(to: row).filter { tables.reports[$0].body != nil }.map(stored)
    }

    func eraseUploads(job row: Int64) throws { try erase(bound(to: row)) }

    /// The places of a job's reports, by their ordinal.
    func bound(to job: Int64) -> [Int] {
        tables.reports.indices.filter { tables.reports[$0].binding?.job == job }
            .sorted { ordinal($0) < ordinal($1) }
    }

    private func ordinal(_ place: Int) -> Int { tables.reports[place].binding?.ordinal ?? 0 }

    func keptBodies(job: Int64, from ordinal: Int, limit: Int) throws -> [KeptBody] {
        guard keepsBodies else { return [] }
        let kept = bound(to: job).lazy.map { [self] place in (self.ordinal(place), tables.reports[place].body) }
            .filter { $0.0 >= ordinal }
        return kept.compactMap { ordinal, body in body.map { KeptBody(ordinal: ordinal, body: $0) } }.prefix(limit)
            .map { $0 }
    }

    func shardsToErase() throws -> [Int64] {
        guard keepsBodies else { return [] }
        let kept = Set(tables.reports.lazy.filter { $0.body != nil }.compactMap { $0.binding?.job })
        return try kept.sorted().filter { row in
            guard let shard = try shard(row: row) else { return false }
            return tables.walks[shard.walk]?.end != nil || (shard.phase == .finished && shard.sum.isEmpty)
        }
    }

    // MARK: On their way into jobs of batches

    /// The places of the uploads of these times and rows that are in no job.
    private func waiting(_ times: Range<UInt64>, throughRow last: Int64) -> [Int] {
        tables.reports.indices.filter { place in
            let report = tables.reports[place]
            return report.body != nil && report.binding == nil && times.contains(report.time) && row(place) <= last
        }
    }

    func waitingReports(
        times: Range<UInt64>, throughRow last: Int64, keys: Set<UInt8>?, limit: Int
    ) throws -> [WaitingReport] {
        waiting(times, throughRow: last).map { place in
            let report = tables.reports[place]
            return WaitingReport(
                row: row(place), time: report.time, bytes: report.body?.count ?? 0, attempts: report.attempts,
                keyID: report.keyID)
        }
        .filter { report in keys.flatMap { keys in report.keyID.map(keys.contains) } ?? true }
        .sorted { ($0.time, $0.row) < ($1.time, $1.row) }
        .prefix(limit).map { $0 }
    }

    func countWaitingReports(forKeysBeside keys: Set<UInt8>) throws -> Int {
        waiting(0..<UInt64.max, throughRow: .max).count { place in
            tables.reports[place].keyID.map { !keys.contains($0) } ?? false
        }
    }

    func countWaitingReports(times: Range<UInt64>, throughRow last: Int64, limit: Int) throws -> Int {
        min(limit, waiting(times, throughRow: last).count)
    }
}
