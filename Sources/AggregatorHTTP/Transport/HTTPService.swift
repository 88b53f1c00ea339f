import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Where a server listens.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    package var host: String
    /// 0 asks the system for a free port.
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`; an IPv6 host stands in brackets.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// Serves a ``RequestHandler`` over HTTP/1.1 until it is told to stop.
///
/// At a graceful shutdown it stops accepting, closes idle connections and ends the others after their response.
package struct HTTPService<Handler: RequestHandler>: Service {
    private let handler: Handler
    private let address: ListenAddress
    private let limits: TransportLimits
    private let logger: Logger
    private let onReady: @Sendable (ListenAddress) async -> Void

    /// - Parameter onReady: called once, with the address that connections are accepted on.
    package init(
        handler: Handler, address: ListenAddress, limits: TransportLimits = TransportLimits(), logger: Logger,
        onReady: @escaping @Sendable (ListenAddress) async -> Void
    ) {
        self.handler = handler
        self.address = address
        self.limits = limits
        self.logger = logger
        self.onReady = onReady
    }

    /// - Throws: ``ListenError``
    package func run() async throws {
        let (address, onReady) = (address, onReady)
        let server = Server(
            childChannelSetup: ServedChannel(handler: handler, limits: limits),
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port), backlog: 1024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? address.port
                await onReady(ListenAddress(host: address.host, port: port))
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: logger)
        do {
            try await server.run()
        } catch {
            throw ListenError(error, at: address)
        }
    }
}
