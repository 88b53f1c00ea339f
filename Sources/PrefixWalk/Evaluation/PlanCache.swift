import PopulusVDAF
import Synchronization

/// The plan of the step at hand, which all shards of a walk share.
final class PlanCache: Sendable {
    private struct Entry {
        let parameter: Poplar1AggregationParameter
        let last: Poplar1AggregationParameter?
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

    /// The plan to `parameter`, which was checked against `last`, from a base; nil where a candidate does not descend from it.
    ///
    /// Shards that come for it meanwhile wait: they could do nothing but make it too.
    func plan(
        to parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, from base: KeptLevel
    ) -> EvaluationPlan? {
        state.withLock { state in
            let known = state.entries.first { $0.base == base && $0.parameter == parameter && $0.last == last }
            if let known { return known.plan }
            guard let plan = EvaluationPlan(to: parameter, after: last, from: base) else { return nil }
            state.made += 1
            state.entries.insert(Entry(parameter: parameter, last: last, base: base, plan: plan), at: 0)
            if state.entries.count > Self.limit { state.entries.removeLast() }
            return plan
        }
    }

    func removeAll() { state.withLock { $0.entries = [] } }
}
