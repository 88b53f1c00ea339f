import Logging
import PopulusTLS
import ServiceLifecycle

/// Serves a ``RequestHandler`` over HTTP/1.1, with TLS or without, until it is told to stop.
///
/// At a graceful shutdown it stops accepting, closes idle connections and ends the others after their response.
package struct HTTPService<Handler: RequestHandler>: Service {
    private let served: ServedChannel<Handler>
    private let address: ListenAddress
    private let logger: Logger
    private let onReady: @Sendable (BoundAddresses) async -> Void

    /// - Parameters:
    ///   - tls: what is shown to clients; nothing for plain HTTP.
    ///   - onReady: called once, with the addresses that connections are accepted on.
    package init(
        handler: Handler, address: ListenAddress, limits: TransportLimits = TransportLimits(), tls: ServerTLS? = nil,
        logger: Logger, onReady: @escaping @Sendable (BoundAddresses) async -> Void
    ) {
        served = ServedChannel(handler: handler, limits: limits, tls: tls, logger: logger)
        self.address = address
        self.logger = logger
        self.onReady = onReady
    }

    /// - Throws: ``ListenError``
    package func run() async throws {
        let (served, logger) = (served, logger)
        let listeners = try await Listener.open(address, serving: served, logger: logger)
        await withGracefulShutdownHandler {
            await onReady(BoundAddresses(addresses: listeners.map(\.address), isSecure: served.tls != nil))
            await withDiscardingTaskGroup { group in
                for listener in listeners { group.addTask { await listener.run(serving: served, logger: logger) } }
            }
        } onGracefulShutdown: {
            for listener in listeners { listener.quiesce() }
        }
    }
}
