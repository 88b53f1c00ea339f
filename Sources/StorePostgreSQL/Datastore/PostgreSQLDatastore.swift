#if PostgreSQL
import Aggregator
import PopulusDAP
import Logging
import Synchronization

/// The store past one machine: one PostgreSQL database for all tasks of one role.
///
/// A commit is on the server's disk when `write` returns. Every write of a task waits for that task's lock at the server, so
/// they are one after the other whichever process they come from; uploads hold it together. Reads see one state each. What
/// the server undoes, and what a cut connection leaves open, runs again.
package final class PostgreSQLDatastore: Datastore {
    package let role: Role

    let limits: PostgreSQLLimits
    let pool: PostgreSQLPool
    /// Where segments and marks are; nothing while a store is only shown.
    let cache: CacheFolder?
    let locks: StoreLocks
    /// What its secrets are sealed with; nothing where it is not sealed, or is not to be read.
    let seal: StoreSeal?
    /// Whether no other process may work with the store.
    let isAlone: Bool
    /// ``replica``, by its own type.
    private let process: PostgreSQLReplica
    /// Those that wait for what other processes tell of a task, by its row.
    private let waiters: Waiters<Int64>
    private let lock: PostgreSQLProcessLock
    private let place: String
    private let state = Mutex(State())
    private let loss: LossNote

    private struct State {
        /// The tasks that are open, by their rows.
        var opened: [Int64: TaskID] = [:]
        var isClosed = false
    }

    /// Connections at the same time, beside the one that holds the lock.
    package static let greatestConnections = 8

    /// Opens a database's store; its tasks are opened one by one.
    ///
    /// - Parameters:
    ///   - cacheFolder: for segments and marks; made if it is not there.
    ///   - connections: at the same time, at most.
    ///   - isAlone: whether no other process may work with the store; false for those that do so side by side, each with a
    ///     folder of its own, and each saying that it lives (``replica``).
    ///   - sealKeys: those that its operator gives, if any: a sealed store is opened with one of them, and no other store is.
    ///   - onOutage: called once if nothing may be acknowledged any more.
    /// - Throws: `StoreError`: `.missing` if there is none
    ///   (``create(at:role:task:configurationDigest:earliestReportTime:logger:)`` makes it), `.belongsToAnother` if it is another
    ///   role's, `.toMigrate` if it has the form of an earlier version, `.inUse` if another process works with it. Then nothing
    ///   was changed.
    package convenience init(
        at address: PostgreSQLAddress, role: Role, cacheFolder: String,
        connections: Int = PostgreSQLDatastore.greatestConnections, limits: PostgreSQLLimits = .service,
        isAlone: Bool = true, sealKeys: SealKeys? = nil, logger: Logger? = nil,
        onOutage: @escaping OutageObserver = { _, _ in }
    ) throws {
        var connector = PostgreSQLConnector(address: address, role: role, limits: limits, logger: logger)
        connector.isAlone = isAlone
        try self.init(
            connector, cacheFolder: cacheFolder, connections: connections, .checked(sealKeys), onOutage: onOutage)
    }

    init(
        _ connector: PostgreSQLConnector, cacheFolder: String?, connections: Int = 1, _ use: SealUse = .ignored,
        onOutage: @escaping OutageObserver = { _, _ in }
    ) throws {
        do {
            let (database, place, seal) = try Self.look(connector, use)
            let (replicaID, waiters) = (ReplicaID.random(), Waiters<Int64>())
            var connector = connector
            (connector.database, connector.warns) = (database, false)
            (role, limits, self.place, self.seal) = (connector.role, connector.limits, place, seal)
            (locks, isAlone) = (StoreLocks(database), connector.isAlone)
            let loss = LossNote(onOutage)
            self.loss = loss
            let listener = PostgreSQLListener(channel: locks.channel, replica: replicaID, waiters: waiters)
            lock = try PostgreSQLProcessLock(
                connector, key: locks.process, listener: connector.isAlone ? nil : listener
            ) { loss.note($0) }
            cache = try cacheFolder.map { root throws(StoreError) in try CacheFolder(root, database: database) }
            pool = PostgreSQLPool(connector, size: connections)
            process = PostgreSQLReplica(
                replicaID, connector, isShared: !connector.isAlone, channel: locks.channel, seal: seal,
                outage: { loss.found })
            self.waiters = waiters
        } catch {
            throw StoreError(wrapping: error)
        }
    }

    /// Sees that the database holds a store of this role and version; changes nothing.
    private static func look(
        _ connector: PostgreSQLConnector, _ use: SealUse
    ) throws -> (StoreID, place: String, seal: StoreSeal?) {
        let connection = try connector.connect()
        try PostgreSQLPoolerCheck(connector).run(beside: connection)
        try StoreTables.checkCurrent(connection, role: connector.role)
        let seal = try use.admit(connection, role: connector.role)
        return (try StoreTables.identity(connection), connection.place, seal)
    }

    /// This process among those that share the store: one for all tasks.
    package var replica: any StoreReplica { process }

    deinit {
        _ = pool.close(within: 0)
        process.close()
    }

    /// A stream of what other processes tell of a task; a process that has the store alone hears of nothing.
    func changes(of task: Int64) -> AsyncStream<Void> {
        isAlone ? AsyncStream { _ in } : waiters.changes(of: task)
    }

    /// What tells the others that a task has changed; nothing where there are none.
    func notice(of task: Int64) -> (channel: String, text: String)? {
        isAlone ? nil : (locks.channel, PostgreSQLListener.text(of: task, by: replica.id))
    }

    /// The tasks that the database holds.
    package var tasks: [TaskID] {
        get throws { try wait { db in try db.reading { try StoreTables.tasks(db).map(\.id) } } }
    }

    /// Why nothing may be acknowledged any more, if so: another process has the store, or the database was put back to an
    /// earlier state.
    package var outage: StoreError? { loss.found }

    /// Whether there is no connection to the server for now.
    package var isAway: Bool { lock.isSought }

    /// Takes note of an error after which nothing may be acknowledged.
    func note(_ error: any Error) {
        if let error = error as? StoreError, error.endsTheStore { loss.note(error) }
    }

    /// Sees that no other process has the store.
    func checkHeld() throws { try lock.check() }

    /// Ends every task's store; what waits is done first.
    package func close() throws {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        let isDone = pool.close(within: 10)
        process.close()
        lock.release()
        cache?.release()
        guard isDone else {
            throw StoreError.server("that \(place) is still worked with: the store is not closed in order")
        }
    }

    /// Marks a task as open, or as open no more.
    func setOpen(_ task: TaskID, row: Int64, _ isOpen: Bool) throws(StoreError) {
        let isRight = state.withLock { state in
            guard isOpen else { return state.opened.removeValue(forKey: row) != nil }
            guard !state.isClosed, state.opened[row] == nil else { return false }
            state.opened[row] = task
            return true
        }
        guard !isRight, isOpen else { return }
        throw state.withLock { $0.isClosed } ? PostgreSQLTaskStore.closed : .inUse("task \(task)")
    }
}

extension StoreError {
    /// Whether nothing may be acknowledged after it: the database was put back, or another process has it.
    fileprivate var endsTheStore: Bool {
        switch self {
        case .putBack, .inUse: true
        default: false
        }
    }
}

/// The first thing after which nothing may be acknowledged any more; it is said once.
private final class LossNote: Sendable {
    private let first = Mutex<StoreError?>(nil)
    private let onOutage: OutageObserver

    init(_ onOutage: @escaping OutageObserver) { self.onOutage = onOutage }

    var found: StoreError? { first.withLock { $0 } }

    func note(_ error: StoreError) {
        let isFirst = first.withLock { first in
            defer { first = first ?? error }
            return first == nil
        }
        if isFirst { onOutage(error, nil) }
    }
}
#endif
