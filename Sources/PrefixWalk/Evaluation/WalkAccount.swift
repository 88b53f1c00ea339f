import PopulusKernels
import PopulusVDAF

/// One walk's account with a budget: what its shards hand on to each other.
///
/// Memory and disk are counted against the budget, whose limits hold for all walks together. Buffers that are used again
/// and plans are the walk's own: when its last evaluator or segment builder ends, they are wiped and gone, whatever other
/// walks do. All shards of a walk have the same account, or each would make its own plans.
package final class WalkAccount: Sendable {
    package let budget: StateBudget
    let shelf: BufferShelf
    let plans = PlanCache()

    package init(_ budget: StateBudget) {
        self.budget = budget
        shelf = BufferShelf(of: budget.pool)
    }

    /// The account of a walk that has a standard budget for itself.
    package static func standard() -> WalkAccount { WalkAccount(.standard()) }

    /// Bytes of buffers that wait to be used again.
    package var pooledBytes: Int { shelf.keptBytes }

    /// How many plans are kept, and how many were made since the walk began.
    package var planCounts: (kept: Int, made: Int) { plans.counts }

    /// A buffer for state; nil where the budget has no room.
    func reserve(_ bytes: Int) -> WalkBuffer? { budget.reserveInMemory(bytes) ? shelf.take(bytes) : nil }

    /// Takes such a buffer back.
    func release(_ buffer: WalkBuffer, reserved bytes: Int) {
        shelf.give(buffer)
        budget.releaseInMemory(bytes)
    }

    func enter() { shelf.open() }

    func leave() {
        if shelf.close() { plans.removeAll() }
    }
}
