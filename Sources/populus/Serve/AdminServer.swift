import AggregatorHTTP
import Logging
import ServiceLifecycle

/// Serves the operator's own address, if there is one.
struct AdminServer: Service {
    private let server: HTTPService<AdminHandler>?
    private let ready = AsyncStream.makeStream(of: Void.self)

    init(of handler: ResourceHandler, at address: ListenAddress?, logger: Logger) {
        guard let address else {
            server = nil
            ready.continuation.finish()
            return
        }
        var limits = TransportLimits()
        limits.maximumConnections = 64
        let continuation = ready.continuation
        server = HTTPService(handler: AdminHandler(of: handler), address: address, limits: limits, logger: logger) {
            logger.notice("metrics are served on http://\($0)/metrics")
            continuation.finish()
        }
    }

    /// Waits until it accepts connections, if it ever will.
    func isReady() async {
        for await _ in ready.stream {}
    }

    func run() async throws {
        defer { ready.continuation.finish() }
        guard let server else {
            // A service that returns ends the others.
            try await gracefulShutdown()
            return
        }
        try await server.run()
    }
}
