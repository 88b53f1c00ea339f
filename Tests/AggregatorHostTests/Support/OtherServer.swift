import HTTPServing
import HTTPTypes

/// Whoever took an address that a process of the role had: answers everybody alike.
struct OtherServer: RequestHandler {
    let status: Int
    let page: String

    func admit(_ head: HTTPRequest) -> Result<Admission<Void>, Refusal> { .success(Admission(route: ())) }

    func respond(to route: Void, body: [UInt8]) async -> ServerResponse {
        let mediaType = page.hasPrefix("{") ? "application/problem+json" : "text/html"
        return ServerResponse(
            status: HTTPResponse.Status(code: status), headers: [.contentType: mediaType, .location: "/x"],
            body: Array(page.utf8))
    }

    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status)
    }

    func completed(_ head: HTTPRequest?, route: Void?, status: HTTPResponse.Status) {}
}
