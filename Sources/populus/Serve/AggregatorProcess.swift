import Aggregator
import AggregatorHTTP
import DAP
import Foundation
import Logging
import ServiceLifecycle
import StoreSQLite

/// What the processes of both aggregators do alike.
struct AggregatorProcess {
    /// How long requests in flight may take after a signal; what is not done then is abandoned, which is always safe.
    private static let shutdownTime = Duration.seconds(8)

    let options: ServeOptions
    let role: Role
    let logger: Logger

    init(_ options: ServeOptions, role: Role) {
        self.options = options
        self.role = role
        let level = options.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        logger = Logger(label: "populus.\(role.fileName)")
        signal(SIGPIPE, SIG_IGN)
    }

    /// Reads the role's file.
    func taskFile() throws(CommandFailure) -> TaskFile {
        let file: TaskFile
        do { file = try TaskFile(readingFrom: options.task, as: role) } catch { throw CommandFailure(error) }
        if TaskFile.isExposed(options.task) {
            logger.warning("others can read \(options.task): chmod 600 \(ShellWord.quoted(options.task))")
        }
        return file
    }

    /// What the aggregator knows of the task.
    func aggregatorTask(
        _ file: TaskFile, keys: [HpkeKeyPair], collectorConfig: HpkeConfig, verifyKeys: [TaskFile.VerifyKey]
    ) throws(CommandFailure) -> AggregatorTask {
        do {
            return try AggregatorTask(
                id: file.taskID, configuration: file.configuration, role: role,
                receiver: try HpkeReceiver(keyPairs: keys), collectorConfig: collectorConfig,
                verifyKeys: Dictionary(verifyKeys.map { ($0.id, $0.bytes) }) { first, _ in first },
                codePoints: file.walkCodePoints)
        } catch {
            throw CommandFailure(.data, "\(options.task): this task cannot be served: \(error)")
        }
    }

    /// Opens the store of this role and task.
    func store(_ task: AggregatorTask) throws(CommandFailure) -> SQLiteStore {
        do {
            return try SQLiteStore(
                path: options.store, role: role, task: task.id, configurationDigest: task.configurationDigest)
        } catch let error as StoreError {
            throw CommandFailure(error, path: options.store)
        } catch {
            throw CommandFailure(.inputOutput, "\(options.store): \(error)")
        }
    }

    /// Serves until a signal comes.
    ///
    /// - Parameter drive: the aggregator's own work; it ends when its task is cancelled.
    func serve(
        _ backend: any Backend, url: String, tokens: [RouteRow.Caller: BearerToken],
        drive: @escaping @Sendable () async throws -> Void
    ) async throws(CommandFailure) {
        var limits = TransportLimits()
        limits.maximumConnections = OpenFiles.allow(limits.maximumConnections + 256) - 256
        let ready = "populus \(role.fileName) ready on"
        let path = URLComponents(string: url)?.percentEncodedPath ?? "/"
        let server = HTTPService(
            handler: ResourceHandler(backend: backend, url: url, tokens: tokens, logger: logger),
            address: options.listen, limits: limits, logger: logger
        ) { address in
            StandardStream.output.write("\(ready) http://\(address)\(path) (task \(backend.task))\n")
        }
        // Ended from the last to the first: no new requests, then no more work of our own.
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: Driver(drive: drive, logger: logger), serviceName: "driver"),
                .init(service: server, serviceName: "server"),
                .init(service: Deadline(after: Self.shutdownTime + .seconds(4)), serviceName: "deadline"),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownTime
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as ListenError {
            let code: CommandFailure.Code = if case .notPermitted = error { .permission } else { .system }
            throw CommandFailure(code, error.description)
        } catch is CancellationError {
            logger.notice("ended with work in flight, which goes on after the next start")
        } catch {
            throw CommandFailure(.software, "ended by an error: \(error)")
        }
        logger.notice("ended")
    }
}

/// The aggregator's own work as a service.
private struct Driver: Service {
    let drive: @Sendable () async throws -> Void
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { [drive] in try await drive() }
            // Work that ends of itself leaves the server running.
            try await gracefulShutdown()
        } catch is CancellationError {
            logger.debug("the driver was cancelled")
        }
    }
}

/// Ends the process if something hangs on after a signal.
///
/// Every acknowledged state is on disk by then.
private struct Deadline: Service {
    let time: Duration

    init(after time: Duration) {
        self.time = time
    }

    func run() async throws {
        try await gracefulShutdown()
        let time = time
        Task.detached {
            try await Task.sleep(for: time)
            StandardStream.error.write("populus: ended with work in flight, which goes on after the next start\n")
            exit(0)
        }
    }
}

/// The number of files that the process may have open.
enum OpenFiles {
    /// Raises the soft limit as far as allowed.
    ///
    /// - Returns: how many of the wanted there can be.
    static func allow(_ wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        if limit.rlim_cur < rlim_t(wanted) {
            limit.rlim_cur = min(limit.rlim_max, rlim_t(wanted))
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return max(512, Int(min(limit.rlim_cur, rlim_t(wanted))))
    }
}

extension CommandFailure {
    /// A store's error with its exit code.
    init(_ error: StoreError, path: String) {
        switch error {
        case .belongsToAnother(let found, let expected):
            self.init(
                .data,
                "\(path): the store of another task or role: it is that of the \(found), wanted is that of the "
                    + "\(expected); give another file with --store, or the task's own file with --task")
        case .unknownVersion(let version):
            self.init(
                .data, "\(path): written by another version of Populus (store version \(version)); use that version"
            )
        case .full: self.init(.inputOutput, "\(path): the disk is full; make room and start again, nothing is lost")
        case .inUse(let lock):
            self.init(
                .temporary,
                "\(path): another process has this store open (\(lock)); stop it first, or use another store")
        case .damaged(let what):
            self.init(.data, "\(path): the store is damaged (\(what)); restore it from a copy, or use a new one")
        case .database(let what):
            self.init(
                .inputOutput, "\(path): the store cannot be opened: \(what); check that its folder exists and is yours")
        }
    }
}
