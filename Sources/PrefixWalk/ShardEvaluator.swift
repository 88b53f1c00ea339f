import PopulusKernels
import PopulusVDAF
import Synchronization

/// Evaluates one shard of a walk, step by step, for one aggregator.
///
/// Deterministic: a step evaluated again, from carried state or from the segment alone, gives the same bytes. It takes
/// the aggregation parameters as they come and refuses what it cannot evaluate; the protocol's full checks
/// (thresholds, bounds, history on disk) are the Aggregator's.
package final class ShardEvaluator: Sendable {
    /// What a test may change.
    package struct Options: Sendable {
        package var path: ProcessorPath = .current
        package var bound: SamplingBound = .standard
        /// The most reports that are read, and that are evaluated, together.
        package var blockLimit = 2048
        /// Levels below an evaluated one that the operating system is asked to read for the next steps.
        package var levelsAhead = 2

        package init() {}
    }

    package let segment: Segment
    private let messages: WalkMessages
    private let account: WalkAccount
    private let threads: any IdleThreads
    private let options: Options
    private let carried = Mutex<NodeState?>(nil)

    /// - Parameters:
    ///   - verifyKey: as many bytes as Poplar1 has it.
    ///   - account: the walk's, for all of its shards.
    ///   - threads: what helps the thread that evaluates.
    /// - Throws: `segmentMismatch` when the segment was written for another context or aggregator, or the key's size
    ///   is wrong.
    package init(
        segment: Segment, verifyKey: [UInt8], ctx: [UInt8], aggregatorID: Int, account: WalkAccount = .standard(),
        threads: any IdleThreads = OneThread(), options: Options = Options()
    ) throws(PrefixWalkError) {
        guard segment.layout.ctx == ctx, segment.layout.aggregatorID == aggregatorID else { throw .segmentMismatch }
        self.segment = segment
        self.account = account
        self.threads = threads
        self.options = options
        do { messages = try WalkMessages(ctx: ctx, verifyKey: verifyKey, aggregatorID: aggregatorID) } catch {
            throw .segmentMismatch
        }
        account.enter()
    }

    deinit {
        dropCarriedState()
        account.leave()
    }

    /// Evaluates the live reports at a step's candidates: the first round's verifier shares, and the optimistic sum.
    ///
    /// Nothing that is carried changes before `ShardStep.finish`. Runs for long: call it where blocking is allowed.
    ///
    /// - Parameters:
    ///   - history: the parameters of the walk's committed steps, oldest first. Where the last one's state is not at
    ///     hand, the nodes are computed from the root along the candidates' paths.
    ///   - live: the reports that no earlier step rejected.
    ///   - walkReports: how many reports all shards of the walk have together, by which the level is chosen whose nodes
    ///     stay; nil where this is the only shard. No byte of the step depends on it.
    /// - Throws: `invalidParameter`, `bitmapMismatch`, or what the file system says.
    package func evaluate(
        _ parameter: Poplar1AggregationParameter, history: [Poplar1AggregationParameter], live: ReportBitmap,
        walkReports: UInt64? = nil
    ) throws(PrefixWalkError) -> ShardStep {
        guard live.count == segment.reportCount else { throw .bitmapMismatch }
        let (plan, base) = try plan(to: parameter, after: history.last, live: live)
        let isLeaf = Poplar1.isLeaf(parameter.level, bits: segment.bits)
        let target =
            isLeaf
            ? nil
            : StepTarget(plan, live: live, walkReports: walkReports ?? UInt64(live.population), account: account)
        let evaluation = try StepEvaluation(
            segment: segment, plan: plan, base: base, messages: messages, account: account, options: options)
        let result = try evaluation.run(live, target: target, threads: threads)
        let output = target?.state(live: live, sponges: result.sponges)
        if !isLeaf {
            segment.prefetch(levels: (parameter.level + 1)..<(parameter.level + 1 + options.levelsAhead))
            if output == nil { account.budget.noteDrop() }
        }
        return ShardStep(
            evaluator: self, parameter: parameter, live: live, verifierShares: result.verifierShares,
            isAnew: base == nil && !history.isEmpty, sum: result.sum, plan: plan, base: base, output: output)
    }

    /// Forgets the carried state; the next step starts at the root.
    package func dropCarriedState() {
        carried.withLock { $0 = nil }
    }

    /// The level whose nodes are carried, for tests and logs: -1 is the root; nil where nothing is carried.
    package var carriedLevel: Int? { carried.withLock { $0?.kept.level } }

    func carry(_ state: NodeState?) {
        carried.withLock { $0 = state }
    }

    /// The sum of the values of some reports, as they were evaluated in a step.
    func recompute(
        _ reports: ReportBitmap, plan: EvaluationPlan, base: NodeState?
    ) throws(PrefixWalkError) -> [UInt8] {
        let evaluation = try StepEvaluation(
            segment: segment, plan: plan, base: base, messages: messages, account: account, options: options)
        return try evaluation.run(reports, target: nil, threads: OneThread()).sum
    }

    /// The step's plan, and the carried state where it begins there: every candidate has to descend from its nodes.
    private func plan(
        to parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, live: ReportBitmap
    ) throws(PrefixWalkError) -> (EvaluationPlan, base: NodeState?) {
        let (plans, bits) = (account.plans, segment.bits)
        if let base = carried.withLock({ $0 }), base.serves(parameter, after: last, live: live),
            let plan = try plans.plan(to: parameter, after: last, bits: bits, from: base.kept)
        {
            return (plan, base)
        }
        guard let plan = try plans.plan(to: parameter, after: last, bits: bits, from: .root) else {
            throw .invalidParameter
        }
        return (plan, nil)
    }
}
