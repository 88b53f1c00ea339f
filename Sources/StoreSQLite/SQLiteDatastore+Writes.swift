import Aggregator
import GRDB

/// Writes of all tasks: those that wait at the same time share a commit.
extension SQLiteDatastore {
    /// Runs a transaction of one task, and returns when it is on disk.
    func write<T: Sendable>(
        _ store: SQLiteTaskStore, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let uploads = uploads
        return try await withCheckedThrowingContinuation { continuation in
            enqueue(
                PendingWrite(
                    store: store,
                    run: { db in
                        let value = try body(
                            SQLiteTransaction(
                                db: db, task: store.row, uploads: uploads, mark: store.mark, seal: store.seal))
                        return { continuation.resume(returning: value) }
                    },
                    fail: { [self] in continuation.resume(throwing: mapped($0)) }))
        }
    }

    /// Saves what a task's store has heard, with no write of its own.
    func save(_ store: SQLiteTaskStore) {
        enqueue(PendingWrite(store: store, run: { _ in {} }, fail: { _ in }))
    }
}

/// A write that waits for the database.
struct PendingWrite: Sendable {
    let store: SQLiteTaskStore
    /// Runs the body and returns how to report its result once that is committed.
    let run: @Sendable (Database) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
}

extension SQLiteDatastore {
    private func enqueue(_ write: PendingWrite) {
        pending.withLock { $0.append(write) }
        writer.async { [self] in drain() }
    }

    /// Commits what waits.
    ///
    /// Runs on `writer` only.
    private func drain() {
        let group: [PendingWrite] = pending.withLock { pending in
            // What another call has taken already. A copy of nothing would share its memory with what comes next.
            guard !pending.isEmpty else { return [] }
            let group = Array(pending.prefix(Self.greatestGroup))
            pending.removeFirst(group.count)
            return group
        }
        let (healthy, damaged) = uploads.damages.isEmpty ? (group, []) : refusing(group)
        for (write, error) in damaged { write.fail(error) }
        if !healthy.isEmpty { commit(healthy) }
    }

    /// A task that has lost an upload acknowledges nothing any more; the others go on.
    private func refusing(_ group: [PendingWrite]) -> ([PendingWrite], [(PendingWrite, StoreError)]) {
        let damages = uploads.damages
        return (
            group.filter { damages[$0.store.row] == nil },
            group.compactMap { write in damages[write.store.row].map { (write, $0) } }
        )
    }

    private func commit(_ group: [PendingWrite]) {
        var work = SharedCommit(group)
        do {
            if let outage = watch.outage { throw outage }
            try pool.writeWithoutTransaction { db in
                do { try transact(&work, in: db) } catch is SharedCommit.OneFailed {
                    work.isApart = true
                    try transact(&work, in: db)
                }
            }
            if let commits = work.commits { try markFile?.raise(to: commits) }
            // Who moved or deleted the files meanwhile has not got this commit: it is not acknowledged.
            if let outage = watch.outage { throw outage }
        } catch StoreError.superseded where work.ledgers.count > 1 {
            // That is one task's trouble: the others' work is done without it.
            for ledger in work.ledgers { commit(group.filter { $0.store === ledger.store }) }
            return
        } catch {
            for write in group { write.fail(error) }
            return
        }
        work.answer()
        uploads.remove(work.unused)
        synchronizeMark()
    }

    private func transact(_ work: inout SharedCommit, in db: Database) throws {
        try db.transaction {
            uploads.begin()
            try work.run(in: db)
            work.unused = try UploadFiles.unused(uploads.touched, in: db)
            // What the rows name is on disk before they are.
            try uploads.synchronize()
        }
    }

    /// Whether there is a mark that says of each commit: not while a file that is not whole is being renewed.
    var hasMark: Bool { markFile != nil }

    /// Has the mark say so of a commit that did not come through the writer.
    func noteCommit(_ commits: UInt64) throws {
        try markFile?.raise(to: commits)
        try markFile?.synchronize()
    }

    /// The same of a task's start, which waits for the mark as little as any other commit: a thousand tasks start at once.
    func noteStart(_ commits: UInt64) throws {
        try markFile?.raise(to: commits)
        synchronizeMark()
    }

    /// Once a second at most: a power cut must not leave the mark far behind.
    private func synchronizeMark() {
        let now = ContinuousClock.now
        let isDue = marked.withLock { marked in
            guard now - marked > .seconds(1) else { return false }
            marked = now
            return true
        }
        // Where the disk fails the next commit fails too, and says so.
        if isDue { try? markFile?.synchronize() }
    }
}

/// Writes that share a commit, and what came of them.
///
/// Failures are rare, and a savepoint is not free: SQLite copies each page that a write changes to a temporary file first.
/// So they run one after the other in one transaction. If one fails that is undone, and they run again, each in a
/// savepoint of its own.
private struct SharedCommit {
    let group: [PendingWrite]
    /// Whether each has a savepoint, so that its failure undoes nobody else's work.
    var isApart = false
    var ledgers: [LedgerChange]
    /// For each write how to report its result, or why it failed.
    private var results: [Result<@Sendable () -> Void, any Error>] = []
    /// How many commits there are with this one, if it changes anything.
    private(set) var commits: UInt64?
    /// Files of uploads that no row names any more.
    var unused: [Int64] = []

    init(_ group: [PendingWrite]) {
        self.group = group
        ledgers = LedgerChange.all(of: group.map(\.store))
    }

    /// One of several writes that have no savepoints has failed.
    struct OneFailed: Error {}

    mutating func run(in db: Database) throws {
        results = []
        for ledger in ledgers { ledger.store.mark.clear() }
        let before = db.totalChangesCount
        for write in group {
            // SQLite undoes the whole transaction on a full disk and the like.
            guard db.isInsideTransaction else { throw StoreError.database("transaction was rolled back") }
            results.append(try result(of: write, in: db))
        }
        guard db.isInsideTransaction else { throw StoreError.database("transaction was rolled back") }
        for index in ledgers.indices { try ledgers[index].save(in: db) }
        if db.totalChangesCount != before { commits = try FileTables.raiseCommits(in: db) }
    }

    private func result(
        of write: PendingWrite, in db: Database
    ) throws -> Result<@Sendable () -> Void, any Error> {
        // A write that is alone needs no savepoint either.
        if group.count == 1 { return .success(try write.run(db)) }
        if isApart { return Result { try db.savepoint { try write.run(db) } } }
        do { return .success(try write.run(db)) } catch { throw OneFailed() }
    }

    func answer() {
        // Before anyone is answered: no answer says less than is durable.
        for ledger in ledgers { ledger.committed() }
        for (write, result) in zip(group, results) {
            switch result {
            case .success(let report): report()
            case .failure(let error): write.fail(error)
            }
        }
    }
}

/// What a commit changes in the ledger of one task.
private struct LedgerChange {
    let store: SQLiteTaskStore
    private let unsaved: StoreLedger.Unsaved?
    private var count: UInt64?

    /// One for each task that writes.
    static func all(of stores: [SQLiteTaskStore]) -> [LedgerChange] {
        var seen: Set<Int64> = []
        return stores.filter { seen.insert($0.row).inserted }.map {
            LedgerChange(store: $0, unsaved: $0.ledger.unsaved)
        }
    }

    private init(store: SQLiteTaskStore, unsaved: StoreLedger.Unsaved?) {
        self.store = store
        self.unsaved = unsaved
    }

    /// What was heard, and that something was done which must never be forgotten.
    mutating func save(in db: Database) throws {
        let tables = LedgerTables(db: db, task: store.row)
        if let unsaved { try tables.save(unsaved) }
        if store.mark.isSet { count = try tables.raiseCount(of: store.ledger.current) }
    }

    func committed() { store.ledger.committed(unsaved, count: count) }
}
