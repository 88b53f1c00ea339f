import PopulusVDAF
import Synchronization

/// The plan of the step at hand, which all shards of a walk share.
final class PlanCache: Sendable {
    private struct Entry {
        let parameter: Poplar1AggregationParameter
        let last: Poplar1AggregationParameter?
        let fromRoot: Bool
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

    /// The plan to `parameter` from the candidates of `last`, or from the root; `make` makes and checks it when it is new.
    ///
    /// Shards that come for it meanwhile wait: they could do nothing but make it too.
    func plan(
        to parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, fromRoot: Bool,
        make: () throws(PrefixWalkError) -> EvaluationPlan
    ) throws(PrefixWalkError) -> EvaluationPlan {
        try state.withLock { state throws(PrefixWalkError) in
            let known = state.entries.first {
                $0.fromRoot == fromRoot && $0.parameter == parameter && $0.last == last
            }
            if let known { return known.plan }
            let plan = try make()
            state.made += 1
            state.entries.insert(Entry(parameter: parameter, last: last, fromRoot: fromRoot, plan: plan), at: 0)
            if state.entries.count > Self.limit { state.entries.removeLast() }
            return plan
        }
    }

    func removeAll() { state.withLock { $0.entries = [] } }
}
