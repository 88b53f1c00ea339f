#if PostgreSQL
import Aggregator
import Dispatch
import Foundation
import Synchronization

/// Keeps every other process of the role from a store: a lock that its own connection holds, gone with that.
///
/// Processes that share the store hold it together, and so keep out those that would have it alone. Where the connection is cut it
/// is taken again, and what is to be written waits for that. Where another process has it by then, or a command of the
/// operator had it alone meanwhile and changed the store, nothing is acknowledged any more.
final class PostgreSQLProcessLock: Sendable {
    private let keeper: PostgreSQLLockKeeper

    /// Takes the lock.
    ///
    /// - Parameters:
    ///   - listener: hears what other processes say over the same connection.
    ///   - onLoss: called once if another process has it after the connection was cut.
    /// - Throws: `StoreError.inUse`, or why there is no connection.
    init(
        _ connector: PostgreSQLConnector, key: Int64, listener: PostgreSQLListener? = nil,
        onLoss: @escaping @Sendable (StoreError) -> Void
    ) throws {
        keeper = try PostgreSQLLockKeeper(connector, key: key, listener: listener, onLoss: onLoss)
        try keeper.start()
    }

    deinit { keeper.release() }

    /// Gives the lock back, and waits until the server has it.
    func release() { keeper.release() }

    /// Sees that the lock is held.
    ///
    /// - Throws: `PostgreSQLError`, one that passes, while it is being taken again; `StoreError` once another process has it.
    func check() throws { try keeper.check() }

    /// Whether it is being taken again: then there is no connection to the server.
    var isSought: Bool { keeper.isSeeking }

    /// Takes a lock for as long as a connection lasts.
    ///
    /// - Parameter isAlone: false for a lock that others may share.
    /// - Throws: `StoreError.inUse`.
    static func take(_ key: Int64, isAlone: Bool, over connection: PostgreSQLConnection) throws {
        let end = ContinuousClock.now + .seconds(connection.limits.handover)
        let sql = "SELECT pg_try_advisory_lock\(isAlone ? "" : "_shared")($1)"
        while try connection.one(sql, [.integer(key)], { try $0.boolean() }) != true {
            guard ContinuousClock.now < end else {
                throw StoreError.inUse(try holder(of: key, isAlone: isAlone, connection))
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    /// Who has the lock, for people, and what the two kinds of servers have to do to get along.
    private static func holder(of key: Int64, isAlone: Bool, _ connection: PostgreSQLConnection) throws -> String {
        let sql = """
            SELECT pid::bigint, application_name, coalesce(host(client_addr), 'its own machine'),
                to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS'), mode = 'ShareLock', count(*) OVER ()
            FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND granted AND objsubid = 1 AND classid::bigint = $1 AND objid::bigint = $2
            ORDER BY backend_start
            """
        let bits = UInt64(bitPattern: key)
        let found = try connection.one(sql, [.integer(Int64(bits >> 32)), .integer(Int64(bits & 0xFFFF_FFFF))]) {
            let (process, name) = (try $0.integer(), try $0.text())
            let who = "\(name) from \(try $0.text()), since \(try $0.text()) UTC, the server's process \(process)"
            let (isShared, count) = (try $0.boolean(), try $0.integer())
            return words(for: who, isShared: isShared, count, isAlone: isAlone)
        }
        return "\(connection.place): \(found ?? "its process has just ended")"
    }

    private static func words(for who: String, isShared: Bool, _ count: Int64, isAlone: Bool) -> String {
        switch (isShared, isAlone) {
        case (false, true): who
        case (false, false):
            "\(who): another server has the store alone"
        case (true, _):
            "\(who)\(count > 1 ? ", and \(count - 1) more" : ""): servers share the store, and whatever "
                + "needs it alone waits until all of them are stopped"
        }
    }
}

/// The thread behind a lock, which watches the connection that holds it.
final class PostgreSQLLockKeeper: Sendable {
    private enum State {
        case starting
        case held
        /// The connection was cut, and no other has got the lock yet.
        case seeking
        case failed(any Error)
        case taken(StoreError)
        case released
    }

    private let connector: PostgreSQLConnector
    private let key: Int64
    private let listener: PostgreSQLListener?
    private let state = Mutex(State.starting)
    /// What the store says of the last command that had it alone, when the lock was taken first.
    private let changed = Mutex<String?>(nil)
    private let onLoss: @Sendable (StoreError) -> Void
    private let bell: WakeBell
    private let (started, ended) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))

    init(
        _ connector: PostgreSQLConnector, key: Int64, listener: PostgreSQLListener?,
        onLoss: @escaping @Sendable (StoreError) -> Void
    ) throws {
        (self.connector, self.key, self.listener, self.onLoss) = (connector, key, listener, onLoss)
        bell = try WakeBell()
    }

    /// Returns when the lock is held.
    func start() throws {
        let thread = Thread { [self] in
            run()
            ended.signal()
        }
        thread.name = "populus.pg.lock"
        thread.start()
        started.wait()
        if case .failed(let error) = state.withLock({ $0 }) { throw error }
    }

    var isSeeking: Bool { if case .seeking = state.withLock({ $0 }) { true } else { false } }

    func check() throws {
        switch state.withLock({ $0 }) {
        case .held: return
        case .starting, .seeking:
            throw PostgreSQLError(sqlState: "08003", message: "the connection that holds the store's lock was cut")
        case .failed(let error): throw error
        case .taken(let error): throw error
        case .released: throw PostgreSQLTaskStore.closed
        }
    }

    func release() {
        let wasRunning = state.withLock { state in
            defer { state = .released }
            switch state {
            case .held, .seeking: return true
            case .starting, .failed, .taken, .released: return false
            }
        }
        bell.ring()
        if wasRunning { ended.wait() }
    }

    // MARK: The thread

    /// Changes the state, unless the lock is given back.
    private func change(to new: State) -> Bool {
        state.withLock { state in
            if case .released = state { return false }
            state = new
            return true
        }
    }

    private func run() {
        var connection: PostgreSQLConnection?
        do {
            let first = try connector.connect()
            try take(over: first)
            let now = try StoreTables.meta("changed", first)
            changed.withLock { $0 = now }
            connection = first
        } catch {
            _ = change(to: .failed(error))
            return _ = started.signal()
        }
        _ = change(to: .held)
        started.signal()
        while let remains = connection?.backend {
            if let notices = connection?.takeNotices(), !notices.isEmpty { listener?.take(notices) }
            if connection?.isAlive(until: bell) == true {
                if case .released = state.withLock({ $0 }) { return }
                continue
            }
            guard change(to: .seeking) else { return }
            connection = nil
            connection = seek(after: remains)
        }
    }

    private func take(over connection: PostgreSQLConnection) throws {
        try PostgreSQLProcessLock.take(key, isAlone: connector.isAlone, over: connection)
        try listener?.begin(over: connection)
    }

    /// Takes the lock again; nothing where it is given back meanwhile, or another process has it.
    private func seek(after remains: PostgreSQLBackend) -> PostgreSQLConnection? {
        var pause = PostgreSQLPause()
        while case .seeking = state.withLock({ $0 }) {
            do {
                let connection = try connector.connect()
                try remains.end(over: connection)
                try take(over: connection)
                guard try StoreTables.meta("changed", connection) == changed.withLock({ $0 }) else {
                    throw StoreError.inUse(
                        "\(connection.place): a command has changed it since; start this server again")
                }
                if change(to: .held) { return connection }
            } catch StoreError.inUse(let who) {
                if change(to: .taken(.inUse(who))) { onLoss(.inUse(who)) }
            } catch {
                // Whoever writes meanwhile waits as long as it may, and says why it failed.
                pause.take()
            }
        }
        return nil
    }
}
#endif
