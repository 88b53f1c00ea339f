import Synchronization
import VDAF

/// The plan of the step at hand, which all shards of a walk share.
final class PlanCache: Sendable {
    private struct Entry {
        let parameter: Poplar1AggregationParameter
        let last: Poplar1AggregationParameter?
        let fromRoot: Bool
        let plan: EvaluationPlan
    }

    /// The newest ones: a walk's shards are at one step, and some of them may have to begin at the root.
    private static let limit = 4
    private let entries = Mutex<[Entry]>([])

    /// The plan to `parameter` from the candidates of `last`, or from the root; `make` makes and checks it when it is new.
    func plan(
        to parameter: Poplar1AggregationParameter, after last: Poplar1AggregationParameter?, fromRoot: Bool,
        make: () throws(PrefixWalkError) -> EvaluationPlan
    ) throws(PrefixWalkError) -> EvaluationPlan {
        let known = entries.withLock { entries in
            entries.first { $0.fromRoot == fromRoot && $0.parameter == parameter && $0.last == last }?.plan
        }
        if let known { return known }
        let plan = try make()
        entries.withLock { entries in
            entries.insert(Entry(parameter: parameter, last: last, fromRoot: fromRoot, plan: plan), at: 0)
            if entries.count > Self.limit { entries.removeLast() }
        }
        return plan
    }

    func removeAll() { entries.withLock { $0 = [] } }
}
