import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import ResultText
import Results

extension TaskFacts {
    init(_ task: KeptTask) {
        self.init(
            id: task.id.base64URL, vdaf: task.vdaf, encoding: task.encoding, leader: task.leader, helper: task.helper,
            isGrouped: task.isGrouped)
    }
}

extension TimeSpan {
    init(_ span: ResultFacts.Span) { self.init(start: span.start, end: span.end) }
}

extension WalkFacts {
    init(_ head: WalkHead) {
        self.init(
            walk: head.walk.base64URL, task: head.task.id.base64URL, interval: head.span.map { TimeSpan($0) },
            ended: head.ended, threshold: head.threshold, votes: head.votes,
            leastCount: head.leastCount.map { UInt64(max(0, $0)) }, reports: head.reports,
            lateRejections: head.lateRejections, halfWidth: head.noise?.halfWidth, ending: Ending(head.ending),
            other: head.other.map { UInt64(max(0, $0)) })
    }
}

extension WalkFacts.Ending {
    init(_ ending: WalkEnding) {
        self =
            switch ending {
            case .complete: .complete
            case .cutOff(let unfinished, let beginnings):
                .cutOff(unfinished: unfinished, beginnings: beginnings.map { ForeignValue($0) })
            case .failed(let failure):
                .failed(
                    ([failure.kind.rawValue.replacing("_", with: " ")]
                        + [failure.party?.name, failure.problem].compactMap { $0 })
                        .joined(separator: ", "))
            }
    }
}

extension ChangeKind {
    init(_ change: Change) {
        self =
            switch change {
            case .new: .new
            case .risen: .risen
            case .fallen: .fallen
            case .gone: .gone
            case .withinNoise: .withinNoise
            case .cutOff: .cutOff
            case .unchanged: .unchanged
            }
    }
}

extension LiveView.LiveStep {
    init(_ step: KeptStep, number: Int) {
        self.init(
            step: number, bits: step.level + 1, candidates: step.candidates, survivors: step.survivors,
            reports: step.reports, lateRejections: step.lateRejections, seconds: step.seconds)
    }
}

extension RejectionRow {
    /// By party, then by reason.
    static func all(_ rejections: [KeptRejection]?) -> [RejectionRow]? {
        rejections?.map {
            RejectionRow(
                party: $0.party.name, reason: $0.reason.name, meaning: RejectionWords.meaning(of: $0.reason),
                count: $0.count)
        }
    }
}

/// What stands beside a result, a sentence each.
enum Remarks {
    static func of(_ head: WalkHead) -> [String] {
        [missing(head)].compactMap { $0 } + noise(head.noise)
    }

    static func of(_ collection: KeptCollection) -> [String] {
        noise(collection.noise)
    }

    private static func missing(_ head: WalkHead) -> String? {
        guard !head.ending.isFailure, let votes = head.votes, let least = head.leastCount else { return nil }
        return head.noise == nil
            ? "Strings with fewer than \(least) votes are not listed."
            : "Strings with a lower count than \(least) are not listed, and so perhaps some with fewer than \(votes) votes."
    }

    private static func noise(_ noise: NoiseFacts?) -> [String] {
        guard let noise else { return [] }
        return ["Counts have noise: in 95 of 100 cases the true number is within \(noise.halfWidth) of the one shown."]
    }
}
