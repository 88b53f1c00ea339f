import Aggregator
import AggregatorServer
import HTTPServing
import Logging
import ServiceLifecycle

/// Serves the other processes of the role, if there may be some.
struct InternalServer: Service {
    /// The address for the other processes cannot be listened on.
    struct Failure: Error {
        var cause: ListenError
    }

    private let server: HTTPService<ReplicaHandler>?
    private let bound = AsyncStream.makeStream(of: BoundAddresses.self)

    init(of handler: ResourceHandler, at place: ReplicaPlace?, logger: Logger) {
        guard let place else {
            server = nil
            return
        }
        var limits = TransportLimits()
        limits.maximumConnections = 512
        let continuation = bound.continuation
        server = HTTPService(
            handler: ReplicaHandler(of: handler, token: place.secret.expected), address: place.listen, limits: limits,
            tls: place.tls, logger: logger
        ) { continuation.yield($0) }
    }

    /// Waits until it accepts connections; nothing if it never will.
    func addresses() async -> BoundAddresses? { await bound.stream.first { _ in true } }

    func run() async throws {
        defer { bound.continuation.finish() }
        guard let server else {
            // A service that returns ends the others.
            try await gracefulShutdown()
            return
        }
        do { try await server.run() } catch let error as ListenError { throw Failure(cause: error) }
    }
}
