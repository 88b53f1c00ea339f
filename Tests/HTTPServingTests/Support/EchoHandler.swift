import HTTPServing
import HTTPServingHarness
import HTTPTypes

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
                    mediaTypes: [PlainText(message: "a")]))
        case ("/private", .post):
            head.headerFields[.authorization] == "Bearer yes"
                ? .success(
                    Admission(
                        route: .echo, maximumBody: 100, mediaTypes: [PlainText()],
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

/// Text, of one kind of message or of any.
private struct PlainText: BodyType {
    var message: String?

    var description: String { "text/plain" + (message.map { ";message=\($0)" } ?? "") }

    func matches(_ field: String?) -> Bool {
        field?.filter { $0 != " " }.hasPrefix(description) ?? false
    }
}
