import Aggregator
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP

/// What other processes of the role are answered, on an address of its own: the messages of jobs that this one has in memory.
///
/// Whoever shows no secret of the store learns nothing, not even which paths there are. No resource of DAP is served here, and
/// none of these elsewhere.
package struct ReplicaHandler: RequestHandler {
    /// A request that another process passes on, but for its body.
    package struct Route: Sendable {
        var task: ServedTask
        var kind: JobRequest.Kind
        var id: AggregationJobID
    }

    private static let path = ["tasks", "{task}", "aggregation_jobs", "{job}"]
    private static let mediaTypes: [MediaType] = [
        .aggregationJobInitReq, .aggregationJobContinueReq, .walkEvaluateReq, .walkVerdictReq,
    ]

    private let registry: TaskRegistry
    private let token: BearerToken
    private let troubles: Troubles
    private let logger: Logger

    /// - Parameters:
    ///   - handler: the handler of the public address, whose tasks are meant.
    ///   - token: the store's secret, as it is shown.
    package init(of handler: ResourceHandler, token: BearerToken) {
        (registry, troubles, logger) = (handler.registry, handler.troubles, handler.logger)
        self.token = token
    }

    /// Where a job is, below a process's address.
    package static func path(task: TaskID, job: AggregationJobID, _ kind: JobRequest.Kind) -> String {
        let path = "/tasks/\(task)/aggregation_jobs/\(job)"
        if case .poll(let step?) = kind { return path + "?step=\(step)" }
        return path
    }

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        // Before the path is looked at.
        if token.refusal(of: head) != nil { return .failure(.answered(Self.stranger)) }
        let target = Target(path: head.path ?? "", base: "/")
        guard registry.role == .helper, let segments = target.segments, segments.count == Self.path.count,
            segments[0] == Self.path[0], segments[2] == Self.path[2],
            let id = AggregationJobID(base64URL: segments[3])
        else { return .failure(.unknownPath) }
        guard let task = target.task.flatMap({ registry[$0] }) else {
            return .failure(.answered(Problems.unrecognized(target.task)))
        }
        switch head.method {
        case .get:
            let step = target.query("step")
            guard step == nil || step.flatMap({ UInt16($0) }) != nil else { return .failure(.unknownPath) }
            let route = Route(task: task, kind: .poll(step: step.flatMap { UInt16($0) }), id: id)
            return .success(Admission(route: route, isAuthenticated: true))
        case .post:
            let field = head.headerFields[.contentType]
            // Another one is refused before it is read.
            let mediaType = Self.mediaTypes.first { $0.matches(field) } ?? .aggregationJobInitReq
            let kind = mediaType == .aggregationJobInitReq ? JobRequest.Kind.create : .post(mediaType)
            return .success(
                Admission(
                    route: Route(task: task, kind: kind, id: id),
                    maximumBody: RouteTable.greatestBody(of: .helper), mediaTypes: Self.mediaTypes,
                    bodyDeadline: .minutes(5), isAuthenticated: true))
        default: return .failure(.methodNotAllowed(allowed: [.get, .post]))
        }
    }

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        let (task, id) = (route.task, route.task.id)
        do throws(AggregatorError) {
            // Whoever noticed it has said so in the log.
            if let outage = task.outage { throw .store(outage) }
            if task.witness?.conflict != nil { throw .elsewhere("the store is not the one that it was") }
            guard let helper = task.forwarded else { throw .elsewhere("the task has no Helper here") }
            let answer = try await helper.answer(forwarded: JobRequest(kind: route.kind, id: route.id, body: body))
            troubles.end(Self.failed, about: "\(id)")
            return ReplicaOutcome.response(answer)
        } catch {
            switch error {
            case .internal(let reason):
                troubles.note(Self.failed, about: "\(id)", reason: reason, metadata: ["task": "\(id)"])
            case .store(let reason):
                troubles.note(Self.failed, about: "\(id)", reason: "\(reason)", metadata: ["task": "\(id)"])
            default: logger.info("a request that another process passed on is refused: \(error)")
            }
            return ReplicaOutcome.response(error, task: id)
        }
    }

    private static let failed = "a request that another process passed on failed"

    /// A stranger, or a process of another store.
    private static let stranger = Problems.response(
        nil, status: .unauthorized, detail: "This address is for the other processes of this aggregator.",
        headers: [.wwwAuthenticate: "Bearer"])

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        Problems.response(for: refusal, task: nil)
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {
        logger.debug("internal: \(head?.method.rawValue ?? "?") \(head?.path ?? "?") \(status.code)")
    }
}
