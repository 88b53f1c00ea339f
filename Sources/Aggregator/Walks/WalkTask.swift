import PopulusDAP
import PopulusVDAF

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

    /// Bytes of what is encoded at a level.
    func sizes(level: Int) -> Poplar1.LevelSizes { Poplar1.sizes(level: level, bits: bits) }
}
