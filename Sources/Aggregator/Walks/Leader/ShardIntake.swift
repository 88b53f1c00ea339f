import PopulusDAP
import PrefixWalk
import Synchronization

/// A shard's uploads on their way into its segment and its init request, page by page, so that only one page of them is
/// in memory.
final class ShardIntake: Sendable {
    private let opener: ShareOpener
    private let state: Mutex<State?>

    /// - Parameter request: without reports.
    init(
        task: WalkTask, settings: AggregatorSettings, request: InitRequestBody, account: WalkAccount
    ) throws {
        opener = ShareOpener(task: task.base, settings: settings)
        let builder = try SegmentBuilder(
            bits: task.bits, aggregatorID: task.aggregatorID, ctx: task.context, account: account)
        state = Mutex(State(builder: builder, opened: OpenedShard(request: request)))
    }

    private struct State: ~Copyable {
        var builder: SegmentBuilder
        var opened: OpenedShard
        var scratch: [UInt8] = []

        /// Opens the Leader's share of a report; what is fine goes on.
        mutating func add(_ upload: StoredReport, _ opener: ShareOpener) throws {
            let report = try upload.slices
            if let error = opener.add(report.head, report.leaderShare, to: &builder, scratch: &scratch) {
                opened.refused[error, default: 0] += 1
            } else {
                opened.append(report, row: upload.row)
            }
        }

        /// Writes the segment, if there are reports.
        consuming func finish(path: String) throws -> OpenedShard {
            let opened = opened
            if builder.count > 0 { try builder.write(to: path) }
            return opened
        }
    }

    /// Opens a page of uploads, in the order of their rows.
    ///
    /// Runs for long.
    func add(_ page: [StoredReport]) throws {
        try state.withLock { state in
            for upload in page { try state?.add(upload, opener) }
        }
    }

    /// Writes the segment durably, if there are reports; once only.
    ///
    /// Blocks.
    func finish(path: String) throws -> OpenedShard {
        guard let state = state.withLock({ $0.take() }) else {
            throw Failure.failedHere("a shard was opened twice")
        }
        return try state.finish(path: path)
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
