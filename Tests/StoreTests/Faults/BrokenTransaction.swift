import Aggregator
import PopulusDAP

/// A transaction of a store that breaks one promise; what is not broken is passed on.
final class BrokenTransaction: StoreTransaction {
    /// What it is made of.
    enum Source {
        case one(any StoreTransaction)
        /// A read of its own for each thing that is asked.
        case anew(any TaskStore)
        /// One to read, and another one to write.
        case stale(reads: Snapshot, writes: any StoreTransaction)
    }

    let store: BrokenStore
    private let source: Source
    /// What is done in another task too, once this one is committed.
    private(set) var elsewhere: [@Sendable (any StoreTransaction) throws -> Void] = []

    init(_ store: BrokenStore, _ source: Source) {
        (self.store, self.source) = (store, source)
    }

    var fault: Fault { store.fault }

    func reading<T: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> T) throws -> T {
        switch source {
        case .one(let transaction): try body(transaction)
        case .anew(let store): try store.blockingRead(body)
        case .stale(let snapshot, _): try snapshot.read(body)
        }
    }

    func writing<T: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> T) throws -> T {
        switch source {
        case .one(let transaction): try body(transaction)
        case .anew(let store): try store.blockingRead(body)
        case .stale(_, let transaction): try body(transaction)
        }
    }

    /// Does the same in another task, if that is the fault.
    func elsewhere(_ wanted: Fault, _ deed: @escaping @Sendable (any StoreTransaction) throws -> Void) {
        if fault == wanted { elsewhere.append(deed) }
    }

    /// The rows that jobs of checks have.
    var someJobs: Range<Int64> { BrokenStore.someJobs(of: store.inner) }

    /// Looks into the other task, whatever is under way there.
    func inNeighbour<T: Sendable>(
        _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) throws -> T? {
        try store.neighbour?.blockingRead(body)
    }
}
