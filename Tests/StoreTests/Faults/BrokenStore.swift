import Aggregator
import Dispatch
import PopulusDAP
import Synchronization

/// A store that breaks one promise, whatever store it is made of.
struct BrokenStore: TaskStore {
    let inner: any TaskStore
    let fault: Fault
    /// The store of another task, which some faults reach.
    let neighbour: (any TaskStore)?
    let memory: BrokenMemory

    var task: TaskID { inner.task }
    var segmentsDirectory: String { inner.segmentsDirectory }
    var seal: TaskSeal? { inner.seal }
    var earliestReportTime: UInt64 { inner.earliestReportTime }
    var outage: StoreError? { inner.outage }
    var segmentsAreCache: Bool { inner.segmentsAreCache }
    var replica: any StoreReplica { inner.replica }
    func changes() -> AsyncStream<Void> { inner.changes() }
    var jobRows: ClosedRange<Int64> { fault == .shareRows ? 1...inner.jobRows.upperBound : inner.jobRows }

    var noiseKey: [UInt8] {
        fault == .drawNoiseAgain ? StoreID.random().bytes + StoreID.random().bytes : inner.noiseKey
    }

    func read<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        switch fault {
        case .readTorn:
            return try await onThread { try body(BrokenTransaction(self, .anew(inner))) }
        case .writeInReads:
            return try await write(name, body)
        case .loseAtStart:
            try await memory.oncePerStart { try await loseBindings() }
        default: break
        }
        return try await inner.read(name) { try body(BrokenTransaction(self, .one($0))) }
    }

    func write<T: Sendable>(
        _ name: StaticString, _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let turn = memory.nextWrite()
        switch fault {
        case .loseWrites where turn % 3 == 0: return try await losing(name, body)
        case .keepUndone: return try await keeping(name, body)
        case .readStale where memory.beginStale():
            defer { memory.endStale() }
            return try await stale(name, body)
        case .hideErrors:
            do { return try await inner.write(name, scope, body) } catch { throw Lost() }
        default: break
        }
        let (value, elsewhere) = try await inner.write(name, scope) { transaction in
            let broken = BrokenTransaction(self, .one(transaction))
            return (try body(broken), broken.elsewhere)
        }
        if !elsewhere.isEmpty {
            try await neighbour?.write(name) { transaction in for deed in elsewhere { try? deed(transaction) } }
        }
        return value
    }
}

extension BrokenStore {
    /// A write comes to nothing, and says that it is done.
    private func losing<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let said = Slot<T>()
        do {
            try await inner.write(name) { transaction in
                let value = try body(transaction)
                said.value = value
                throw Lost()
            }
        } catch is Lost {}
        guard let value = said.value else { throw Lost() }
        return value
    }

    private func keeping<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        try await inner.write(name) { transaction in Result { try body(transaction) } }.get()
    }

    /// What is read was there when the write began, what is written goes to what is there now.
    private func stale<T: Sendable>(
        _ name: StaticString, _ body: @escaping @Sendable (any StoreTransaction) throws -> T
    ) async throws -> T {
        let snapshot = Snapshot()
        async let served: Void = inner.read(name) { try snapshot.serve($0) }
        await waitInBackground(for: snapshot.isOpen)
        defer { snapshot.end() }
        // Another write may come between.
        try await Task.sleep(for: .milliseconds(4))
        let value = try await inner.write(name) { now in
            try body(BrokenTransaction(self, .stale(reads: snapshot, writes: now)))
        }
        snapshot.end()
        try await served
        return value
    }

    private func loseBindings() async throws {
        let jobs = Self.someJobs(of: inner)
        try await inner.write("lose bindings") { transaction in
            for job in jobs { _ = try transaction.releaseReports(job: job, attemptsBelow: .max) }
        }
    }

    /// The rows that the first jobs of a task have.
    static func someJobs(of store: any TaskStore) -> Range<Int64> {
        store.jobRows.lowerBound..<store.jobRows.lowerBound + 24
    }
}

/// A write that came to nothing.
private struct Lost: Error {}

// MARK: - What is said to the other aggregator

extension BrokenStore {
    var statement: StoreStatement {
        let said = inner.statement
        let (id, count) = (said.current.id, said.current.count)
        return switch fault {
        case .countNothing: StoreStatement(store: said.store, current: Incarnation(id: id, count: 0), echo: said.echo)
        case .countUploads:
            StoreStatement(
                store: said.store, current: Incarnation(id: id, count: count + memory.writes), echo: said.echo)
        case .shareIdentity: StoreStatement(store: StoreID(words: [1, 2]), current: said.current, echo: said.echo)
        default: said
        }
    }

    var conflict: StoreConflict? { fault == .forgetConflicts ? nil : inner.conflict }

    func examine(_ statement: StoreStatement) async -> StoreConflict? { await inner.examine(statement) }

    func hear(_ statement: StoreStatement?) async throws(StoreConflict) {
        switch (fault, statement) {
        case (.forgetConflicts, let statement?):
            if await inner.examine(statement)?.isOwn == true { return }
        case (.knowOwnWork, let statement?):
            let others = statement.echo?.newest.filter { $0.id != inner.statement.current.id }
            if let first = others?.first { throw .thisIsBehind(first.id) }
        default: break
        }
        try await inner.hear(statement)
    }
}

/// What a broken store remembers beside its tables, from one start to the next.
final class BrokenMemory: Sendable {
    private let state = Mutex(State())

    private struct State {
        var writes: UInt64 = 0
        /// Stale writes that are under way.
        var stale = 0
        var isOld = false
        var erased: Set<ReportID> = []
    }

    /// How many writes there were.
    var writes: UInt64 { state.withLock { $0.writes } }

    func nextWrite() -> UInt64 {
        state.withLock { state in
            state.writes += 1
            return state.writes
        }
    }

    /// Two that are stale at once are enough to lose what one of them wrote; each holds a thread of the store.
    func beginStale() -> Bool {
        state.withLock { state in
            guard state.stale < 2 else { return false }
            state.stale += 1
            return true
        }
    }

    func endStale() { state.withLock { $0.stale -= 1 } }

    /// Does something at the first read after a start.
    func oncePerStart(_ body: () async throws -> Void) async throws {
        let isFirst = state.withLock { state in
            defer { state.isOld = true }
            return !state.isOld
        }
        if isFirst { try await body() }
    }

    func forget(_ ids: [ReportID]) { state.withLock { $0.erased.formUnion(ids) } }

    func hasForgotten(_ id: ReportID) -> Bool { state.withLock { $0.erased.contains(id) } }
}

extension TaskStore {
    /// Runs a transaction to its end on a thread that may wait.
    func blockingRead<T: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> T) throws -> T {
        try blocking { try await read("fault", body) }
    }

    func blockingWrite<T: Sendable>(_ body: @escaping @Sendable (any StoreTransaction) throws -> T) throws -> T {
        try blocking { try await write("fault", body) }
    }

    private func blocking<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) throws -> T {
        let (result, done) = (Slot<Result<T, any Error>>(), DispatchSemaphore(value: 0))
        Task.detached {
            let value: Result<T, any Error>
            do { value = .success(try await body()) } catch { value = .failure(error) }
            result.value = value
            done.signal()
        }
        done.wait()
        guard let value = result.value else { throw Lost() }
        return try value.get()
    }
}
