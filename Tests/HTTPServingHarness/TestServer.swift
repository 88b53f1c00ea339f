import HTTPServing
import Logging
import PopulusTLS

/// Bounds of a second or less, so that a test of slowness is quick.
package func quickLimits() -> TransportLimits {
    var limits = TransportLimits()
    limits.headDeadline = .milliseconds(600)
    limits.handshakeDeadline = .milliseconds(600)
    limits.keepAlive = .milliseconds(1500)
    limits.bodyIdle = .milliseconds(600)
    limits.bodyGrace = .milliseconds(600)
    limits.bodyWindow = .milliseconds(600)
    limits.responseDeadline = .milliseconds(800)
    limits.linger = .milliseconds(800)
    limits.tick = .milliseconds(50)
    return limits
}

/// Runs a server on a free port for the time of the body.
///
/// - Parameter tls: what it shows; nothing for plain HTTP.
package func withServer<Handler: RequestHandler, Result: Sendable>(
    _ handler: Handler, limits: TransportLimits = quickLimits(), tls: ServerTLS? = nil,
    _ body: @Sendable (_ port: Int) async throws -> Result
) async throws -> Result {
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let service = HTTPService(
        handler: handler, address: ListenAddress(host: "127.0.0.1", port: 0), limits: limits, tls: tls,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    ) { continuation.yield($0.port) }
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { continuation.finish() }
            try await service.run()
        }
        var port = 0
        for await ready in ports {
            port = ready
            break
        }
        let result = try await body(port)
        group.cancelAll()
        return result
    }
}
