import PopulusCollector
import PopulusDAP

/// What changed between two kept walks of one task, or of two tasks that list the same strings in the same way: those with
/// one scheme, one encoding that does not depend on the task, and one length.
///
/// **Under different thresholds only what reaches the higher one is compared**: both walks are read as if they had
/// been asked with it. A string that one walk lists below that counts as not listed there, and its count is said all
/// the same.
///
/// **A change inside the intervals of noise is no change.** Each count has its interval (`WalkHead.interval`): the
/// count less and plus the half-width *h* of its own walk, never below 0. In 95 of 100 cases the true number is in
/// it. A string has risen where the later interval lies wholly above the earlier one, and fallen where it lies wholly
/// below. If each interval is right with 95 %, both are with 90 % at least, whatever the noise is and however the two
/// depend on each other. Two walks with the same Gaussian noise call an unchanged string changed in 6 of 1,000 cases.
/// So of very many strings some change by chance.
///
/// A string that is not listed has fewer votes than the threshold: surely without noise, and with noise in 99 walks
/// of 100, since the task's margin is chosen so. It is new where its interval lies at or above the threshold, and not
/// where noise alone may have lifted it: then it is ``Change/withinNoise``. The same holds the other way round.
package struct WalkComparison: Hashable, Sendable {
    package let earlier: WalkHead
    package let later: WalkHead
    /// The higher of both thresholds, in votes.
    package let threshold: UInt64
    /// By kind in the order of ``Change``, then most votes first (the later walk's, or else the earlier one's), then
    /// by bytes.
    package let changes: [StringChange]

    /// - Throws: where the two cannot be compared.
    package init(from earlier: KeptWalk, to later: KeptWalk) throws(ComparisonRefusal) {
        guard earlier.head.task.hasValues(of: later.head.task) else { throw .otherValues }
        guard earlier.head.task.id != later.head.task.id || earlier.head.walk != later.head.walk else {
            throw .sameWalk
        }
        guard !earlier.head.ending.isFailure, let one = earlier.head.votes else { throw .earlierFailed }
        guard !later.head.ending.isFailure, let other = later.head.votes else { throw .laterFailed }
        self.earlier = earlier.head
        self.later = later.head
        threshold = max(one, other)
        let rule = ChangeRule(earlier: earlier.head, later: later.head, threshold: threshold)
        var counts: [[UInt8]: (earlier: Int64?, later: Int64?)] = [:]
        for string in earlier.strings { counts[string.value] = (string.count, nil) }
        for string in later.strings { counts[string.value, default: (nil, nil)].later = string.count }
        changes = counts.compactMap { value, counts in
            rule.change(of: value, counts.earlier, counts.later).map {
                StringChange(change: $0, value: value, earlier: counts.earlier, later: counts.later)
            }
        }.sorted(by: StringChange.precedes)
    }

    /// The changes of one kind.
    package func changes(_ kind: Change) -> [StringChange] { changes.filter { $0.change == kind } }

    /// How often an interval of either walk is right, at least; nothing where both are exact.
    package var coverage: Double? {
        earlier.noise == nil && later.noise == nil ? nil : NoiseFacts.coverage
    }

    /// How likely it is at least that both intervals of a string are right; 1 without noise.
    ///
    /// Each is wrong with 5 % at most, and they are wrong together at most as often as one or the other.
    package var confidence: Double {
        [earlier, later].reduce(1) { $1.noise == nil ? $0 : $0 - (1 - NoiseFacts.coverage) }
    }
}

/// Why two walks are not compared.
package enum ComparisonRefusal: Error, Hashable, Sendable {
    /// Their tasks have other encodings or lengths, or hashes that depend on the task.
    case otherValues
    /// They are one walk.
    case sameWalk
    /// A walk without a result says nothing of any string.
    case earlierFailed
    case laterFailed
}

extension ComparisonRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .otherValues: "the two walks are of tasks whose values mean different strings"
        case .sameWalk: "that is one and the same walk"
        case .earlierFailed: "the earlier walk failed: it says nothing of any string"
        case .laterFailed: "the later walk failed: it says nothing of any string"
        }
    }
}
