import HTTPServing
import HTTPTypes
import PopulusTLS

/// Serves an aggregator's resources, and lets pages of other origins upload and fetch keys: those of ``AllowedOrigins``.
///
/// Nothing else is for pages: collections, aggregation jobs, statuses and health have no field for browsers, whatever origin
/// asks. Every answer of the two resources has the fields, refusals too, so that a page can read why it was refused and when
/// to come again. Where the head of a request could not be read there is no origin to answer to.
///
/// Spec: Fetch §3.3 (the CORS protocol)
package struct CrossOriginHandler: RequestHandler {
    package struct Route: Sendable {
        enum Kind: Sendable {
            /// A browser's question before the request itself, and its answer.
            case preflight(ServerResponse)
            case resource(ResourceHandler.Route)
        }

        let kind: Kind
        /// What the answer has besides.
        let fields: HTTPFields
    }

    private let inner: ResourceHandler
    private let origins: AllowedOrigins

    package init(_ inner: ResourceHandler, origins: AllowedOrigins) {
        self.inner = inner
        self.origins = origins
    }

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> { admit(head, certificate: nil) }

    package func admit(
        _ head: HTTPRequest, certificate: PeerCertificate?
    ) -> Result<Admission<Route>, Refusal> {
        let rows = sharedRows(head)
        // A browser asks so before every upload, whose media type no form of a page can have.
        if head.method == .options, !rows.isEmpty, head.headerFields[.origin] != nil,
            head.headerFields[.accessControlRequestMethod] != nil
        {
            let answer = Route(kind: .preflight(preflight(head, rows)), fields: [:])
            return .success(Admission(route: answer))
        }
        let fields = rows.isEmpty ? [:] : fields(for: head)
        return inner.admit(head, certificate: certificate).map { admission in
            Admission(
                route: Route(kind: .resource(admission.route), fields: fields), maximumBody: admission.maximumBody,
                mediaTypes: admission.mediaTypes, bodyDeadline: admission.bodyDeadline,
                isAuthenticated: admission.isAuthenticated)
        }
    }

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        switch route.kind {
        case .preflight(let response): return response
        case .resource(let resource):
            return await inner.respond(to: resource, body: body).with(route.fields)
        }
    }

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        let response = inner.response(for: refusal, to: head)
        guard let head, !sharedRows(head).isEmpty else { return response }
        return response.with(fields(for: head))
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {
        switch route?.kind {
        case .resource(let resource): inner.completed(head, route: resource, status: status)
        case .preflight: inner.metrics.count(.preflight, task: nil, status: status.code)
        case nil: inner.completed(head, route: nil, status: status)
        }
    }

    /// The rows of the resource that a request names, if it is one for pages; none where no page may ask.
    private func sharedRows(_ head: HTTPRequest) -> [RouteRow] {
        guard origins.isActive else { return [] }
        let rows = inner.resource(head.path ?? "")?.rows ?? []
        return rows.allSatisfy { $0.operation == .upload || $0.operation == .hpkeConfig } ? rows : []
    }

    private func fields(for head: HTTPRequest) -> HTTPFields {
        var fields = origins.fields(for: head)
        if origins.allows(head) { fields.append(contentsOf: AllowedOrigins.exposed) }
        return fields
    }

    /// The same for every task, served or not: the request itself is told.
    private func preflight(_ head: HTTPRequest, _ rows: [RouteRow]) -> ServerResponse {
        guard origins.allows(head) else {
            return Problems.response(
                nil, status: .forbidden, detail: "Pages of this origin are not among those that may ask here."
            ).with(origins.fields(for: head))
        }
        var response = ServerResponse(status: .ok, headers: [.cacheControl: "no-store"])
        response.headers[.accessControlAllowMethods] = RouteTable.methods(of: rows).map(\.rawValue)
            .joined(separator: ", ")
        // Named each: a star does not stand for Authorization.
        response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type"
        response.headers[.accessControlMaxAge] = "\(AllowedOrigins.memory)"
        return response.with(origins.fields(for: head))
    }
}

extension ServerResponse {
    fileprivate func with(_ fields: HTTPFields) -> ServerResponse {
        var response = self
        response.headers.append(contentsOf: fields)
        return response
    }
}
