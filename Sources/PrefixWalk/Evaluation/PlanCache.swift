import PopulusVDAF
import Synchronization

/// The plan of the step at hand, which all shards of a walk share.
final class PlanCache: Sendable {
    /// What a plan depends on, and what was checked of it: exact prefixes, never a level alone.
    private struct Question: Equatable {
        let parameter: Poplar1AggregationParameter
        let last: Poplar1AggregationParameter?
        let bits: Int
    }

    private struct Entry {
        let question: Question
        let base: KeptLevel
        let plan: EvaluationPlan
    }

    private struct State {
        var entries: [Entry] = []
        var made = 0
    }

    /// The newest ones: a walk's shards are at one step, some of them may have to begin at the root, and one may have to
    /// repeat the step before.
    private static let limit = 4
    private let state = Mutex(State())

    /// How many plans are kept, and how many were made.
    var counts: (kept: Int, made: Int) { state.withLock { ($0.entries.count, $0.made) } }

    /// The plan to `parameter` after the question `last`, from a base; nil where a candidate does not descend from the base.
    ///
    /// A plan is kept only for a question that passed `check`, and found only by the same one, so all shards of a step share
    /// one check. Shards that come meanwhile wait: they could do nothing but make the plan too.
    ///
    /// - Throws: `invalidParameter`.
    func plan(
        to parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, bits: Int,
        from base: KeptLevel
    ) throws(PrefixWalkError) -> EvaluationPlan? {
        try state.withLock { state throws(PrefixWalkError) in
            let question = Question(parameter: parameter, last: last, bits: bits)
            let known = state.entries.first { $0.base == base && $0.question == question }
            if let known { return known.plan }
            try Self.check(question)
            guard let plan = EvaluationPlan(to: parameter, after: last, from: base) else { return nil }
            state.made += 1
            state.entries.insert(Entry(question: question, base: base, plan: plan), at: 0)
            if state.entries.count > Self.limit { state.entries.removeLast() }
            return plan
        }
    }

    /// Candidates have to descend from those of the last question, which a base does not say: it lies above them.
    ///
    /// Spec: VDAF §8.2.3 (`is_valid`), and what evaluation itself needs.
    private static func check(_ question: Question) throws(PrefixWalkError) {
        let (level, prefixes) = (question.parameter.level, question.parameter.prefixes)
        guard (0..<question.bits).contains(level), !prefixes.isEmpty,
            prefixes.allSatisfy({ $0.bitCount == level + 1 }),
            zip(prefixes, prefixes.dropFirst()).allSatisfy({ $0 < $1 })
        else { throw .invalidParameter }
        guard let last = question.last else { return }
        guard EvaluationPlan.descends(prefixes, level: level, from: (last.level, last.prefixes)) else {
            throw .invalidParameter
        }
    }

    func removeAll() { state.withLock { $0.entries = [] } }
}
