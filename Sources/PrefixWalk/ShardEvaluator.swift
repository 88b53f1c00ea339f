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
    private let options: Options
    private let carried = Mutex<NodeState?>(nil)

    /// - Parameters:
    ///   - verifyKey: as many bytes as Poplar1 has it.
    ///   - account: the walk's, for all of its shards.
    /// - Throws: `segmentMismatch` when the segment was written for another context or aggregator, or the key's size
    ///   is wrong.
    package init(
        segment: Segment, verifyKey: [UInt8], ctx: [UInt8], aggregatorID: Int, account: WalkAccount = .standard(),
        options: Options = Options()
    ) throws(PrefixWalkError) {
        guard segment.layout.ctx == ctx, segment.layout.aggregatorID == aggregatorID else { throw .segmentMismatch }
        self.segment = segment
        self.account = account
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
    /// - Throws: `invalidParameter`, `bitmapMismatch`, or what the file system says.
    package func evaluate(
        _ parameter: Poplar1AggregationParameter, history: [Poplar1AggregationParameter], live: ReportBitmap
    ) throws(PrefixWalkError) -> ShardStep {
        guard live.count == segment.reportCount else { throw .bitmapMismatch }
        let base = usableState(for: parameter, after: history.last, live: live)
        let plan = try plan(to: parameter, after: history.last, from: base)
        let isLeaf = Poplar1.isLeaf(parameter.level, bits: segment.bits)
        let nodes =
            isLeaf ? nil : NodeState.nodes(candidates: parameter.prefixes.count, live: live, account: account)
        let evaluation = try StepEvaluation(
            segment: segment, plan: plan, base: base, messages: messages, account: account, options: options)
        let result = try evaluation.run(live, output: nodes)
        var output: NodeState?
        if let nodes, let sponges = result.sponges, nodes.isWhole, sponges.rows.isWhole {
            output = NodeState(
                level: parameter.level, prefixes: parameter.prefixes, live: live, nodes: nodes, sponges: sponges)
        }
        if !isLeaf {
            segment.prefetch(levels: (parameter.level + 1)..<(parameter.level + 1 + options.levelsAhead))
            if output == nil { account.budget.noteDrop() }
        }
        return ShardStep(
            evaluator: self, parameter: parameter, live: live, verifierShares: result.verifierShares,
            isAnew: base == nil && !history.isEmpty, sum: result.sum, plan: plan, base: base, output: output)
    }

    /// The plan of a step, checked when the first shard of a walk comes to it.
    private func plan(
        to parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, from base: NodeState?
    ) throws(PrefixWalkError) -> EvaluationPlan {
        let bits = segment.bits
        // Segments of one walk have strings of one length but for tests, and the checks below depend on it.
        guard parameter.level < bits else { throw .invalidParameter }
        return try account.plans.plan(to: parameter, after: last, fromRoot: base == nil) { () throws(PrefixWalkError) in
            try Self.check(parameter, after: last, bits: bits)
            guard
                let plan = EvaluationPlan(
                    to: parameter.prefixes, level: parameter.level, from: base.map { ($0.level, $0.prefixes) })
            else { throw .invalidParameter }
            return plan
        }
    }

    /// Forgets the carried state; the next step starts at the root.
    package func dropCarriedState() {
        carried.withLock { $0 = nil }
    }

    /// Level and candidates of the carried state, for tests and logs.
    package var carriedLevel: Int? { carried.withLock { $0?.level } }

    func carry(_ state: NodeState?) {
        carried.withLock { $0 = state }
    }

    /// The sum of the values of some reports, as they were evaluated in a step.
    func recompute(
        _ reports: ReportBitmap, plan: EvaluationPlan, base: NodeState?
    ) throws(PrefixWalkError) -> [UInt8] {
        let evaluation = try StepEvaluation(
            segment: segment, plan: plan, base: base, messages: messages, account: account, options: options)
        return try evaluation.run(reports, output: nil).sum
    }

    /// The carried state if it is the last step's and has every live report.
    private func usableState(
        for parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, live: ReportBitmap
    ) -> NodeState? {
        guard let last, let state = carried.withLock({ $0 }), state.level == last.level,
            state.prefixes == last.prefixes, live.isSubset(of: state.live)
        else { return nil }
        return state
    }

    /// Spec: VDAF §8.2.3 (`is_valid`), and what evaluation itself needs.
    private static func check(
        _ parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, bits: Int
    ) throws(PrefixWalkError) {
        let prefixes = parameter.prefixes
        guard (0..<bits).contains(parameter.level), !prefixes.isEmpty,
            prefixes.allSatisfy({ $0.bitCount == parameter.level + 1 }),
            zip(prefixes, prefixes.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw .invalidParameter }
        guard let last else { return }
        // A plan from the last step's candidates exists exactly when each candidate descends from one of them.
        guard EvaluationPlan.descends(prefixes, level: parameter.level, from: last) else { throw .invalidParameter }
    }
}
