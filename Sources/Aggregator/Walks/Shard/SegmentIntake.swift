import PopulusDAP
import PrefixWalk
import Synchronization

/// A report whose share is sealed, as its bytes lie in a larger message.
struct SealedReport: Sendable {
    let head: ReportHead
    let share: HpkeCiphertextSlice
}

/// Some reports after opening.
struct OpenedReports: Sendable {
    /// Those that are fine, in their order.
    let part: SegmentPart
    /// Why a report is not among them: one element a report.
    let refusals: [ReportError?]
}

/// A shard's reports on their way into its segment: opened by several threads, put together in their order.
final class SegmentIntake: Sendable {
    private let opener: ShareOpener
    private let shape: SegmentShape
    private let account: WalkAccount
    private let builder: Mutex<SegmentBuilder?>
    private static let isOver = AggregatorError.internal("a segment is made twice")

    /// - Parameters:
    ///   - path: where the segment is to be.
    ///   - key: what it is sealed with, if it is.
    init(
        of task: WalkTask, _ settings: AggregatorSettings, path: String, key: SegmentKey?, account: WalkAccount
    ) throws {
        opener = ShareOpener(task: task.base, settings: settings)
        shape = try SegmentShape(bits: task.bits)
        self.account = account
        builder = Mutex(
            try SegmentBuilder(
                at: path, bits: task.bits, aggregatorID: task.aggregatorID, ctx: task.context, key: key,
                account: account))
    }

    /// Opens some reports; other threads may open others meanwhile.
    ///
    /// What comes of it depends on nothing but the reports and the keys. Runs for long.
    func open(_ reports: some Collection<SealedReport>) -> OpenedReports {
        var part = SegmentPart(shape: shape, capacity: reports.count, account: account)
        var scratch: [UInt8] = []
        let refusals = reports.map { opener.add($0.head, $0.share, to: &part, scratch: &scratch) }
        part.finish()
        return OpenedReports(part: part, refusals: refusals)
    }

    /// Adds what was opened, in the order of the calls, and writes what is enough for a block.
    ///
    /// Blocks.
    func append(_ opened: [OpenedReports]) throws {
        try builder.withLock { builder in
            for reports in opened where reports.part.count > 0 {
                guard try builder?.append(reports.part) != nil else { throw Self.isOver }
            }
        }
    }

    /// Reports so far; none once it is finished.
    var count: Int { builder.withLock { $0?.count ?? 0 } }

    /// Makes the segment durable, if there are reports; once only.
    ///
    /// Blocks.
    func finish() throws {
        guard let builder = builder.withLock({ $0.take() }) else { throw Self.isOver }
        if builder.count > 0 { try builder.finish() }
    }
}
