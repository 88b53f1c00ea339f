import Synchronization

/// The memory that carried node state may take, shared by the shards of an aggregator.
///
/// State beyond it goes to files without names in `spillDirectory`, or, where there is none, is dropped: then the next
/// step starts at the root again, which costs time and no correctness.
package final class StateBudget: Sendable {
    package let limitBytes: Int
    let spillDirectory: String?
    private let used = Mutex(0)

    package init(limitBytes: Int, spillDirectory: String? = nil) {
        self.limitBytes = limitBytes
        self.spillDirectory = spillDirectory
    }

    /// 512 MiB, and no spilling.
    package static func standard() -> StateBudget { StateBudget(limitBytes: 512 << 20) }

    /// Bytes in use.
    package var usedBytes: Int { used.withLock { $0 } }

    func reserve(_ bytes: Int) -> Bool {
        used.withLock { used in
            guard bytes <= limitBytes - used else { return false }
            used += bytes
            return true
        }
    }

    func release(_ bytes: Int) {
        used.withLock { $0 -= bytes }
    }
}
