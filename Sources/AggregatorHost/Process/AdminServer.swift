import Aggregator
import AggregatorServer
import HTTPServing
import Logging
import PopulusTLS
import ServiceLifecycle

/// Serves the operator's own address, if there is one.
struct AdminServer: Service {
    /// The operator's own address cannot be listened on.
    struct Failure: Error {
        var cause: ListenError
    }

    private let server: HTTPService<AdminHandler>?
    private let ready = AsyncStream.makeStream(of: Void.self)

    /// - Parameters:
    ///   - tls: what is shown there; nothing for plain HTTP.
    ///   - replica: this process among several, if there may be some.
    ///   - facts: what it tells of the process.
    init(
        of handler: ResourceHandler, at address: ListenAddress?, tls: ServerTLS?, replica: (any StoreReplica)?,
        facts: OperatorFacts,
        logger: Logger
    ) {
        guard let address else {
            server = nil
            ready.continuation.yield()
            return
        }
        var limits = TransportLimits()
        limits.maximumConnections = 64
        let continuation = ready.continuation
        let admin = AdminHandler(of: handler, replica: replica, facts: facts)
        server = HTTPService(handler: admin, address: address, limits: limits, tls: tls, logger: logger) {
            logger.notice("metrics are served on \($0.urls(path: "/metrics"))")
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
