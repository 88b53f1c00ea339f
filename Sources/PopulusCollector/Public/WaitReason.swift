import Foundation

/// What a run waits for.
@nonexhaustive
public enum WaitReason: Hashable, Sendable {
    /// The end of the interval that is asked for.
    case intervalEnd(Date)
    /// The Leader, which does not answer as it should since then, and is asked again.
    case leader(reason: String, since: Date)
    /// The Helper, by what the Leader says.
    case helper(reason: String?, since: Date?)
    /// The Leader's own work on the task, which fails; its log says why.
    case failingLeader
    /// More reports: about so many have come (the Leader rounds down), and a batch needs `least`.
    case reports(about: UInt64, least: UInt64)
    /// Something that the Leader does not tell.
    case unknown
}

extension WaitReason {
    init(_ waiting: Waiting) {
        func date(_ seconds: UInt64) -> Date { Date(timeIntervalSince1970: Double(seconds)) }
        self =
            switch waiting {
            case .interval(let end, _): .intervalEnd(date(end))
            case .leader(let absence): .leader(reason: absence.failure.reason, since: date(absence.since))
            case .helper(let since, let reason): .helper(reason: reason, since: since.map(date))
            case .failingLeader: .failingLeader
            case .reports(let count, _, let least): .reports(about: count, least: least)
            case .unknown: .unknown
            }
    }
}
