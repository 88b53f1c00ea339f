import DAP
import PrefixWalk

/// Where a batch is cut into shards.
extension WalkLeader {
    /// Assigns the batch's reports to shards by bytes and number, once; the same rows after a restart.
    func planShards(_ work: StepWork) async throws {
        let (walk, settings) = (work.walk, settings)
        try await store.write("plan shards") { transaction in
            guard try transaction.jobs(walk.id).isEmpty, walk.lastRow >= walk.firstRow else { return }
            var cutter = ShardCutter(bytes: settings.greatestShardBytes, reports: settings.greatestShardReports)
            try transaction.forEachReport(rows: walk.firstRow...walk.lastRow, times: walk.times) { row, bytes in
                cutter.add(row: row, bytes: bytes)
            }
            for (ordinal, rows) in cutter.finished().enumerated() {
                var job = JobRecord(walk: walk.id, ordinal: ordinal, phase: .planned)
                (job.firstRow, job.lastRow) = (rows.lowerBound, rows.upperBound)
                _ = try transaction.insertJob(job)
            }
        }
    }
}

/// Cuts a sequence of reports so that no part exceeds the greatest request.
struct ShardCutter {
    /// What the init request holds besides the reports, generously: header, extensions, and room for the parameter.
    static let overhead = 1 << 20
    /// Bytes that a report has in the init request and not in its upload, at most: the Leader's first message.
    static let perReport = 128

    private let byteLimit: Int
    private let reportLimit: Int
    private var shards: [ClosedRange<Int64>] = []
    private var current: ClosedRange<Int64>?
    private var bytes = 0
    private var reports = 0

    init(bytes: Int, reports: Int) {
        byteLimit = Self.byteLimit(of: bytes)
        reportLimit = max(1, reports)
    }

    /// Bytes of uploads that fit into a request of at most `bytes`.
    static func byteLimit(of bytes: Int) -> Int { max(bytes - overhead, bytes / 2) }

    mutating func add(row: Int64, bytes size: Int) {
        let size = size + Self.perReport
        if let range = current, bytes + size <= byteLimit, reports < reportLimit {
            current = range.lowerBound...row
        } else {
            if let current { shards.append(current) }
            current = row...row
            (bytes, reports) = (0, 0)
        }
        bytes += size
        reports += 1
    }

    func finished() -> [ClosedRange<Int64>] { shards + (current.map { [$0] } ?? []) }
}
