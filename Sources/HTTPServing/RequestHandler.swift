import HTTPTypes
import NIOCore
import PopulusTLS

/// A response with its whole body, or with one that goes on.
package struct ServerResponse: Sendable, Equatable {
    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: [UInt8]
    /// What is sent part by part after the head, in place of ``body``; the connection ends with it.
    package var stream: ResponseStream?

    package init(
        status: HTTPResponse.Status, headers: HTTPFields = [:], body: [UInt8] = [], stream: ResponseStream? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.stream = stream
    }
}

/// A media type that a body may have.
package protocol BodyType: Sendable {
    /// Its text, as it stands in header fields.
    var description: String { get }

    /// Whether the text of a Content-Type field is this media type.
    func matches(_ field: String?) -> Bool
}

/// What the head of a request earned it: its body may be read, within these bounds.
package struct Admission<Route: Sendable>: Sendable {
    package var route: Route
    /// The greatest body, in bytes; 0 for a request that has none.
    package var maximumBody: Int
    /// The media types that the body may have.
    package var mediaTypes: [any BodyType]
    /// The longest time that the whole body may take.
    package var bodyDeadline: TimeAmount
    /// Whether somebody was authenticated, which decides the memory budget that the body is charged to.
    package var isAuthenticated: Bool

    package init(
        route: Route, maximumBody: Int = 0, mediaTypes: [any BodyType] = [], bodyDeadline: TimeAmount = .seconds(60),
        isAuthenticated: Bool = false
    ) {
        self.route = route
        self.maximumBody = maximumBody
        self.mediaTypes = mediaTypes
        self.bodyDeadline = bodyDeadline
        self.isAuthenticated = isAuthenticated
    }
}

/// What is served: it decides on heads, the connection reads bodies, and it answers.
package protocol RequestHandler: Sendable {
    associatedtype Route: Sendable

    /// Decides from the head alone, before a byte of the body is read: path, method, token.
    /// Content-Length, media type and `Expect` are the connection's.
    func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal>

    /// The same where the client may have shown a certificate; whoever lets nobody in for one need not have it.
    ///
    /// - Parameter certificate: signed by an authority that the server trusts. That alone says nothing of who it is.
    func admit(_ head: HTTPRequest, certificate: PeerCertificate?) -> Result<Admission<Route>, Refusal>

    /// Answers an admitted request whose body was read in full.
    func respond(to route: Route, body: [UInt8]) async -> ServerResponse

    /// The response for a refused request.
    /// - Parameter head: the request's head, if it could be read.
    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse

    /// Is told of every exchange when its response was made.
    func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status)
}

extension RequestHandler {
    package func admit(
        _ head: HTTPRequest, certificate: PeerCertificate?
    ) -> Result<Admission<Route>, Refusal> {
        admit(head)
    }
}
