#if PostgreSQL
import Aggregator

/// Writes: those of a task that wait at the same time share a commit.
extension PostgreSQLDatastore {
    /// Runs a transaction of one task, and returns when it is on disk.
    func write<T: Sendable>(
        _ store: PostgreSQLTaskStore, _ scope: WriteScope,
        _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                PendingWrite(
                    scope: scope,
                    run: { transaction in
                        let value = try body(transaction)
                        return { continuation.resume(returning: value) }
                    },
                    fail: { continuation.resume(throwing: StoreError.mapped($0)) }), of: store)
        }
    }

    /// Saves what a task's store has heard, with no write of its own.
    func save(_ store: PostgreSQLTaskStore) {
        enqueue(PendingWrite(scope: .task, run: { _ in {} }, fail: { _ in }), of: store)
    }

    private func enqueue(_ write: PendingWrite, of store: PostgreSQLTaskStore) {
        if store.lane.add(write) { goOn(with: store) }
    }

    /// Has a thread commit the next group of a task.
    private func goOn(with store: PostgreSQLTaskStore) {
        let isTaken = pool.submit(.write) { [self] worker in
            let group = store.lane.nextGroup()
            guard !group.isEmpty else { return }
            commit(group, of: store, worker)
            // Behind the other tasks' writes that wait.
            goOn(with: store)
        }
        guard !isTaken else { return }
        while case let group = store.lane.nextGroup(), !group.isEmpty {
            for write in group { write.fail(PostgreSQLTaskStore.closed) }
        }
    }

    private func commit(_ group: [PendingWrite], of store: PostgreSQLTaskStore, _ worker: PostgreSQLWorker) {
        var work = SharedCommit(group, of: store)
        do {
            if let outage { throw outage }
            let end = (group.first?.since ?? .now) + .seconds(limits.retry)
            try worker.persist(until: end, unless: { pool.isClosing }) { db in
                // What it was to do may be done already.
                if try settle(store, over: db), work.isSent { return }
                work.isSent = false
                do { try work.run(over: db) } catch let error as PostgreSQLUnanswered {
                    work.isSent = true
                    throw error.reason
                }
            }
        } catch {
            note(error)
            // Nobody could find out what became of its COMMIT.
            let isOpen = work.isSent && error is PostgreSQLError
            let failure = isOpen ? StoreError.uncertain("PostgreSQL did not answer to it: \(error)") : error
            for write in group { write.fail(failure) }
            return
        }
        work.answer()
    }

    /// Finds out what became of a transaction whose COMMIT was not answered, be it that of a group that was given up.
    ///
    /// - Returns: whether there was one, and it was committed.
    private func settle(_ store: PostgreSQLTaskStore, over db: PostgreSQLConnection) throws -> Bool {
        guard let change = store.lane.unanswered.withLock({ $0 }) else { return false }
        let row = ProgressRow(db: db, task: store.row, incarnation: store.ledger.current)
        try db.script("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        let found = try row.settled()
        do { try db.commit() } catch let error as PostgreSQLUnanswered { throw error.reason }
        switch found {
        case change.progress:
            try store.committed(change)
            return true
        case store.lane.progress.withLock({ $0 }):
            store.lane.unanswered.withLock { $0 = nil }
            return false
        default: throw row.behind
        }
    }
}
#endif
