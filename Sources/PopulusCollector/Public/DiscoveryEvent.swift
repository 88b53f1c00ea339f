import Foundation
import PopulusDAP

/// What happens in a discovery.
///
/// **No event has a prefix, or a prefix's votes.** Before the result they say only how many there are. On the way down a
/// malicious client is not bound to one string, so such counts are for pruning and nobody else; and what stays below the
/// threshold is shown to nobody.
@nonexhaustive
public enum DiscoveryEvent: Hashable, Sendable {
    /// The run begins; the first event.
    case began(DiscoveryBeginning)
    /// The run waits.
    case waiting(WaitReason)
    /// What was waited for is there, or is no longer the reason.
    case waitEnded(WaitReason)
    /// A step is asked.
    case stepBegan(DiscoveryQuestion)
    /// A step was answered.
    case stepEnded(DiscoveryProgress)
    /// There is a result; the last event.
    case finished(DiscoveredStrings)
}

/// What a discovery begins with.
public struct DiscoveryBeginning: Hashable, Sendable {
    /// The walk's ID, as unpadded base64url: the same when it goes on.
    public let walk: String
    /// Whether the walk begins too; otherwise it goes on.
    public let isNew: Bool
    /// The steps that were answered in earlier runs.
    public let stepsAnswered: Int
    /// The length of a string's path, in bits: when a step asks at so many, it is the last.
    public let bits: Int
    /// The end of the interval that is waited for first.
    public let waitsUntil: Date?

    init(_ start: WalkStart) {
        walk = start.walk.base64URL
        isNew = start.isNew
        stepsAnswered = start.stepsAnswered
        bits = start.bits
        waitsUntil = start.waitsUntil.map { Date(timeIntervalSince1970: Double($0)) }
    }
}

/// A step that is asked.
public struct DiscoveryQuestion: Hashable, Sendable {
    /// Counted from 0.
    public let step: Int
    /// How many bits of each path are asked for.
    public let bits: Int
    /// How many prefixes are asked for.
    public let candidates: Int
    /// Whether it was asked before an interruption, and is asked again.
    public let isRepeated: Bool
}

/// A step that was answered.
public struct DiscoveryProgress: Hashable, Sendable {
    /// Counted from 0.
    public let step: Int
    /// How many bits of each path were asked for.
    public let bits: Int
    /// How many prefixes were asked for.
    public let candidates: Int
    /// How many of them have enough votes.
    ///
    /// Nothing at the first step: what the threshold comes to is settled after it.
    public let survivors: Int?
    /// The reports that were counted.
    public let reports: UInt64
    /// The reports that were accepted at the first step and rejected since.
    public let lateRejections: UInt64
    /// How many may be: one more ends the walk without a result.
    public let lateRejectionLimit: UInt64
    /// How long it took, in seconds.
    public let seconds: Double
    /// How long the rest takes at most at this pace, in seconds; it may well be much less.
    public let secondsLeft: Double

    init(_ report: WalkProgressReport) {
        step = report.step
        bits = report.summary.level + 1
        candidates = report.summary.candidates
        // Before the threshold is a number of votes whatever has one is left.
        survivors = report.step == 0 ? nil : report.summary.survivors
        reports = report.summary.reports
        lateRejections = report.summary.lateRejections
        lateRejectionLimit = report.lateRejectionLimit
        seconds = report.summary.seconds
        secondsLeft = report.secondsLeft
    }
}

extension DiscoveryEvent {
    /// Nothing for the end of a run, which is told another way.
    init?(_ event: WalkEvent) {
        switch event {
        case .started(let start): self = .began(DiscoveryBeginning(start))
        case .waiting(let what): self = .waiting(WaitReason(what))
        case .waitIsOver(let what): self = .waitEnded(WaitReason(what))
        case .asking(let step, let level, let candidates, let again):
            self = .stepBegan(
                DiscoveryQuestion(step: step, bits: level + 1, candidates: candidates, isRepeated: again))
        case .answered(let report): self = .stepEnded(DiscoveryProgress(report))
        case .finished, .failed: return nil
        }
    }
}
