import PopulusKernels
import PopulusVDAF
import Synchronization

/// What a finished step yields.
package struct StepOutcome: Sendable {
    /// The aggregate share over the accepted reports: encoded field elements in candidate order.
    package let aggregateShare: [UInt8]
    /// How many reports were accepted.
    package let reportCount: Int
}

/// One shard at one step, between evaluation and commitment.
///
/// Packed arrays have an entry for each *respondent*: the live reports that take part in the exchange, in the shard's
/// initial order. At steps after the first that is every live report. Entries are field elements of the step's level.
package final class ShardStep: Sendable {
    package let parameter: Poplar1AggregationParameter
    package let live: ReportBitmap
    /// Bytes of what is encoded at the step's level.
    package let sizes: Poplar1.LevelSizes
    /// This aggregator's first-round shares, one for each live report.
    package let verifierShares: [UInt8]
    /// Whether it began at the root though there were steps before: their state was not at hand.
    package let isAnew: Bool

    private let evaluator: ShardEvaluator
    private let rounds: WalkRounds
    private let pending: Mutex<Pending?>

    /// What is there until `finish` takes it.
    private struct Pending: Sendable {
        let plan: EvaluationPlan
        /// The state that the step started from.
        let base: NodeState?
        /// The optimistic sum over all live reports.
        let sum: [UInt8]
        /// The state for the next step.
        let output: NodeState?
    }

    init(
        evaluator: ShardEvaluator, parameter: Poplar1AggregationParameter, live: ReportBitmap, verifierShares: [UInt8],
        isAnew: Bool, sum: [UInt8], plan: EvaluationPlan, base: NodeState?, output: NodeState?
    ) {
        self.evaluator = evaluator
        self.parameter = parameter
        self.live = live
        self.verifierShares = verifierShares
        self.isAnew = isAnew
        let bits = evaluator.segment.bits
        sizes = Poplar1.sizes(level: parameter.level, bits: bits)
        rounds = WalkRounds(leaf: Poplar1.isLeaf(parameter.level, bits: bits))
        pending = Mutex(Pending(plan: plan, base: base, sum: sum, output: output))
    }

    /// This aggregator's first-round shares of the respondents, packed.
    package func verifierShares(of respondents: ReportBitmap) throws(PrefixWalkError) -> [UInt8] {
        guard respondents.isSubset(of: live) else { throw .bitmapMismatch }
        if respondents == live { return verifierShares }
        let size = sizes.sketch
        var packed: [UInt8] = []
        packed.reserveCapacity(respondents.population * size)
        for (rank, position) in live.positions.enumerated() where respondents[position] {
            packed += verifierShares[(rank * size)..<((rank + 1) * size)]
        }
        return packed
    }

    /// The Helper's answer: for each respondent the combined first-round message and the Helper's second-round share.
    ///
    /// Spec: VDAF §8.2.2.
    ///
    /// - Throws: `messageLength`, `nonCanonicalElement` (both the peer's fault), `bitmapMismatch`.
    package func respond(
        toLeaderShares shares: [UInt8], respondents: ReportBitmap
    ) throws(PrefixWalkError) -> [UInt8] {
        let mine = try verifierShares(of: respondents)
        guard shares.count == mine.count else { throw .messageLength }
        guard rounds.isCanonical(shares.span) else { throw .nonCanonicalElement }
        let positions = respondents.indices
        let segment = evaluator.segment
        return rounds.respond(
            aggregator: segment.layout.aggregatorID, mine: mine, theirs: shares,
            correlated: try segment.readCorrelated(level: parameter.level), positions: positions)
    }

    /// The Leader's conclusion from the Helper's answer: the respondents whose sketch verifies.
    ///
    /// Spec: VDAF §8.2.2.
    ///
    /// - Throws: as `respond`.
    package func verdicts(
        onHelperResponse response: [UInt8], respondents: ReportBitmap
    ) throws(PrefixWalkError) -> ReportBitmap {
        guard respondents.isSubset(of: live) else { throw .bitmapMismatch }
        let positions = respondents.indices
        guard response.count == sizes.continuation * positions.count else { throw .messageLength }
        guard rounds.isCanonical(response.span) else { throw .nonCanonicalElement }
        let segment = evaluator.segment
        let verdicts = rounds.verdicts(
            aggregator: segment.layout.aggregatorID, response: response,
            correlated: try segment.readCorrelated(level: parameter.level), positions: positions)
        var accepted = respondents
        for (rank, verdict) in verdicts.enumerated() where verdict == 0 { accepted[Int(positions[rank])] = false }
        return accepted
    }

    /// Commits the step in memory: the aggregate share over the accepted reports, and this step's state becomes the
    /// carried one.
    ///
    /// Once only. Rejected reports are evaluated once more and subtracted from the optimistic sum; where they are the
    /// majority, the accepted ones are evaluated and added instead.
    ///
    /// - Throws: `bitmapMismatch` unless `accepted` is a subset of `live`; `stepOutOfOrder` the second time.
    package func finish(accepted: ReportBitmap) throws(PrefixWalkError) -> StepOutcome {
        guard accepted.isSubset(of: live) else { throw .bitmapMismatch }
        guard let work = pending.withLock({ $0 }) else { throw .stepOutOfOrder }
        let rejected = live.subtracting(accepted)
        let acceptedCount = accepted.population
        let rejectedCount = rejected.population
        var share = work.sum
        if rejectedCount > acceptedCount {
            share = try evaluator.recompute(accepted, plan: work.plan, base: work.base)
        } else if rejectedCount > 0 {
            rounds.accumulate(
                try evaluator.recompute(rejected, plan: work.plan, base: work.base), into: &share, negate: true)
        }
        let taken = pending.withLock { pending in
            defer { pending = nil }
            return pending != nil
        }
        guard taken else { throw .stepOutOfOrder }
        evaluator.carry(work.output)
        return StepOutcome(aggregateShare: share, reportCount: acceptedCount)
    }
}
