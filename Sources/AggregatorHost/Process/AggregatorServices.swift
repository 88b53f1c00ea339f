import AggregatorServer
import HTTPServing
import Logging
import PopulusTLS
import ServiceLifecycle

/// All that runs in an aggregator's process: the resources, the operator's own address, the tasks' own work, and a look
/// after the store.
package struct AggregatorServices: Sendable {
    /// Why the process cannot serve, or go on.
    package enum Failure: Error, Sendable {
        /// The resources' address cannot be listened on.
        case listen(ListenError)
        /// The operator's own address cannot be listened on.
        case adminListen(ListenError)
        /// The address for other processes of the role cannot be listened on.
        case internalListen(ListenError)
        /// The store cannot be told that this process is one of several: what it says.
        case presence(any Error)
        /// The reason, for people.
        case other(String)
    }

    /// How long requests in flight may take after a signal; what is not done then is abandoned, which is always safe.
    private static let shutdownTime = Duration.seconds(8)
    /// Files besides connections: the store, segments, requests to Helpers.
    private static let furtherFiles = 384
    /// The same for connections from and to other processes of the role.
    private static let filesForOthers = 1024

    /// Where metrics are, for who asks for them at the resources' address.
    package var metricsPlace = ResourceHandler.usualMetricsPlace
    /// What the operator's own address tells of the process.
    package var facts = OperatorFacts()
    /// The tasks as the operator sees and changes them.
    package var tasks: OperatedTasks?
    /// Of which the operator shows one at its own address; without any nothing below `/tasks` is served
    /// there.
    package var adminTokens: AdminTokens?
    /// Whose pages may upload and fetch keys.
    package var origins = AllowedOrigins.none
    /// What is shown at the resources' address; nothing for plain HTTP.
    package var tls: ServerTLS?
    /// The same at the operator's own address.
    package var adminTLS: ServerTLS?
    /// All that is made of files of certificates, and read again when they change.
    package var watched: [WatchedTLS] = []
    /// By each of which somebody asks for that.
    package var hangups: AsyncStream<Void>?
    private let host: TaskHost
    private let listen: ListenAddress
    private let adminListen: ListenAddress?
    private let place: ReplicaPlace?
    private let logger: Logger
    private let lookAfterStore: @Sendable () -> Void

    /// - Parameters:
    ///   - adminListen: the address for health and metrics, if there are to be some.
    ///   - place: among other processes of the role, if there may be some.
    ///   - lookAfterStore: sees whether the store's files are where they were; called every few seconds.
    package init(
        host: TaskHost, listen: ListenAddress, adminListen: ListenAddress?, place: ReplicaPlace? = nil, logger: Logger,
        lookAfterStore: @escaping @Sendable () -> Void
    ) {
        self.host = host
        self.listen = listen
        self.adminListen = adminListen
        self.place = place
        self.logger = logger
        self.lookAfterStore = lookAfterStore
    }

    /// Serves the host's tasks until SIGTERM or SIGINT.
    ///
    /// - Parameter onReady: called once, when all addresses accept connections; with the address that other processes of the
    ///   role are told, if there may be some.
    package func run(onReady: @escaping @Sendable (BoundAddresses, _ told: String?) -> Void) async throws(Failure) {
        var limits = TransportLimits()
        let further = Self.furtherFiles + (place == nil ? 0 : Self.filesForOthers)
        limits.maximumConnections = max(128, OpenFiles.allow(limits.maximumConnections + further) - further)
        let desk = tasks.flatMap { $0.taskprov == nil ? nil : $0 }
        let handler = ResourceHandler(
            registry: host.registry, troubles: host.troubles, logger: logger, metricsPlace: metricsPlace, desk: desk)
        let facts = facts
        let admin = AdminServer(
            of: handler, at: adminListen, tls: adminTLS, replica: place?.replica, facts: facts, access: access,
            logger: logger)
        let others = InternalServer(of: handler, at: place, logger: logger)
        let presence = Presence(place, listening: others, troubles: host.troubles, logger: logger)
        let shared = CrossOriginHandler(handler, origins: origins)
        let server = HTTPService(handler: shared, address: listen, limits: limits, tls: tls, logger: logger) { bound in
            guard await admin.isReady() else { return }
            facts.readiness.begin()
            onReady(bound, await presence.told())
        }
        do {
            try await ServiceGroup(configuration: configuration(admin, others, presence, server)).run()
        } catch let error as ListenError {
            throw .listen(error)
        } catch let error as AdminServer.Failure {
            throw .adminListen(error.cause)
        } catch let error as InternalServer.Failure {
            throw .internalListen(error.cause)
        } catch let error as Presence.Failure {
            throw .presence(error.cause)
        } catch is CancellationError {
            logger.notice("ended with work in flight, which goes on after the next start")
        } catch {
            throw .other("\(error)")
        }
        logger.notice("ended")
    }

    private var access: OperatorHandler.Access? {
        guard let tasks, let adminTokens else { return nil }
        return OperatorHandler.Access(tokens: adminTokens, desk: tasks)
    }

    /// The services, ended from the last to the first: no new requests, then no more work of our own, then none that is passed
    /// on; what was claimed is free after that.
    private func configuration(
        _ admin: AdminServer, _ others: InternalServer, _ presence: Presence, _ server: HTTPService<CrossOriginHandler>
    ) -> ServiceGroupConfiguration {
        // What services say is told by their errors, at their end, once.
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .info)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: admin, serviceName: "admin"),
                .init(service: StorePatrol(look: lookAfterStore), serviceName: "store"),
                .init(service: CertificatePatrol(watched, hangups: hangups, logger: logger), serviceName: "tls"),
                .init(service: TaskPatrol(tasks: tasks, troubles: host.troubles), serviceName: "taking up"),
                .init(service: TaskprovPatrol(tasks: tasks), serviceName: "taskprov"),
                .init(service: presence, serviceName: "presence"),
                .init(service: others, serviceName: "internal"),
                .init(service: AfterPresence(presence: presence, inner: host), serviceName: "tasks"),
                .init(service: AfterPresence(presence: presence, inner: server), serviceName: "server"),
                .init(
                    service: Deadline(after: Self.shutdownTime + .seconds(4), logger: logger), serviceName: "deadline"),
                // The first to hear of the end: who asks at the operator's address is told so while the others end.
                .init(service: ReadinessEnd(readiness: facts.readiness), serviceName: "readiness"),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = Self.shutdownTime
        return configuration
    }
}
