import PopulusDAP
import PrefixWalk
import Synchronization

/// A shard's uploads on their way into its segment and its init request, page by page, so that only few of them are in
/// memory.
final class ShardIntake: Sendable {
    private let segment: SegmentIntake
    private let opened: Mutex<OpenedShard?>

    /// - Parameters:
    ///   - request: without reports.
    ///   - path: where the segment is to be.
    ///   - key: what it is sealed with, if it is.
    init(
        task: WalkTask, settings: AggregatorSettings, request: InitRequestBody, path: String, key: SegmentKey?,
        account: WalkAccount
    ) throws {
        segment = try SegmentIntake(of: task, settings, path: path, key: key, account: account)
        opened = Mutex(OpenedShard(request: request))
    }

    /// Some of a page's uploads, opened.
    struct Part: Sendable {
        fileprivate let rows: [Int64]
        fileprivate let reports: [ReportSlices]
        fileprivate let opened: OpenedReports
    }

    /// Opens the Leader's shares of some uploads; other threads may open others meanwhile.
    ///
    /// Runs for long.
    func open(_ uploads: ArraySlice<StoredReport>) throws -> Part {
        let reports = try uploads.map { try $0.slices }
        let opened = segment.open(reports.lazy.map { SealedReport(head: $0.head, share: $0.leaderShare) })
        return Part(rows: uploads.map(\.row), reports: reports, opened: opened)
    }

    /// Adds what was opened, in the order of the uploads' rows; what is fine goes on.
    ///
    /// Blocks.
    func append(_ parts: [Part]) throws {
        try segment.append(parts.map(\.opened))
        try opened.withLock { opened in
            guard opened != nil else { throw Failure.failedHere("a shard was opened twice") }
            for part in parts {
                for (index, refusal) in part.opened.refusals.enumerated() {
                    if let refusal {
                        opened?.refused[refusal, default: 0] += 1
                    } else {
                        opened?.append(part.reports[index], row: part.rows[index])
                    }
                }
            }
        }
    }

    /// Makes the segment durable, if there are reports; once only.
    ///
    /// Blocks.
    func finish() throws -> OpenedShard {
        guard let opened = opened.withLock({ $0.take() }) else { throw Failure.failedHere("a shard was opened twice") }
        try segment.finish()
        return opened
    }
}

/// A shard's reports after opening, in the segment's order.
struct OpenedShard: Sendable {
    var rows: [Int64] = []
    var reports: [BoundReport] = []
    var refused: [ReportError: Int] = [:]
    var request: InitRequestBody

    init(request: InitRequestBody) { self.request = request }

    fileprivate mutating func append(_ report: ReportSlices, row: Int64) {
        let metadata = report.head.metadata
        rows.append(row)
        reports.append(BoundReport(ordinal: reports.count, id: metadata.reportID, time: metadata.time.units))
        request.append(report)
    }
}
