import Synchronization

/// Whether a transaction has done what this store must never forget (``StoreWitness``).
///
/// Set by the writes themselves and looked at before the commit; one that was undone may leave it set, which does no harm.
package final class LedgerMark: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}

    package func set() { flag.store(true, ordering: .relaxed) }
    package func clear() { flag.store(false, ordering: .relaxed) }
    package var isSet: Bool { flag.load(ordering: .relaxed) }
}
