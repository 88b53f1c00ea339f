/// What changed between two walks.
package struct ComparisonView: Hashable, Sendable {
    package let facts: TaskFacts
    package let earlier: WalkFacts
    package let later: WalkFacts
    /// The higher of both thresholds, in votes.
    package let threshold: UInt64
    package let query: TableQuery
    /// How many of each kind there are, with none left out by the query.
    package let totals: [ChangeKind: Int]
    /// One page of those that the query leaves.
    package let rows: [Row]
    /// How many rows the query leaves.
    package let found: Int

    package struct Row: Hashable, Sendable {
        package let change: ChangeKind
        package let listed: ForeignValue
        package let group: ForeignValue?
        package let value: ForeignValue
        package let earlier: UInt64?
        package let later: UInt64?

        package init(
            change: ChangeKind, listed: ForeignValue, group: ForeignValue?, value: ForeignValue, earlier: UInt64?,
            later: UInt64?
        ) {
            self.change = change
            self.listed = listed
            self.group = group
            self.value = value
            self.earlier = earlier
            self.later = later
        }
    }

    package init(
        facts: TaskFacts, earlier: WalkFacts, later: WalkFacts, threshold: UInt64, query: TableQuery,
        totals: [ChangeKind: Int], rows: [Row], found: Int
    ) {
        self.facts = facts
        self.earlier = earlier
        self.later = later
        self.threshold = threshold
        self.query = query
        self.totals = totals
        self.rows = rows
        self.found = found
    }
}

/// What the walks of a task say of one string.
package struct StringView: Hashable, Sendable {
    package let facts: TaskFacts
    package let listed: ForeignValue
    package let group: ForeignValue?
    package let value: ForeignValue
    /// The latest first.
    package let sightings: [Sighting]

    package struct Sighting: Hashable, Sendable {
        package let walk: WalkFacts
        package let what: What

        package init(walk: WalkFacts, what: What) {
            self.walk = walk
            self.what = what
        }
    }

    package enum What: Hashable, Sendable {
        case listed(count: UInt64, low: UInt64?, high: UInt64?)
        /// It had fewer votes than so many.
        case below(UInt64)
        case mayBeCutOff
        /// The walk has no result.
        case failed
    }

    package init(
        facts: TaskFacts, listed: ForeignValue, group: ForeignValue?, value: ForeignValue, sightings: [Sighting]
    ) {
        self.facts = facts
        self.listed = listed
        self.group = group
        self.value = value
        self.sightings = sightings
    }
}

/// A collection: numbers in the order of the question.
package struct CollectionView: Hashable, Sendable {
    package let facts: TaskFacts
    /// A base64url text.
    package let key: String
    package let interval: TimeSpan
    package let ended: UInt64
    package let reports: UInt64
    package let halfWidth: UInt64?
    /// Whether the result is one number and no list of one.
    package let isOneNumber: Bool
    package let rows: [Row]
    /// Nothing where the Leader has not told.
    package let rejections: [RejectionRow]?
    /// A sentence each.
    package let remarks: [String]

    package struct Row: Hashable, Sendable {
        /// Counted from 0.
        package let index: Int
        /// The candidate, of a collection that has candidates.
        package let value: ForeignValue?
        /// As it was counted; noise can take it below zero.
        package let number: Int128

        package init(index: Int, value: ForeignValue?, number: Int128) {
            self.index = index
            self.value = value
            self.number = number
        }
    }

    package init(
        facts: TaskFacts, key: String, interval: TimeSpan, ended: UInt64, reports: UInt64, halfWidth: UInt64?,
        isOneNumber: Bool, rows: [Row], rejections: [RejectionRow]?, remarks: [String]
    ) {
        self.facts = facts
        self.key = key
        self.interval = interval
        self.ended = ended
        self.reports = reports
        self.halfWidth = halfWidth
        self.isOneNumber = isOneNumber
        self.rows = rows
        self.rejections = rejections
        self.remarks = remarks
    }
}
