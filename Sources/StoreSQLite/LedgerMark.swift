import Synchronization

/// Whether a transaction has done what this store must never forget (``StoreWitness``).
///
/// Set by the writes themselves and looked at before the commit; one that was undone may leave it set, which does no harm.
final class LedgerMark: Sendable {
    private let flag = Atomic<Bool>(false)

    func set() { flag.store(true, ordering: .relaxed) }
    func clear() { flag.store(false, ordering: .relaxed) }
    var isSet: Bool { flag.load(ordering: .relaxed) }
}
