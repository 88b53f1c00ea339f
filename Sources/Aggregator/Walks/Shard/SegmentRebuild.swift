import PopulusDAP
import PrefixWalk
import Synchronization

/// A segment that is made again from the bodies that the store keeps, page by page, to the same bytes.
///
/// Every report in it has opened before. So one that does not open now is a key that is gone, or a damaged store.
final class SegmentRebuild: Sendable {
    private let opener: ShareOpener
    /// The segment's reports, in its order.
    private let reports: [BoundReport]
    private let state: Mutex<State?>

    private struct State: ~Copyable {
        var builder: SegmentBuilder
        var scratch: [UInt8] = []

        mutating func add(
            _ head: ReportHead, _ share: HpkeCiphertextSlice, _ opener: ShareOpener
        ) -> ReportError? {
            opener.add(head, share, to: &builder, scratch: &scratch)
        }

        consuming func write(to path: String, key: SegmentKey?) throws(PrefixWalkError) {
            try builder.write(to: path, key: key)
        }
    }

    init(of task: WalkTask, _ settings: AggregatorSettings, _ reports: [BoundReport], account: WalkAccount) throws {
        opener = ShareOpener(task: task.base, settings: settings)
        self.reports = reports
        state = Mutex(
            State(
                builder: try SegmentBuilder(
                    bits: task.bits, aggregatorID: task.aggregatorID, ctx: task.context, account: account)))
    }

    /// Opens a page of bodies, in the order of their places; those that were refused before are left out.
    ///
    /// Runs for long.
    func add(_ page: [KeptBody]) throws {
        try state.withLock { state in
            for body in page { try add(body, to: &state) }
        }
    }

    private func add(_ kept: KeptBody, to state: inout State?) throws {
        guard let count = state?.builder.count else { throw StoreError.damaged("a segment is made twice") }
        guard count < reports.count, kept.ordinal >= reports[count].ordinal else { return }
        let (head, share) = try parts(of: kept)
        guard kept.ordinal == reports[count].ordinal, head.metadata.reportID == reports[count].id else {
            throw StoreError.damaged("what is kept of a shard's reports is not whole")
        }
        guard let refusal = state?.add(head, share, opener) else { return }
        guard opener.task.receiver.recognizes(configID: share.configID), refusal != .hpkeDecryptError else {
            throw AggregatorError.internal(
                "a walk's segment is lost, and its reports do not open with the keys of today: put the older decryption "
                    + "keys back into the task file and start again")
        }
        throw StoreError.damaged("what is kept of a report is not what was bound")
    }

    private func parts(of kept: KeptBody) throws -> (ReportHead, HpkeCiphertextSlice) {
        do {
            switch opener.task.role {
            case .leader:
                let report = try ReportSlices(decoding: kept.body)
                return (report.head, report.leaderShare)
            default:
                let report = try ReportShareSlices(decoding: kept.body)
                return (report.head, report.encryptedInputShare)
            }
        } catch {
            throw StoreError.damaged("what is kept of a report does not decode")
        }
    }

    /// Writes the segment durably, once only.
    ///
    /// Blocks.
    ///
    /// - Parameter key: what it is sealed with, if it is.
    func finish(path: String, key: SegmentKey?) throws {
        guard let state = state.withLock({ $0.take() }) else { throw StoreError.damaged("a segment is made twice") }
        guard state.builder.count == reports.count else {
            throw StoreError.damaged("what is kept of a shard's reports is not whole")
        }
        try state.write(to: path, key: key)
    }
}
