import PopulusCollector
import PopulusStringCodec
import PopulusVDAF

/// A walk of the Collector's planner through a batch: counts from the plaintext, and noise for each of them.
package struct SimulatedWalk: Sendable {
    /// One step as it was asked.
    package struct Step: Hashable, Sendable {
        package let level: Int
        package let candidates: Int
        /// The candidates that go on; at the leaf, those that are listed.
        package let survivors: Int
        /// The seconds that it takes by the pace that was assumed.
        package let seconds: Double
    }

    /// A candidate of the leaf.
    package struct Leaf: Hashable, Sendable {
        package let path: Prefix
        /// The reports that hold it.
        package let votes: UInt64
        /// With the noise of both aggregators.
        package let count: Int64
        package let isListed: Bool
    }

    package private(set) var steps: [Step] = []
    /// Every candidate of the leaf, listed or not.
    package private(set) var leaf: [Leaf] = []
    /// The survivors that were still open when no step was left.
    package private(set) var unfinished = 0
    /// Why the walk ended before the leaf; nothing if it did not.
    package private(set) var end: WalkPlanner.Decision?

    /// Whether what survived was too much to go on with.
    package var isOutOfBounds: Bool {
        if case .outOfBounds = end { return true }
        return false
    }

    /// - Parameters:
    ///   - seconds: what a step takes, by its work for each report.
    ///   - noise: what both aggregators together add to a count; called once for each.
    package init(
        _ planner: WalkPlanner, through batch: SimulatedBatch, threshold: UInt64,
        seconds: (_ work: Double) -> Double = { 0.01 + 1e-3 * $0 }, noise: () -> Int64 = { 0 }
    ) {
        let least = planner.bounds.leastCount(threshold: threshold)
        var pace = WalkPace()
        var decision = planner.firstQuestion()
        // Of the step before: its level, and what it left.
        var (level, open, complete) = (-1, 1, 0)
        while let question = take(decision) {
            let isLeaf = question.level == planner.leaf
            let work = WalkWork.ofStep(open: open, complete: complete, bits: question.level - level, toLeaf: isLeaf)
            let taken = seconds(work)
            if level >= 0, !isLeaf { pace.record(bits: question.level - level, work: work, seconds: taken) }
            let votes = batch.counts(of: question.candidates)
            let counts = votes.map { Int64($0) + noise() }
            let survivors = planner.permitted(
                planner.survivors(of: question, votes: counts, atLeast: least), ofReports: batch.reports
            ).map(\.prefix)
            steps.append(
                Step(
                    level: question.level, candidates: question.candidates.count, survivors: survivors.count,
                    seconds: taken))
            guard !isLeaf else {
                leaf = question.candidates.indices.map {
                    Leaf(
                        path: question.candidates[$0], votes: votes[$0], count: counts[$0],
                        isListed: counts[$0] >= least)
                }
                return
            }
            level = question.level
            open = survivors.count { !planner.isComplete($0) }
            complete = survivors.count - open
            decision = planner.question(
                after: survivors, at: level, step: steps.count, mustEnd: false, pace: pace)
        }
    }

    /// The question to ask, if there is one.
    private mutating func take(_ decision: WalkPlanner.Decision) -> WalkQuestion? {
        switch decision {
        case .ask(let question):
            return question
        case .askLeaf(let question, let unfinished):
            self.unfinished = unfinished
            return question
        case .nothingLeft, .outOfBounds:
            end = decision
            return nil
        }
    }
}
