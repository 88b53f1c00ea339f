import AggregatorHTTP
import DAP
import HTTPTypes
import Logging
import Synchronization

/// Answers a body's length and sum; one path is slow, one wants a token.
struct EchoHandler: RequestHandler {
    enum Route: Sendable {
        case echo
        case slow
        case large
        case nothing
    }

    static let limit = 1 << 20

    /// Called when the slow path was reached.
    var onSlow: @Sendable () -> Void = {}

    func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        switch (head.path ?? "", head.method) {
        case ("/echo", .post):
            .success(
                Admission(
                    route: .echo, maximumBody: Self.limit,
                    mediaTypes: [MediaType(essence: "text/plain", parameters: ["message": "a"])]))
        case ("/private", .post):
            head.headerFields[.authorization] == "Bearer yes"
                ? .success(
                    Admission(
                        route: .echo, maximumBody: 100, mediaTypes: [MediaType(essence: "text/plain")],
                        isAuthenticated: true))
                : .failure(.tokenRefused)
        case ("/slow", .get): .success(Admission(route: .slow))
        case ("/large", .get): .success(Admission(route: .large))
        case ("/nothing", .get): .success(Admission(route: .nothing))
        case ("/echo", _): .failure(.methodNotAllowed(allowed: [.post]))
        default: .failure(.unknownPath)
        }
    }

    func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        switch route {
        case .echo:
            let sum = body.reduce(0) { ($0 + Int($1)) % 65521 }
            return ServerResponse(status: .ok, body: Array("\(body.count) \(sum)".utf8))
        case .slow:
            onSlow()
            try? await Task.sleep(for: .milliseconds(300))
            return ServerResponse(status: .ok, body: Array("slow".utf8))
        case .large: return ServerResponse(status: .ok, body: [UInt8](repeating: 0x61, count: 64 << 20))
        case .nothing: return ServerResponse(status: .ok)
        }
    }

    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status, body: Array("{\"refused\":\"\(refusal)\"}".utf8))
    }

    func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {}
}

/// Bounds of a second or less, so that a test of slowness is quick.
func quickLimits() -> TransportLimits {
    var limits = TransportLimits()
    limits.headDeadline = .milliseconds(600)
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
func withServer<Handler: RequestHandler, Result: Sendable>(
    _ handler: Handler, limits: TransportLimits = quickLimits(),
    _ body: @Sendable (_ port: Int) async throws -> Result
) async throws -> Result {
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let service = HTTPService(
        handler: handler, address: ListenAddress(host: "127.0.0.1", port: 0), limits: limits,
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
