import Aggregator
import AggregatorHost
import AggregatorServer
import DAP
import Dispatch
import Foundation
import HTTPServing
import Kernels
import Logging
import ServiceLifecycle
import StoreSQLite
import Synchronization
import TaskFiles

/// What the processes of both aggregators do alike.
struct AggregatorProcess {
    /// How long requests in flight may take after a signal; what is not done then is abandoned, which is always safe.
    private static let shutdownTime = Duration.seconds(8)

    let options: ServeOptions
    let role: Role
    let logger: Logger
    /// Kept so that a hangup is told.
    private let hangup: (any DispatchSourceSignal)?

    init(_ options: ServeOptions, role: Role) {
        self.options = options
        self.role = role
        options.logFormat.bootstrap(level: options.logLevel)
        logger = Logger(label: "populus.\(role.name)")
        signal(SIGPIPE, SIG_IGN)
        hangup = Hangup.ignore(logger)
        // Before a secret is read.
        if !options.allowCoreDumps, !ProcessMemory.keepPrivate() {
            logger.warning("the system may write this process's memory to a core dump: it holds shares and keys")
        }
    }

    /// Serves the tasks of the options until a signal comes.
    func run(_ settings: AggregatorSettings) async throws(CommandFailure) {
        var files: [(path: String, file: TaskFile)] = []
        for path in options.tasks { files.append((path, try read(path))) }
        let location = StoreLocation(options.store, role: role)
        let datastore = try OpenDatastore(at: location, role: role, for: files.map(\.file.taskID), logger: logger)
        let resources = ProcessResources(options.machineSettings(spillingTo: location.spillDirectory), logger: logger)
        let host = TaskHost(role: role, settings: settings, resources: resources) { task in
            try datastore.open(task)
        }
        do {
            for (path, file) in files { try add(file, at: path, to: host, datastore) }
            tellStart(host.registry.tasks, threads: resources.machine.work.threadCount)
            try await serve(host, datastore)
        } catch {
            await resources.shutdown()
            datastore.close()
            throw error
        }
        await resources.shutdown()
        datastore.close()
    }

    /// Reads a role's file.
    private func read(_ path: String) throws(CommandFailure) -> TaskFile {
        let file: TaskFile
        do { file = try TaskFile(readingFrom: path, as: role) } catch { throw CommandFailure(error) }
        if TaskFile.isExposed(path) {
            logger.warning("others can read \(path): chmod 600 \(ShellWord.quoted(path))")
        }
        return file
    }

    /// Has a file's task served.
    private func add(
        _ file: TaskFile, at path: String, to host: TaskHost, _ datastore: OpenDatastore
    ) throws(CommandFailure) {
        do {
            try host.add(file)
        } catch {
            switch error {
            case .store(let error): throw datastore.failure(error, of: file.taskID)
            case .alreadyServed: throw CommandFailure(.data, "\(path): another --task has this very task")
            case .wrongRole: throw CommandFailure(.data, "\(path): the file of another role")
            case .unusable(let reason):
                throw CommandFailure(.data, "\(path): this task cannot be served: \(reason)")
            }
        }
    }

    private func serve(_ host: TaskHost, _ datastore: OpenDatastore) async throws(CommandFailure) {
        var limits = TransportLimits()
        limits.maximumConnections = OpenFiles.allow(limits.maximumConnections + 384) - 384
        let (ready, tasks) = ("populus \(role.name) ready on", host.registry.tasks)
        let bases = Set(tasks.map(\.base))
        let path = bases.count == 1 ? bases.first ?? "/" : "/"
        let names = (tasks.count == 1 ? "task " : "tasks ") + tasks.map { "\($0.id)" }.joined(separator: ", ")
        let handler = ResourceHandler(
            registry: host.registry, logger: logger,
            metricsPlace: "the address that the operator gives with --admin-listen")
        let admin = AdminServer(of: handler, at: options.adminListen, logger: logger)
        let server = HTTPService(handler: handler, address: options.listen, limits: limits, logger: logger) { bound in
            guard await admin.isReady() else { return }
            StandardStream.output.write("\(ready) \(bound.urls(path: path)) (\(names))\n")
        }
        // Ended from the last to the first: no new requests, then no more work of our own.
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: admin, serviceName: "admin"),
                .init(service: StorePatrol(datastore: datastore), serviceName: "store"),
                .init(service: host, serviceName: "tasks"),
                .init(service: server, serviceName: "server"),
                .init(
                    service: Deadline(after: Self.shutdownTime + .seconds(4), logger: logger), serviceName: "deadline"),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quietLogger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownTime
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as ListenError {
            throw Self.failure(error, option: "--listen")
        } catch let error as AdminServer.Failure {
            throw Self.failure(error.cause, option: "--admin-listen")
        } catch is CancellationError {
            logger.notice("ended with work in flight, which goes on after the next start")
        } catch {
            throw CommandFailure(.software, "ended by an error: \(error)")
        }
        logger.notice("ended")
    }

    private static func failure(_ error: ListenError, option: String) -> CommandFailure {
        let code: CommandFailure.Code = if case .notPermitted = error { .permission } else { .system }
        return CommandFailure(code, "\(option): \(error)")
    }
}

/// Ends the process if something hangs on after a signal.
///
/// Every acknowledged state is on disk by then.
private struct Deadline: Service {
    let time: Duration
    let logger: Logger

    init(after time: Duration, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    func run() async throws {
        try await gracefulShutdown()
        let (time, logger) = (time, logger)
        Task.detached {
            try await Task.sleep(for: time)
            logger.notice("ended with work in flight, which goes on after the next start")
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
