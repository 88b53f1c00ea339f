import Aggregator
import DAP
import Foundation
import HTTPTypes
import Logging

/// Serves the resources of one task's Leader or Helper.
package struct ResourceHandler: RequestHandler {
    /// An admitted request but for its body.
    package struct Route: Sendable {
        var row: RouteRow
        var request: ResourceRequest
        /// The path that was asked, for the location of what is created there.
        var path: String
    }

    private let backend: any Backend
    private let base: String
    private let tokens: [RouteRow.Caller: BearerToken]
    private let metrics = RequestMetrics()
    private let logger: Logger

    /// - Parameters:
    ///   - url: the aggregator's base URL; the resources are served below its path.
    ///   - tokens: what each caller must show. A row whose caller has no token here lets nobody in.
    package init(backend: any Backend, url: String, tokens: [RouteRow.Caller: BearerToken], logger: Logger) {
        self.backend = backend
        self.tokens = tokens
        self.logger = logger
        let path = URLComponents(string: url)?.percentEncodedPath ?? "/"
        base = path.hasSuffix("/") ? path : path + "/"
    }

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        let target = Target(path: head.path ?? "", base: base)
        guard let segments = target.segments else { return .failure(.unknownPath) }
        let rows = RouteTable.match(segments, role: backend.role)
        guard !rows.isEmpty else { return .failure(.unknownPath) }
        guard let row = rows.first(where: { $0.method == head.method }) else {
            return .failure(.methodNotAllowed(allowed: rows.map(\.method)))
        }
        if let text = target.parameter("task", of: row) {
            guard TaskID(base64URL: text) == backend.task else { return .failure(.unrecognizedTask) }
        }
        if row.caller != .anyone {
            guard let token = tokens[row.caller] else { return .failure(.tokenRefused) }
            if let refusal = token.refusal(of: head) { return .failure(refusal) }
        }
        let contentType = head.headerFields[.contentType]
        let request = ResourceRequest(
            operation: row.operation, job: target.parameter("job", of: row).map(String.init),
            step: target.query("step").flatMap { UInt16($0) },
            mediaType: row.mediaTypes.first { $0.matches(contentType) }, body: [])
        let path = (head.path ?? "").prefix { $0 != "?" }
        return .success(
            Admission(
                route: Route(row: row, request: request, path: String(path)), maximumBody: row.maximumBody,
                mediaTypes: row.mediaTypes, bodyDeadline: row.bodyDeadline, isAuthenticated: row.caller != .anyone))
    }

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        switch route.row.operation {
        case .health:
            return ServerResponse(
                status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
                body: Array("ok\n".utf8))
        case .metrics:
            let counts = (try? await backend.reportCounts()) ?? []
            return ServerResponse(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: Array((metrics.text() + RequestMetrics.text(counts)).utf8))
        case .hpkeConfig:
            return ServerResponse(
                status: .ok,
                headers: [.contentType: MediaType.hpkeConfigList.description, .cacheControl: "max-age=86400"],
                body: backend.hpkeConfigList().encoded())
        default:
            var request = route.request
            request.body = body
            return await answer(request, path: route.path)
        }
    }

    private func answer(_ request: ResourceRequest, path: String) async -> ServerResponse {
        do throws(AggregatorError) {
            let answer = try await backend.answer(request)
            var headers: HTTPFields = [.cacheControl: "no-store"]
            headers[.contentType] = answer.mediaType?.description
            headers[.location] = answer.location.map { "\(path)/\($0)" }
            headers[.retryAfter] = answer.retryAfter.map { String($0) }
            return ServerResponse(status: answer.status, headers: headers, body: answer.body)
        } catch {
            switch error {
            case .internal(let what): logger.error("\(request.operation.rawValue) failed: \(what)")
            case .store(let reason): logger.error("\(request.operation.rawValue) failed in the store: \(reason)")
            default: logger.info("\(request.operation.rawValue) refused: \(error)")
            }
            return Problems.response(for: error, task: backend.task)
        }
    }

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        Problems.response(for: refusal, task: head.flatMap { Target(path: $0.path ?? "", base: base).task })
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {
        metrics.count(route?.row.operation, status: status.code)
        logger.debug("\(head?.method.rawValue ?? "?") \(head?.path ?? "?") \(status.code)")
    }
}
