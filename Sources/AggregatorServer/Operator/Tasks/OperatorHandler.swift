import Aggregator
import Foundation
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP

/// Everything at an operator's own address: health, metrics, and the tasks.
///
/// Where there are tokens each route wants one of them, before a byte of the body is read; `/readyz` without one says yes or no
/// and not why. Without tokens whoever reaches the address sees health, metrics and statuses, which name the tasks; nothing below
/// `/tasks` is served.
///
/// Spec: <doc:AdminAPI>
package struct OperatorHandler: RequestHandler {
    /// What is asked.
    package enum Question: Sendable, Equatable {
        case look(AdminHandler.Route)
        /// Whether the server is ready, and no more: of whoever has no token, such as a machine that starts containers.
        case readiness
        case list
        case add
        case show(TaskID)
        case end(TaskID, stopping: Bool)
        case rotateKey(TaskID)
        case changeToken(TaskID)

        /// Whether it comes with a body.
        var hasBody: Bool {
            switch self {
            case .add, .rotateKey, .changeToken: true
            case .look, .readiness, .list, .show, .end: false
            }
        }
    }

    package struct Route: Sendable {
        let question: Question
        /// What the token is called that was shown, if any.
        let operatorID: String?
    }

    /// Who may ask, and whom.
    package struct Access: Sendable {
        let tokens: AdminTokens
        let desk: any TaskDesk

        package init(tokens: AdminTokens, desk: any TaskDesk) { (self.tokens, self.desk) = (tokens, desk) }
    }

    private let looks: AdminHandler
    private let access: Access?
    private let greatestBody: Int
    private let troubles: Troubles
    private let logger: Logger

    /// Whoever tries tokens is seen, in the log once and in the metrics each time.
    private static let wrongToken = "somebody showed a wrong admin token"

    /// - Parameters:
    ///   - looks: health and metrics.
    ///   - access: nothing where there are no tokens.
    ///   - greatestBody: of a registration, in bytes.
    ///   - troubles: those of the process.
    package init(_ looks: AdminHandler, access: Access?, greatestBody: Int, troubles: Troubles, logger: Logger) {
        (self.looks, self.access, self.greatestBody) = (looks, access, greatestBody)
        (self.troubles, self.logger) = (troubles, logger)
    }

    // MARK: What is asked, and by whom

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        var operatorID: String?
        if let access {
            // First of all: a stranger does not learn what there is.
            switch access.tokens.id(of: head) {
            case .success(let id): operatorID = id
            case .failure(.tokenMissing) where Self.isReadiness(head):
                return .success(Admission(route: Route(question: .readiness, operatorID: nil)))
            case .failure(let refusal):
                if refusal == .tokenRefused { troubles.note(Self.wrongToken, level: .warning) }
                return .failure(.answered(Self.refused(refusal)))
            }
        }
        let path = String((head.path ?? "").prefix { $0 != "?" })
        guard let row = Self.row(of: path) else {
            return looks.admit(head).map { admission in
                Admission(route: Route(question: .look(admission.route), operatorID: operatorID))
            }
        }
        guard access != nil else { return .failure(.answered(Self.noTokens)) }
        guard let question = row.first(where: { $0.method == Self.served(head.method) })?.question else {
            let methods = row.flatMap { $0.method == .get ? [HTTPRequest.Method.get, .head] : [$0.method] }
            return .failure(.methodNotAllowed(allowed: methods))
        }
        let greatest = question == .add ? greatestBody : question.hasBody ? min(greatestBody, 4096) : 0
        return .success(
            Admission(
                route: Route(question: question, operatorID: operatorID), maximumBody: greatest,
                mediaTypes: question.hasBody ? [TaskStatus.mediaType] : [], isAuthenticated: true))
    }

    private static func isReadiness(_ head: HTTPRequest) -> Bool {
        head.path == AdminHandler.Route.ready.rawValue && served(head.method) == .get
    }

    private static func served(_ method: HTTPRequest.Method) -> HTTPRequest.Method { method == .head ? .get : method }

    /// What a path takes; nothing for one that has nothing to do with tasks.
    private static func row(of path: String) -> [(method: HTTPRequest.Method, question: Question)]? {
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard path.first == "/", segments.first == "tasks" else { return nil }
        if segments.count == 1 { return [(.get, .list), (.post, .add)] }
        guard segments.count <= 3, let task = TaskID(base64URL: segments[1]) else { return nil }
        guard segments.count == 3 else { return [(.get, .show(task))] }
        switch segments[2] {
        case "end": return [(.post, .end(task, stopping: false))]
        case "stop": return [(.post, .end(task, stopping: true))]
        case "keys": return [(.post, .rotateKey(task))]
        case "tokens": return [(.post, .changeToken(task))]
        default: return nil
        }
    }

    // MARK: Answers

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        if case .look(let look) = route.question { return await looks.respond(to: look, body: body) }
        if route.question == .readiness { return looks.readiness }
        guard let access else { return Self.noTokens }
        do throws(TaskDeskError) {
            return try await answer(to: route, body, by: access.desk)
        } catch {
            logger.notice("admin: refused", metadata: metadata(of: route).merging(["reason": "\(error)"]) { $1 })
            return Self.response(for: error)
        }
    }

    private func answer(
        to route: Route, _ body: [UInt8], by desk: any TaskDesk
    ) async throws(TaskDeskError) -> ServerResponse {
        switch route.question {
        case .look, .readiness: return Self.noTokens
        case .list: return Self.json(try await desk.list())
        case .show(let task): return Self.json(try await desk.show(task))
        case .add:
            let (details, isNew) = try await desk.add(body)
            if isNew { tell("a task was added", details, route) }
            var response = Self.json(details, status: isNew ? .created : .ok)
            response.headers[.location] = "/tasks/\(details.task.taskID)"
            return response
        case .end(let task, let stopping):
            let details = try await desk.end(task, stopping: stopping)
            tell(stopping ? "a task's work was ended" : "a task was closed", details, route)
            return Self.json(details)
        case .rotateKey(let task):
            let (details, isNew) = try await desk.rotateKey(task, body)
            if isNew { tell("a key of a task was replaced", details, route) }
            return Self.json(details)
        case .changeToken(let task):
            let (details, isNew) = try await desk.changeToken(task, body)
            if isNew { tell("a task's tokens were changed", details, route) }
            return Self.json(details)
        }
    }

    /// Who changes something is told of in the log.
    private func tell(_ text: String, _ details: TaskDetails, _ route: Route) {
        logger.notice(
            "\(text) by its operator",
            metadata: metadata(of: route).merging(["task": "\(details.task.taskID)"]) { $1 })
    }

    private func metadata(of route: Route) -> Logger.Metadata {
        route.operatorID.map { ["admin_token": "\($0)"] } ?? [:]
    }

    private static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> ServerResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and numbers always have a JSON form.
        let body = (try? encoder.encode(value)).map { Array($0) } ?? Array("{}".utf8)
        return ServerResponse(
            status: status, headers: [.contentType: TaskStatus.mediaType.description, .cacheControl: "no-store"],
            body: body)
    }

    private static func response(for error: TaskDeskError) -> ServerResponse {
        switch error {
        case .malformed(let reason): Problems.response(nil, status: .badRequest, detail: reason)
        case .unknown: Problems.response(nil, status: .notFound, detail: "\(error)")
        case .conflict(let reason): Problems.response(nil, status: .conflict, detail: reason)
        case .unavailable(let reason): Problems.response(nil, status: .serviceUnavailable, detail: reason)
        }
    }

    /// A stranger, or somebody whose token was taken away.
    private static func refused(_ refusal: Refusal) -> ServerResponse {
        let isMissing = refusal == .tokenMissing
        return Problems.response(
            nil, status: isMissing ? .unauthorized : .forbidden,
            detail: isMissing
                ? "This address is for the operator, who shows an admin token."
                : "The bearer token is none of the admin tokens: it was taken away, or is another one's.",
            headers: [.wwwAuthenticate: isMissing ? "Bearer" : "Bearer error=\"invalid_token\""])
    }

    private static let noTokens = Problems.response(
        nil, status: .forbidden,
        detail: "No admin tokens were given to this server: nothing below /tasks is served.")

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        Problems.response(for: refusal, task: nil)
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {
        logger.debug("admin: \(head?.method.rawValue ?? "?") \(head?.path ?? "?") \(status.code)")
    }
}
