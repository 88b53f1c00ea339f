import Kernels
import Synchronization

/// The memory that carried node state may take, shared by the shards of an aggregator.
///
/// State beyond it goes to files without names in `spillDirectory`, or, where there is none, is dropped: then the next
/// step starts at the root again, which costs time and no correctness.
///
/// Besides, buffers that are used again take at most a quarter of it, and 256 MiB at most: what the shards at work hand on
/// to the next ones. They are wiped and freed when the last evaluator or builder of a segment ends.
package final class StateBudget: Sendable {
    package let limitBytes: Int
    let spillDirectory: String?
    let pool: BufferPool
    let plans = PlanCache()
    private let counts = Mutex(Counts())

    private struct Counts {
        var usedBytes = 0
        var evaluators = 0
    }

    package init(limitBytes: Int, spillDirectory: String? = nil) {
        self.limitBytes = limitBytes
        self.spillDirectory = spillDirectory
        pool = BufferPool(limitBytes: min(max(limitBytes / 4, 4 << 20), 256 << 20))
    }

    /// 512 MiB, and no spilling.
    package static func standard() -> StateBudget { StateBudget(limitBytes: 512 << 20) }

    /// Bytes of state in memory.
    package var usedBytes: Int { counts.withLock { $0.usedBytes } }

    /// Bytes of buffers that wait to be used again.
    package var pooledBytes: Int { pool.keptBytes }

    /// A buffer for state; nil where there is no room.
    func reserve(_ bytes: Int) -> WalkBuffer? {
        let capacity = BufferPool.capacity(bytes)
        let fits = counts.withLock { counts in
            guard capacity <= limitBytes - counts.usedBytes else { return false }
            counts.usedBytes += capacity
            return true
        }
        return fits ? pool.take(bytes) : nil
    }

    /// Takes such a buffer back.
    func release(_ buffer: WalkBuffer, reserved bytes: Int) {
        pool.give(buffer)
        let isLast = counts.withLock { counts in
            counts.usedBytes -= BufferPool.capacity(bytes)
            return counts.evaluators == 0
        }
        if isLast { pool.drain() }
    }

    func enter() { counts.withLock { $0.evaluators += 1 } }

    func leave() {
        let isLast = counts.withLock { counts in
            counts.evaluators -= 1
            return counts.evaluators == 0
        }
        if isLast {
            pool.drain()
            plans.removeAll()
        }
    }
}
