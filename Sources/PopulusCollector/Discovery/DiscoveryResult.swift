/// What a discovery found.
package struct DiscoveryResult: Hashable, Sendable {
    /// The strings with at least `votes` votes, and those that noise may have taken them from; most votes first.
    package let strings: [PopularString]
    /// The count of the strings that the task cannot encode, where it is as high as that of a listed string.
    package let other: Int64?
    /// The reports that were accepted at the last step; fractions are of these.
    package let reports: UInt64
    /// The reports that were accepted at the first step.
    package let acceptedAtStart: UInt64
    /// The threshold as a number of votes.
    package let votes: UInt64
    /// Prefixes with enough votes whose strings had not ended when the walk had to; 0 in a walk that is complete.
    package let unfinished: Int
    /// What the strings of those prefixes are sure to begin with, each beginning once, ascending.
    package let beginnings: [[UInt8]]
    package let steps: Int
    /// The time that the steps took, without interruptions.
    package let seconds: Double

    package init(
        strings: [PopularString], other: Int64? = nil, reports: UInt64, acceptedAtStart: UInt64, votes: UInt64,
        unfinished: Int, beginnings: [[UInt8]] = [], steps: Int, seconds: Double
    ) {
        self.strings = strings
        self.other = other
        self.reports = reports
        self.acceptedAtStart = acceptedAtStart
        self.votes = votes
        self.unfinished = unfinished
        self.beginnings = beginnings
        self.steps = steps
        self.seconds = seconds
    }
}
