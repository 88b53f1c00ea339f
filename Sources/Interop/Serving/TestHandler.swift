// Interop is a test API over HTTP: a test runner drives any of the four roles by it, as another implementation's.
// Spec: draft-dcook-ppm-dap-interop-test-design

import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP

/// Serves the test API of one role, and whatever else the role serves on the same port.
package struct TestHandler<Resources: RequestHandler>: RequestHandler {
    /// A command, or a request of the role's other resources.
    package enum Route: Sendable {
        case test(TestEndpoint)
        case resource(Resources.Route)
    }

    /// The greatest command, in bytes: a collection's candidates are the most that a command holds.
    private static var maximumBody: Int { 24 << 20 }

    private let role: any TestRole
    private let resources: Resources
    private let logger: Logger

    package init(role: any TestRole, resources: Resources, logger: Logger) {
        self.role = role
        self.resources = resources
        self.logger = logger
    }

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        guard let name = Self.name(in: head) else {
            return resources.admit(Self.withBearerToken(head)).map { admission in
                Admission(
                    route: .resource(admission.route), maximumBody: admission.maximumBody,
                    mediaTypes: admission.mediaTypes, bodyDeadline: admission.bodyDeadline,
                    isAuthenticated: admission.isAuthenticated)
            }
        }
        guard let endpoint = TestEndpoint(rawValue: name), endpoint.roles.contains(role.role) else {
            return .failure(.unknownPath)
        }
        guard head.method == .post else { return .failure(.methodNotAllowed(allowed: [.post])) }
        // Some runners ask whether a server is ready without a body.
        let hasBody =
            endpoint != .ready || (head.headerFields[.contentLength] ?? "0") != "0"
            || head.headerFields[.transferEncoding] != nil
        return .success(
            Admission(
                route: .test(endpoint), maximumBody: hasBody ? Self.maximumBody : 0,
                mediaTypes: [JSONBody()]))
    }

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        switch route {
        case .resource(let route): return await resources.respond(to: route, body: body)
        case .test(let endpoint):
            do throws(InteropError) {
                return Self.response(.ok, try await role.answer(endpoint, body: body))
            } catch {
                logger.info("\(endpoint.rawValue): \(error.message)")
                let answer = Answer(.error, error: error.message)
                if case .malformed = error { return Self.response(.badRequest, answer) }
                return Self.response(.ok, answer)
            }
        }
    }

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        guard let head, let name = Self.name(in: head) else {
            return resources.response(for: refusal, to: head)
        }
        var response = Self.response(refusal.status, Answer(.error, error: Self.text(of: refusal, at: name)))
        if case .methodNotAllowed = refusal { response.headers[.allow] = "POST" }
        if case .contentCodingUnknown = refusal { response.headers[.acceptEncoding] = "identity" }
        return response
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {
        switch route {
        case .resource(let route): resources.completed(head, route: route, status: status)
        case .test, nil: logger.debug("\(head?.method.rawValue ?? "?") \(head?.path ?? "?") \(status.code)")
        }
    }
}

extension TestHandler {
    /// What follows the test API's root in the path, if the path begins with it.
    private static func name(in head: HTTPRequest) -> String? {
        let path = (head.path ?? "").prefix { $0 != "?" }
        return path.hasPrefix(TestEndpoint.root) ? String(path.dropFirst(TestEndpoint.root.count)) : nil
    }

    /// The draft's peers show their token in a field of its own, where DAP-18 has bearer tokens: both are taken here.
    private static func withBearerToken(_ head: HTTPRequest) -> HTTPRequest {
        guard let field = HTTPField.Name(DraftToken.field), let token = head.headerFields[field],
            head.headerFields[.authorization] == nil
        else { return head }
        var head = head
        head.headerFields[.authorization] = "Bearer \(token)"
        return head
    }

    private static func response(_ status: HTTPResponse.Status, _ answer: Answer) -> ServerResponse {
        ServerResponse(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: answer.json())
    }

    private static func text(of refusal: Refusal, at name: String) -> String {
        switch refusal {
        case .unknownPath: "\(TestEndpoint.root)\(name.prefix(80)) is no endpoint of this role"
        case .methodNotAllowed: "the test API takes POST only"
        case .bodyEmpty: "the body is empty; this endpoint takes a JSON object"
        case .mediaTypeUnsupported: "the media type must be application/json"
        case .contentCodingUnknown: "the body must come without Content-Encoding"
        case .bodyTooLarge(let limit): "the greatest body has \(limit) bytes"
        default: "the request was refused: \(refusal)"
        }
    }
}

/// The media type of every command.
private struct JSONBody: BodyType {
    let description = "application/json"

    func matches(_ field: String?) -> Bool { MediaType(essence: description).matches(field) }
}

/// How the draft authenticates, whose DAP is older than bearer tokens.
package enum DraftToken {
    package static let field = "DAP-Auth-Token"

    /// Whether a token can be the value of a header field, here and behind `Bearer `.
    static func isUsable(_ token: String) -> Bool {
        !token.isEmpty && token.utf8.allSatisfy { 0x21...0x7E ~= $0 }
    }
}
