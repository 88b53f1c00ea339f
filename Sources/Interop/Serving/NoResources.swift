import HTTPServing
import HTTPTypes

/// The resources of a role that serves the test API only: none.
package struct NoResources: RequestHandler {
    /// No request is admitted.
    package enum Route: Sendable {}

    package init() {}

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> { .failure(.unknownPath) }

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {}

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status)
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {}
}
