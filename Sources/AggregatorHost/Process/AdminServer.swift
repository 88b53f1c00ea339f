import Aggregator
import AggregatorServer
import HTTPServing
import Logging
import PopulusTLS
import PopulusTaskFiles
import ServiceLifecycle

/// Serves the operator's own address, if there is one.
struct AdminServer: Service {
    /// The operator's own address cannot be listened on.
    struct Failure: Error {
        var cause: ListenError
    }

    private let server: HTTPService<OperatorHandler>?
    private let ready = AsyncStream.makeStream(of: Void.self)

    /// - Parameters:
    ///   - tls: what is shown there; nothing for plain HTTP.
    ///   - replica: this process among several, if there may be some.
    ///   - facts: what it tells of the process.
    ///   - access: who may see and change the tasks; nobody without.
    init(
        of handler: ResourceHandler, at address: ListenAddress?, tls: ServerTLS?, replica: (any StoreReplica)?,
        facts: OperatorFacts, access: OperatorHandler.Access?, logger: Logger
    ) {
        guard let address else {
            server = nil
            ready.continuation.yield()
            return
        }
        var limits = TransportLimits()
        limits.maximumConnections = 64
        let continuation = ready.continuation
        let admin = OperatorHandler(
            AdminHandler(of: handler, replica: replica, facts: facts), access: access,
            greatestBody: TaskRegistration.greatestSize, troubles: handler.troubles, logger: logger)
        server = HTTPService(handler: admin, address: address, limits: limits, tls: tls, logger: logger) {
            logger.notice("metrics are served on \($0.urls(path: "/metrics"))")
            if access != nil { logger.notice("tasks are listed, added and ended on \($0.urls(path: "/tasks"))") }
            continuation.yield()
        }
    }

    /// Waits until it accepts connections; false if it never will.
    func isReady() async -> Bool {
        await ready.stream.first { true } != nil
    }

    func run() async throws {
        defer { ready.continuation.finish() }
        guard let server else {
            // A service that returns ends the others.
            try await gracefulShutdown()
            return
        }
        do { try await server.run() } catch let error as ListenError { throw Failure(cause: error) }
    }
}
