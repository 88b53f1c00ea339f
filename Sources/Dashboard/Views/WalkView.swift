/// A walk without its strings.
package struct WalkFacts: Hashable, Sendable {
    /// A base64url text, as the task is.
    package let walk: String
    package let task: String
    /// The time of the reports.
    package let interval: TimeSpan?
    package let ended: UInt64
    /// The threshold as it was written, and in votes.
    package let threshold: String
    package let votes: UInt64?
    /// The least count with which a string is listed.
    package let leastCount: UInt64?
    /// Shares are of these.
    package let reports: UInt64
    package let lateRejections: UInt64
    /// Half the width of a count's 95 % interval; nothing where counts are exact.
    package let halfWidth: UInt64?
    package let ending: Ending
    /// The count of the strings that the task cannot encode, where it is listed.
    package let other: UInt64?

    package enum Ending: Hashable, Sendable {
        case complete
        /// Strings below so many popular beginnings are left out; what those are sure to begin with.
        case cutOff(unfinished: Int, beginnings: [ForeignValue])
        /// There is no result; why, in words that quote no count.
        case failed(String)
    }

    package init(
        walk: String, task: String, interval: TimeSpan?, ended: UInt64, threshold: String, votes: UInt64?,
        leastCount: UInt64?, reports: UInt64, lateRejections: UInt64, halfWidth: UInt64?, ending: Ending,
        other: UInt64?
    ) {
        self.walk = walk
        self.task = task
        self.interval = interval
        self.ended = ended
        self.threshold = threshold
        self.votes = votes
        self.leastCount = leastCount
        self.reports = reports
        self.lateRejections = lateRejections
        self.halfWidth = halfWidth
        self.ending = ending
        self.other = other
    }
}

/// A walk: its facts, and one page of its strings.
package struct WalkView: Hashable, Sendable {
    package let facts: TaskFacts
    package let head: WalkFacts
    package let query: TableQuery
    package let table: TablePage
    /// Sums that are "at least", of the strings that the query leaves: by host, by path, by group.
    package let sums: [SumsView]
    /// The walk before this one, with which changes and comparison are.
    package let before: WalkFacts?
    /// Walks that this one can be compared with, the latest first.
    package let comparable: [WalkFacts]
    package let steps: [LiveView.LiveStep]
    /// Nothing where the Leader has not told.
    package let rejections: [RejectionRow]?
    /// What the task promises, a sentence each.
    package let remarks: [String]

    package init(
        facts: TaskFacts, head: WalkFacts, query: TableQuery, table: TablePage, sums: [SumsView], before: WalkFacts?,
        comparable: [WalkFacts], steps: [LiveView.LiveStep], rejections: [RejectionRow]?, remarks: [String]
    ) {
        self.facts = facts
        self.head = head
        self.query = query
        self.table = table
        self.sums = sums
        self.before = before
        self.comparable = comparable
        self.steps = steps
        self.rejections = rejections
        self.remarks = remarks
    }
}

/// Reports that an aggregator rejected for one reason.
package struct RejectionRow: Hashable, Sendable {
    /// Leader or Helper.
    package let party: String
    /// The name of the reason, and what it means.
    package let reason: String
    package let meaning: String
    package let count: UInt64

    package init(party: String, reason: String, meaning: String, count: UInt64) {
        self.party = party
        self.reason = reason
        self.meaning = meaning
        self.count = count
    }
}

/// Sums by a part of strings, greatest first; each leads to the strings that have it.
package struct SumsView: Hashable, Sendable {
    package let part: Part
    /// One page of them.
    package let rows: [Row]
    /// How many there are on all pages.
    package let found: Int
    /// The greatest sum of all pages, which has the longest bar.
    package let greatest: UInt64

    /// So many rows are on a page.
    package static let rowsPerPage = 10

    package enum Part: String, Hashable, Sendable, CaseIterable {
        case host
        /// The beginning of a URL up to a slash.
        case path
        case group
    }

    package struct Row: Hashable, Sendable {
        package let key: ForeignValue
        package let strings: Int
        package let atLeast: UInt64

        package init(key: ForeignValue, strings: Int, atLeast: UInt64) {
            self.key = key
            self.strings = strings
            self.atLeast = atLeast
        }
    }

    /// - Parameters:
    ///   - all: greatest first.
    ///   - page: counted from 1; the last one where there are fewer.
    package init(part: Part, of all: [Row], page: Int) {
        self.part = part
        found = all.count
        greatest = all.first?.atLeast ?? 0
        let place = TablePage.place(of: page, among: all.count, each: Self.rowsPerPage)
        rows = Array(all.dropFirst((place.page - 1) * Self.rowsPerPage).prefix(Self.rowsPerPage))
    }
}

/// A string of a walk.
package struct StringRow: Hashable, Sendable {
    /// Counted from 1, by votes, in the whole walk.
    package let rank: Int
    /// The value as the walk lists it: the group too.
    package let listed: ForeignValue
    package let group: ForeignValue?
    /// The string without its group.
    package let value: ForeignValue
    /// In small letters; nothing where it is no URL.
    package let host: ForeignValue?
    /// Scheme, host and port in small letters, and the folders of the path with a slash after each; nothing where it is no URL.
    package let place: ForeignValue?
    package let count: UInt64
    /// The ends of its interval; nothing where counts are exact.
    package let low: UInt64?
    package let high: UInt64?
    /// What became of it since the walk before; nothing where there is none to compare with.
    package let change: ChangeKind?
    /// Its count in the walk before, if that lists it.
    package let earlier: UInt64?
    /// Its counts in the latest walks, this one the last; nothing where a walk does not list it.
    package let history: [UInt64?]

    package init(
        rank: Int, listed: ForeignValue, group: ForeignValue?, value: ForeignValue, host: ForeignValue?,
        place: ForeignValue?, count: UInt64, low: UInt64?, high: UInt64?, change: ChangeKind?, earlier: UInt64?,
        history: [UInt64?]
    ) {
        self.rank = rank
        self.listed = listed
        self.group = group
        self.value = value
        self.host = host
        self.place = place
        self.count = count
        self.low = low
        self.high = high
        self.change = change
        self.earlier = earlier
        self.history = history
    }
}

/// What became of a string; the raw value is the name in files.
package enum ChangeKind: String, Hashable, Sendable, CaseIterable {
    case new
    case risen
    case fallen
    case gone
    case withinNoise = "within_noise"
    case cutOff = "cut_off"
    case unchanged
}
