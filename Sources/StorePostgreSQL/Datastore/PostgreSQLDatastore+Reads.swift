#if PostgreSQL
import Aggregator
import Dispatch
import Synchronization

extension PostgreSQLDatastore {
    /// Runs a transaction that only reads, of one task.
    func read<T: Sendable>(
        _ store: PostgreSQLTaskStore, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let end = ContinuousClock.now + .seconds(limits.retry)
            let isTaken = pool.submit(.read) { [self] worker in
                let result = Result {
                    if let outage { throw outage }
                    return try worker.persist(until: end, unless: { pool.isClosing }) { db in
                        try db.reading {
                            try body(store.transaction(over: db, LedgerMark()))
                        }
                    }
                }
                continuation.resume(with: result.mapError { StoreError.mapped($0) })
            }
            if !isTaken { continuation.resume(throwing: PostgreSQLTaskStore.closed) }
        }
    }

    /// Has a thread of the pool do something, and waits for it: for what is done before the store serves.
    func wait<T: Sendable>(_ body: @escaping @Sendable (PostgreSQLConnection) throws -> T) throws -> T {
        let (done, answer) = (DispatchSemaphore(value: 0), Answer<T>())
        let end = ContinuousClock.now + .seconds(limits.retry)
        let isTaken = pool.submit(.write) { [self] worker in
            let result = Result { try worker.persist(until: end, unless: { pool.isClosing }, body) }
            answer.result.withLock { $0 = result.mapError { StoreError(wrapping: $0) } }
            done.signal()
        }
        guard isTaken else { throw PostgreSQLTaskStore.closed }
        done.wait()
        guard let result = answer.result.withLock({ $0 }) else { throw PostgreSQLTaskStore.closed }
        return try result.get()
    }
}

/// What a thread of the pool leaves for the one that waits for it.
private final class Answer<T: Sendable>: Sendable {
    let result = Mutex<Result<T, StoreError>?>(nil)
}
#endif
