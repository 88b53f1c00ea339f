import Logging
import NIOCore
import NIOExtras
import NIOPosix

/// A socket that connections are accepted on.
struct Listener<Handler: RequestHandler>: Sendable {
    typealias Connections = NIOAsyncChannel<ServedChannel<Handler>.Value, Never>

    private let connections: Connections
    private let quiescing: ServerQuiescingHelper
    let address: ListenAddress

    /// Opens the sockets of an address: all of them, or none.
    ///
    /// Port 0 gets one free port for all.
    static func open(
        _ wanted: ListenAddress, serving served: ServedChannel<Handler>, logger: Logger
    ) async throws(ListenError) -> [Self] {
        let sockets = try wanted.sockets()
        // Somebody may have the port of the first socket at the second address.
        var attempts = wanted.port == 0 && sockets.addresses.count > 1 ? 20 : 1
        while true {
            attempts -= 1
            do throws(ListenError) {
                return try await open(sockets, wanted: wanted, serving: served, logger: logger)
            } catch {
                guard case .taken = error, attempts > 0 else { throw error }
            }
        }
    }

    private static func open(
        _ sockets: ListenSockets, wanted: ListenAddress, serving served: ServedChannel<Handler>, logger: Logger
    ) async throws(ListenError) -> [Self] {
        var listeners: [Self] = []
        var missing: ListenError?
        for var address in sockets.addresses {
            if let port = listeners.first?.address.port { address.port = port }
            do {
                listeners.append(try await Self(at: address, serving: served, logger: logger))
            } catch {
                let error = ListenError(error, at: ListenAddress(address), wanted: wanted)
                if case .notOurs = error, !sockets.isStrict {
                    missing = missing ?? error
                    continue
                }
                for listener in listeners { await listener.abandon() }
                throw error
            }
        }
        if let missing, listeners.isEmpty { throw missing }
        return listeners
    }

    /// - Throws: what the system says.
    private init(at address: SocketAddress, serving served: ServedChannel<Handler>, logger: Logger) async throws {
        let quiescing = ServerQuiescingHelper(group: MultiThreadedEventLoopGroup.singleton)
        var bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        quiescing.makeServerChannelHandler(channel: channel))
                }
            }
        if address.protocol == .inet6 {
            // `::` alone would take IPv4 as well, and stand in the way of a socket for `0.0.0.0`.
            bootstrap = bootstrap.serverChannelOption(.ipv6Option(.ipv6_v6only), value: 1)
        }
        connections = try await bootstrap.bind(to: address) { channel in
            served.setup(channel: channel, logger: logger)
        }
        self.quiescing = quiescing
        var bound = ListenAddress(address)
        bound.port = connections.channel.localAddress?.port ?? bound.port
        self.address = bound
    }

    /// Serves connections until the socket is closed and all of them have ended.
    func run(serving served: ServedChannel<Handler>, logger: Logger) async {
        await withDiscardingTaskGroup { group in
            do {
                try await connections.executeThenClose { inbound in
                    for try await connection in inbound {
                        group.addTask { await served.handle(value: connection, logger: logger) }
                    }
                }
            } catch {
                logger.error("accepting connections on \(address) failed: \(error)")
            }
        }
    }

    /// Accepts no more, closes idle connections, and has the others end after their response.
    func quiesce() {
        quiescing.initiateShutdown(promise: nil)
    }

    /// Closes a socket that nothing was accepted on.
    private func abandon() async {
        // It is abandoned for an error that is told.
        try? await connections.executeThenClose { _ in }
    }
}

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    /// An option of IPv6 sockets.
    fileprivate static func ipv6Option(_ name: NIOBSDSocket.Option) -> Self { .init(level: .ipv6, name: name) }
}
