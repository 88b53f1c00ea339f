import PopulusCollector
import PopulusDAP

/// What the walks of a task say of one string, in the order of their reports' time.
package struct StringHistory: Hashable, Sendable {
    package let value: [UInt8]
    /// One a walk, the latest last.
    package let entries: [Entry]

    package struct Entry: Hashable, Sendable {
        package let walk: WalkHead
        package let sighting: Sighting
    }

    /// What one walk says of it.
    package enum Sighting: Hashable, Sendable {
        /// As it was counted.
        case listed(Int64)
        /// It had fewer votes than so many: surely without noise, and with noise in 99 walks of 100.
        case below(votes: UInt64)
        /// It may have been among the strings that were cut off.
        case mayBeCutOff
        /// The walk has no result, and says nothing.
        case failed
    }

    /// - Parameter walks: those of a task, with the string's count where they list it.
    package init(of value: [UInt8], in walks: [(head: WalkHead, count: Int64?)]) {
        self.value = value
        entries = walks.sorted { WalkHead.precedes($0.head, $1.head) }.map { head, count in
            Entry(walk: head, sighting: Self.sighting(of: value, head, count))
        }
    }

    private static func sighting(of value: [UInt8], _ head: WalkHead, _ count: Int64?) -> Sighting {
        if let count { return .listed(count) }
        guard !head.ending.isFailure, let votes = head.votes else { return .failed }
        return head.ending.mayHaveCutOff(value) ? .mayBeCutOff : .below(votes: votes)
    }

    /// The first walk that lists it; of those that are kept.
    package var firstSeen: WalkHead? { seen.first }

    /// The last one.
    package var lastSeen: WalkHead? { seen.last }

    private var seen: [WalkHead] {
        entries.compactMap { if case .listed = $0.sighting { $0.walk } else { nil } }
    }
}
