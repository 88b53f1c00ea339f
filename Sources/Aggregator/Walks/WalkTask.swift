import DAP
import VDAF

/// A walk task: what an aggregator knows of every task, and the bounds on its walks.
@dynamicMemberLookup
struct WalkTask: Sendable {
    let base: AggregatorTask
    /// The task's bounds on walks, with the checks that follow from them.
    let rules: WalkRules
    /// Bits of a measurement.
    let bits: Int

    /// - Throws: `.problem` for a task that does not walk.
    init(_ base: AggregatorTask) throws(AggregatorError) {
        guard case .walk(let rules, let bits) = base.kind else { throw .invalidMessage("the task is no walk task") }
        self.base = base
        self.rules = rules
        self.bits = bits
    }

    subscript<Value>(dynamicMember member: KeyPath<AggregatorTask, Value>) -> Value { base[keyPath: member] }

    /// Bytes of an element of the level's field.
    func elementSize(level: Int) -> Int { level == bits - 1 ? Field255.encodedSize : Field64.encodedSize }
}
