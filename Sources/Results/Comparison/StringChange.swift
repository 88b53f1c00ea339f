import PopulusCollector

/// What became of a string from one walk to another; in the order in which changes are told.
package enum Change: String, Hashable, Sendable, CaseIterable {
    /// At the threshold now, and not before.
    case new
    case risen
    case fallen
    /// No longer at the threshold.
    case gone
    /// Listed in one of the walks, and noise alone may be why.
    case withinNoise = "within_noise"
    /// Listed in one of the walks; in the other it may have been cut off.
    case cutOff = "cut_off"
    /// Listed in both, with the same count, or with counts that noise alone may have made different.
    case unchanged
}

/// One string of a comparison.
package struct StringChange: Hashable, Sendable {
    package let change: Change
    package let value: [UInt8]
    /// As they were counted; nothing where a walk does not list the string, also below the threshold of the comparison.
    package let earlier: Int64?
    package let later: Int64?

    /// The order of changes.
    static func precedes(_ one: StringChange, _ other: StringChange) -> Bool {
        if one.change != other.change { return one.change.place < other.change.place }
        let (count, than) = (one.later ?? one.earlier ?? 0, other.later ?? other.earlier ?? 0)
        return count != than ? count > than : one.value.lexicographicallyPrecedes(other.value)
    }
}

extension Change {
    fileprivate var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How two counts of a string are compared.
struct ChangeRule {
    private let earlier: Side
    private let later: Side
    /// The higher of both thresholds.
    private let threshold: UInt64

    /// A walk, and what its cut-off strings begin with.
    private struct Side {
        let head: WalkHead
        let cutOff: CutOffBeginnings?
    }

    init(earlier: WalkHead, later: WalkHead, threshold: UInt64) {
        self.earlier = Side(head: earlier, cutOff: CutOffBeginnings(earlier.ending))
        self.later = Side(head: later, cutOff: CutOffBeginnings(later.ending))
        self.threshold = threshold
    }

    /// - Returns: nothing for a string that reaches the higher threshold in neither walk.
    func change(of value: [UInt8], _ before: Int64?, _ now: Int64?) -> Change? {
        switch (atThreshold(before, earlier.head), atThreshold(now, later.head)) {
        case (nil, nil): nil
        case (let before?, let now?): change(earlier.head.interval(of: before), later.head.interval(of: now))
        case (nil, let count?): appearance(.new, later.head.interval(of: count), of: value, from: earlier, before)
        case (let count?, nil): appearance(.gone, earlier.head.interval(of: count), of: value, from: later, now)
        }
    }

    /// The count, if a walk that was asked with the higher threshold had listed it.
    private func atThreshold(_ count: Int64?, _ head: WalkHead) -> Int64? {
        count.flatMap { $0 >= head.leastCount(threshold: threshold) ? $0 : nil }
    }

    private func change(_ before: CountInterval, _ now: CountInterval) -> Change {
        if now.low > before.high { return .risen }
        return now.high < before.low ? .fallen : .unchanged
    }

    /// What a string is that one walk lists and the other does not.
    ///
    /// - Parameters:
    ///   - kind: what it is if that is certain.
    ///   - absent: the walk that does not list it at the threshold.
    ///   - below: its count there, where it is listed below the threshold; then nothing was cut off.
    private func appearance(
        _ kind: Change, _ interval: CountInterval, of value: [UInt8], from absent: Side, _ below: Int64?
    ) -> Change {
        if below == nil, let cutOff = absent.cutOff, cutOff.mayHave(value) { return .cutOff }
        return interval.low >= UInt128(threshold) ? kind : .withinNoise
    }
}
