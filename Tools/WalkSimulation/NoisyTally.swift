import PopulusDifferentialPrivacy

/// What many walks with noise showed, beside what the thresholds promise.
package struct NoisyTally: Sendable {
    package private(set) var walks = 0
    /// Walks in which a prefix was still open when no step was left, or that no step could go on with.
    package private(set) var cutOff = 0
    /// Strings that had exactly the threshold, and those of them that were listed.
    package private(set) var planted = (all: 0, listed: 0)
    /// Walks that listed a string that nobody holds.
    package private(set) var withNobodys = 0
    /// Candidates of leaves, listed or not, and those whose interval holds the votes.
    package private(set) var leaf = (all: 0, covered: 0)
    /// The fewest votes of a string that was listed.
    package private(set) var fewestVotesListed = UInt64.max
    /// Strings with one and a half times the threshold at least, and those of them that were not listed.
    package private(set) var popular = (all: 0, missed: 0)
    /// The fewest strings that a walk listed.
    package private(set) var fewestListed = Int.max
    /// The steps of all walks, and their candidates.
    package private(set) var steps = 0
    package private(set) var candidates = 0

    private let task: NoisyTask
    private let halfWidth: Int64

    package init(_ task: NoisyTask) {
        self.task = task
        halfWidth = Int64(NoiseMass(gaussian: task.variance).halfWidth())
    }

    /// The share of the candidates whose interval should hold the votes.
    package var expectedCoverage: Double { NoiseMass(gaussian: task.variance).probability(within: UInt64(halfWidth)) }

    /// The fewest votes with which a string may be listed: five standard deviations below what is kept.
    package var fewestVotesPermitted: Double {
        Double(task.planner.bounds.leastCount(threshold: task.threshold)) - 5 * task.deviation
    }

    /// Takes a walk in.
    ///
    /// - Parameter rows: the rows of the strings that were given exactly the threshold.
    package mutating func add(_ walk: SimulatedWalk, through batch: SimulatedBatch, planted rows: [Int]) {
        walks += 1
        steps += walk.steps.count
        candidates += walk.steps.reduce(0) { $0 + $1.candidates }
        if walk.unfinished > 0 || walk.isOutOfBounds { cutOff += 1 }
        var listed: Set<Int> = []
        var hasNobodys = false
        for candidate in walk.leaf {
            leaf.all += 1
            if abs(candidate.count - Int64(candidate.votes)) <= halfWidth { leaf.covered += 1 }
            guard candidate.isListed else { continue }
            if candidate.votes == 0 { hasNobodys = true }
            fewestVotesListed = min(fewestVotesListed, candidate.votes)
            listed.formUnion(batch.table.rows(below: candidate.path, from: 0))
        }
        if hasNobodys { withNobodys += 1 }
        fewestListed = min(fewestListed, walk.leaf.count(where: \.isListed))
        planted.all += rows.count
        planted.listed += rows.count { listed.contains($0) }
        for (row, votes) in batch.votes.enumerated() where 2 * votes >= 3 * task.threshold {
            popular.all += 1
            if !listed.contains(row) { popular.missed += 1 }
        }
    }

    /// Adds what other walks of the same task showed.
    package mutating func add(_ other: NoisyTally) {
        walks += other.walks
        cutOff += other.cutOff
        planted = (planted.all + other.planted.all, planted.listed + other.planted.listed)
        withNobodys += other.withNobodys
        leaf = (leaf.all + other.leaf.all, leaf.covered + other.leaf.covered)
        fewestVotesListed = min(fewestVotesListed, other.fewestVotesListed)
        popular = (popular.all + other.popular.all, popular.missed + other.popular.missed)
        fewestListed = min(fewestListed, other.fewestListed)
        steps += other.steps
        candidates += other.candidates
    }
}
