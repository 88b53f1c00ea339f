import PopulusDAP
import PrefixWalk

/// A segment that is made again from the bodies that the store keeps, page by page, to the same bytes;
/// a sealed one to others, since each file has a key of its own.
///
/// Every report in it has opened before. So one that does not open now is a key that is gone, or a damaged store.
final class SegmentRebuild: Sendable {
    private let task: AggregatorTask
    private let intake: SegmentIntake
    /// The segment's reports by their places in the init request: the others were refused before.
    private let reports: [Int: ReportID]

    /// - Parameters:
    ///   - path: where the segment is to be.
    ///   - key: what it is sealed with, if it is.
    init(
        of task: WalkTask, _ settings: AggregatorSettings, _ reports: [BoundReport], path: String, key: SegmentKey?,
        account: WalkAccount
    ) throws {
        self.task = task.base
        intake = try SegmentIntake(of: task, settings, path: path, key: key, account: account)
        self.reports = Dictionary(reports.map { ($0.ordinal, $0.id) }) { first, _ in first }
    }

    /// Opens some bodies, in the order of their places; those that were refused before are left out.
    ///
    /// Other threads may open others meanwhile. Runs for long.
    func open(_ page: ArraySlice<KeptBody>) throws -> OpenedReports {
        let sealed = try page.compactMap { kept -> SealedReport? in
            guard let id = reports[kept.ordinal] else { return nil }
            let report = try sealedReport(kept)
            guard report.head.metadata.reportID == id else { throw Self.isNotWhole }
            return report
        }
        let opened = intake.open(sealed)
        for (report, refusal) in zip(sealed, opened.refusals) {
            guard let refusal else { continue }
            guard task.receiver.recognizes(configID: report.share.configID), refusal != .hpkeDecryptError else {
                throw AggregatorError.internal(
                    "a walk's segment is lost, and its reports do not open with the keys of today: put the older "
                        + "decryption keys back into the task file and start again")
            }
            throw StoreError.damaged("what is kept of a report is not what was bound")
        }
        return opened
    }

    private func sealedReport(_ kept: KeptBody) throws(StoreError) -> SealedReport {
        do {
            switch task.role {
            case .leader:
                let report = try ReportSlices(decoding: kept.body)
                return SealedReport(head: report.head, share: report.leaderShare)
            default:
                let report = try ReportShareSlices(decoding: kept.body)
                return SealedReport(head: report.head, share: report.encryptedInputShare)
            }
        } catch {
            throw .damaged("what is kept of a report does not decode")
        }
    }

    /// Adds what was opened, in the order of the calls.
    ///
    /// Blocks.
    func append(_ opened: [OpenedReports]) throws { try intake.append(opened) }

    /// Makes the segment durable, once only.
    ///
    /// Blocks.
    func finish() throws {
        guard intake.count == reports.count else { throw Self.isNotWhole }
        try intake.finish()
    }

    private static let isNotWhole = StoreError.damaged("what is kept of a shard's reports is not whole")
}
