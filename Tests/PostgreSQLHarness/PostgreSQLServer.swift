import Foundation
import Glibc
import Synchronization

/// A PostgreSQL server of the tests' own: on a Unix socket in a temporary folder, never as root.
///
/// It ends with the process that started it, or with ``end()``, and its folder goes with it.
package final class PostgreSQLServer: Sendable {
    /// What a server is started with, beyond the defaults of these tests.
    package struct Settings: Sendable {
        /// Whether commits reach the disk: false for tests that never lose power.
        package var isDurable = false
        /// Whether pages carry checksums; a store warns of a server without.
        package var hasChecksums = true
        /// Also listens on 127.0.0.1; only ``PostgreSQLServer/guardedUser`` gets in there, by its password.
        package var listensOnLoopback = false
        /// Lines of `postgresql.conf` by name.
        package var lines: [String: String] = [:]

        package init() {}
    }

    /// How a server is stopped.
    package enum Stop: Sendable {
        /// Connections are ended, and everything is written.
        case fast
        /// Without writing anything: the next start recovers.
        case immediate
        /// All of its processes are killed with -9.
        case kill
    }

    /// Who may do anything, over the Unix socket without a password.
    package static let user = "postgres"
    /// Who needs a password, over the Unix socket too; ``makeGuardedUser()`` makes it.
    package static let guardedUser = "guarded"
    package static let guardedPassword = "swordfish-5821"

    let programs: PostgreSQLPrograms
    /// Everything that belongs to the server.
    let folder: URL
    let settings: Settings
    /// The port on 127.0.0.1 if it listens there, and the last part of the socket's name.
    package let port: Int
    private let watch: FolderGuard
    private let process = Mutex<ServerProcess?>(nil)
    private let counter = Atomic<Int>(0)

    /// The one that all tests of this process share; none may stop it.
    package static func shared() throws -> PostgreSQLServer { try sharedServer.get() }

    private static let sharedServer = Result { try PostgreSQLServer() }

    /// Makes a cluster of databases and starts its server.
    package convenience init(_ settings: Settings = Settings()) throws {
        try self.init(settings) { server in
            var command = [server.programs.path("initdb"), "--pgdata=\(server.data.path)", "--username=\(Self.user)"]
            command += ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"]
            if settings.hasChecksums { command.append("--data-checksums") }
            try Child.run(command)
        }
    }

    /// - Parameter fill: makes the folder ``data``.
    init(_ settings: Settings, filling fill: (PostgreSQLServer) throws -> Void) throws {
        programs = try PostgreSQLPrograms()
        self.settings = settings
        port = settings.listensOnLoopback ? try Self.freePort() : 5432
        folder = try Self.makeFolder()
        watch = try FolderGuard(folder)
        try fill(self)
        try configure()
        try start()
    }

    deinit { watch.leave() }

    /// A name that no other database of this server has.
    func name(_ prefix: String) -> String { "\(prefix)_\(counter.add(1, ordering: .relaxed).newValue)" }

    // MARK: Start and stop

    /// Starts it again on what it has, and waits until it answers.
    package func start() throws {
        let command = [programs.path("postgres"), "-D", data.path]
        let started = try ServerProcess(command, log: log)
        process.withLock { $0 = started }
        for _ in 0..<6000 {
            do {
                try session().query("SELECT 1")
                return
            } catch {
                guard started.isRunning else { throw HarnessError.failed("postgres", said: said) }
                usleep(10_000)
            }
        }
        throw HarnessError.failed("postgres", said: said)
    }

    /// Stops it, and waits until it has ended; its folder stays.
    package func stop(_ how: Stop = .fast) throws {
        guard let running = process.withLock({ $0 }) else { return }
        switch how {
        case .fast: kill(running.id, SIGINT)
        case .immediate: kill(running.id, SIGQUIT)
        case .kill:
            let all = [running.id] + Self.children(of: running.id)
            // First the one that would start others.
            for process in all { kill(process, SIGKILL) }
        }
        running.waitForEnd()
        process.withLock { $0 = nil }
    }

    package func restart(_ how: Stop = .fast) throws {
        try stop(how)
        try start()
    }

    /// Stops it for good, and leaves nothing.
    package func end() throws {
        try stop(.immediate)
        try FileManager.default.removeItem(at: folder)
        watch.leave()
    }

    /// The server's first process, while it runs.
    package var processID: pid_t? { process.withLock { $0?.id } }

    private static func children(of parent: pid_t) -> [pid_t] {
        let text = try? String(contentsOfFile: "/proc/\(parent)/task/\(parent)/children", encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
    }

    /// The last of what it said.
    package var said: String {
        guard let text = try? String(contentsOf: log, encoding: .utf8) else { return "" }
        return String(text.suffix(2000))
    }

    /// A connection for a test's own questions.
    package func session(database: String = "postgres") throws -> PostgreSQLSession {
        try PostgreSQLSession(socket: socketPath, user: Self.user, database: database)
    }
}
