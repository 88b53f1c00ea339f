import PopulusDAP
import PrefixWalk

/// Where a batch is cut into shards.
extension WalkLeader {
    /// Assigns the batch's reports to shards by bytes and number, once; the same rows after a restart.
    func planShards(_ work: WalkStepWork, _ claim: Claim) async throws {
        let (walk, settings, threads) = (work.walk, settings, self.work.threadCount)
        // The Leader's own share is no part of the request. A report with a shorter one is not sent.
        let kept = task.vdaf.inputShareSize(aggregatorID: task.aggregatorID)
        // Nothing joins or leaves the batch any more, so uploads need not wait for the reading of it.
        let parts = try await store.read("uploads of a walk") { transaction -> [ClosedRange<Int64>]? in
            guard try transaction.shards(walk.id).isEmpty, let rows = try transaction.rowSpan(of: walk.buckets) else {
                return nil
            }
            var (bytes, count) = (0, 0)
            try transaction.forEachReport(rows: rows, in: walk.buckets) { _, size in
                bytes += max(0, size - kept)
                count += 1
            }
            var cutter = ShardCutter(
                bytes: settings.greatestShardBytes, reports: settings.greatestShardReports, all: (bytes, count),
                threads: threads)
            try transaction.forEachReport(rows: rows, in: walk.buckets) { row, size in
                cutter.add(row: row, bytes: max(0, size - kept))
            }
            return cutter.finished()
        }
        guard let parts else { return }
        try await claims.write("plan shards", claim) { transaction in
            try transaction.checkRunning(walk.id)
            guard try transaction.shards(walk.id).isEmpty else { return }
            for (ordinal, rows) in parts.enumerated() {
                var job = ShardRecord(walk: walk.id, ordinal: ordinal, phase: .planned)
                (job.firstRow, job.lastRow) = (rows.lowerBound, rows.upperBound)
                _ = try transaction.insertJob(job)
            }
            try transaction.tellOthers()
        }
    }
}

/// Cuts a sequence of reports into parts of one size so that none exceeds the greatest request.
struct ShardCutter {
    /// What the init request holds besides the reports, generously: header, extensions, and room for the parameter.
    static let overhead = 1 << 20
    /// Bytes that a report has in the init request and not in its upload, at most: the Leader's first message.
    static let perReport = 128

    /// A batch is cut into so many parts at least, and twice as many as there are threads, so that all threads of both
    /// aggregators have something to do to the end of a step, unless the parts have fewer reports than this.
    static let fewestShards = 4
    static let fewestReports = 512

    private let byteLimit: Int
    private let reportLimit: Int
    private var shards: [ClosedRange<Int64>] = []
    private var current: ClosedRange<Int64>?
    private var bytes = 0
    private var reports = 0

    /// - Parameters:
    ///   - bytes, reports: the most of one shard.
    ///   - all: those of the whole batch, as they will be added.
    ///   - threads: of this aggregator; the other one has as many, as far as it knows.
    init(bytes: Int, reports: Int, all: (bytes: Int, reports: Int), threads: Int) {
        byteLimit = Self.byteLimit(of: bytes)
        let total = all.bytes + all.reports * Self.perReport
        let parts = max(
            Self.quotient(total, byteLimit), Self.quotient(all.reports, max(1, reports)),
            min(max(Self.fewestShards, 2 * threads), all.reports / Self.fewestReports), 1)
        reportLimit = max(1, Self.quotient(all.reports, parts))
    }

    /// Rounded up.
    private static func quotient(_ dividend: Int, _ divisor: Int) -> Int { (dividend + divisor - 1) / divisor }

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
