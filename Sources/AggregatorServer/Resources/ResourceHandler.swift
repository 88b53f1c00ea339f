import Aggregator
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP
import PopulusTLS

/// Serves the resources of a Leader's or a Helper's tasks.
package struct ResourceHandler: RequestHandler {
    /// An admitted request but for its body.
    package struct Route: Sendable {
        var row: RouteRow
        /// The base path that was asked below.
        var base: String
        /// The task that was asked for, where the row has one.
        var task: ServedTask?
        var request: ResourceRequest
        /// The path that was asked, without a doubled slash, for the location of what is created there.
        var path: String
        /// The task that the request brings, where it is not served yet.
        var brought: TaskAdvertisement?
        /// What the other aggregator says of its store; nothing where it says nothing.
        var storeField: String?
        /// When its head was there.
        let began = ContinuousClock.now
    }

    let registry: TaskRegistry
    let metrics = RequestMetrics()
    let logger: Logger
    /// What goes wrong in requests, and what else belongs to no task.
    package let troubles: Troubles
    /// Who decides on tasks that requests bring; nothing where none are taken up.
    let desk: (any AdvertisementDesk)?
    private let metricsPlace: String
    /// Where metrics are, where nobody says it better.
    package static let usualMetricsPlace = "an address of the operator's own"

    /// - Parameters:
    ///   - troubles: those of the process; otherwise those of requests alone.
    ///   - metricsPlace: where ``AdminHandler`` serves metrics, in words for those who ask for them here.
    ///   - desk: who decides on tasks that requests bring; nothing where none are taken up.
    package init(
        registry: TaskRegistry, troubles: Troubles? = nil, logger: Logger, metricsPlace: String = usualMetricsPlace,
        desk: (any AdvertisementDesk)? = nil
    ) {
        self.registry = registry
        self.desk = desk
        self.logger = logger
        self.metricsPlace = metricsPlace
        self.troubles = troubles ?? Troubles(of: nil, logger: logger)
    }

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> { admit(head, certificate: nil) }

    package func admit(
        _ head: HTTPRequest, certificate: PeerCertificate?
    ) -> Result<Admission<Route>, Refusal> {
        guard let (target, base, rows) = resource(head.path ?? "") else {
            guard isMetrics(head.path ?? "") else { return .failure(.unknownPath) }
            return .failure(.answered(Problems.metricsElsewhere(metricsPlace)))
        }
        guard let row = RouteTable.row(for: head.method, among: rows) else {
            return .failure(.methodNotAllowed(allowed: RouteTable.methods(of: rows)))
        }
        var task: ServedTask?
        var brought: TaskAdvertisement?
        if let text = target.parameter("task", of: row) {
            let (id, advertised) = (TaskID(base64URL: text), advertisement(in: head))
            guard let id, advertised?.taskID ?? id == id else {
                return .failure(.answered(Problems.unrecognized(self.task(in: head))))
            }
            if let served = registry[id], served.base == base {
                if let refusal = refusal(of: head, certificate, row, served.door, of: id) { return .failure(refusal) }
                if row.caller.isParty { ClockFields.hear(head, row, served) }
                task = served
            } else if let advertised, registry[id] == nil {
                let refusal = refusal(of: head, certificate, row, bringing: advertised, below: base)
                if let refusal { return .failure(refusal) }
                brought = advertised
            } else {
                return .failure(.answered(Problems.unrecognized(id)))
            }
        } else if row.caller.isParty {
            return .failure(.tokenRefused)
        }
        let contentType = head.headerFields[.contentType]
        let step = target.query("step")
        var request = ResourceRequest(
            operation: row.operation, id: target.idParameter(of: row).map(String.init),
            step: step.flatMap { UInt16($0) }, mediaType: row.mediaTypes.first { $0.matches(contentType) }, body: [])
        request.hasBadStep = step != nil && request.step == nil
        if row.operation == .collectionJob { request.wait = Preference.wait(of: head) }
        if row.operation == .createCollectionJob { request.leastReports = Preference.leastReports(of: head) }
        let path = base + (target.segments ?? []).joined(separator: "/")
        var route = Route(row: row, base: base, task: task, request: request, path: path)
        route.storeField = StoreFields.value(of: head)
        route.brought = brought
        return .success(
            Admission(
                route: route, maximumBody: row.maximumBody, mediaTypes: row.mediaTypes,
                bodyDeadline: row.bodyDeadline, isAuthenticated: row.caller.isParty))
    }

    /// Why a request to a task is refused for want of a token, or of the certificate that is expected in its place.
    ///
    /// - Parameter isServed: whether the task has metrics; strangers make none.
    func refusal(
        of head: HTTPRequest, _ certificate: PeerCertificate?, _ row: RouteRow, _ door: TaskDoor, of task: TaskID,
        isServed: Bool = true
    ) -> Refusal? {
        switch row.caller {
        case .anyone: return nil
        case .client:
            guard let refusal = door.uploadTokens?.refusal(of: head) else { return nil }
            if refusal == .wrongToken, door.uploadTokens?.isStale ?? false { return .answered(Problems.tokensUnknown) }
            if isServed { metrics.countRefusedUpload(refusal, task: task) }
            return .answered(Problems.response(for: refusal, task: task))
        case .leader, .collector:
            if let pinned = door.pinned[row.caller] {
                guard let certificate, pinned.contains(where: { $0.accepts(certificate) }) else {
                    return .answered(Problems.certificateRefused(isShown: certificate != nil, task))
                }
                return nil
            }
            guard let token = door.tokens[row.caller] else { return .tokenRefused }
            return token.refusal(of: head)
        }
    }

    /// The resource that a path names: below the longest base path where there is one.
    func resource(_ path: String) -> (target: Target, base: String, rows: [RouteRow])? {
        for base in registry.bases {
            let target = Target(path: path, base: base)
            guard let segments = target.segments else { continue }
            let rows = RouteTable.match(segments, role: registry.role)
            if !rows.isEmpty { return (target, base, rows) }
        }
        return nil
    }

    /// Whether a path is that of the metrics, were they served here.
    private func isMetrics(_ path: String) -> Bool {
        registry.bases.contains { Target(path: path, base: $0).segments == ["metrics"] }
    }

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        switch route.row.operation {
        case .health: return registry.health()
        case .hpkeConfig: return hpkeConfig(base: route.base)
        default:
            if let brought = route.brought, registry[brought.taskID] == nil,
                let refused = await takeUp(brought, for: route)
            {
                return refused
            }
            guard let task = route.task ?? route.brought.flatMap({ registry[$0.taskID] }) else {
                return Problems.unrecognized(route.brought?.taskID)
            }
            var request = route.request
            request.body = body
            task.contact.note(route)
            // Whoever noticed it has said so in the log.
            if task.outage != nil { return Problems.unserved(task.id) }
            if route.row.operation == .status { return await status(of: task, route) }
            if let conflict = await StoreFields.conflict(route, task) {
                troubles.note(
                    "\(request.operation.rawValue) refused: \(conflict)", about: "\(task.id)",
                    metadata: ["task": "\(task.id)"])
                return ClockFields.added(to: StoreFields.refusal(conflict, route, task), route, task)
            }
            let answer = await answer(request, of: task, path: route.path)
            return ClockFields.added(to: StoreFields.added(to: answer, route, task), route, task)
        }
    }

    private func answer(_ request: ResourceRequest, of task: ServedTask, path: String) async -> ServerResponse {
        do throws(AggregatorError) {
            let answer = try await task.backend.answer(request)
            troubles.end("\(request.operation.rawValue) failed in the store", about: "\(task.id)")
            var headers: HTTPFields = [.cacheControl: "no-store"]
            headers[.contentType] = answer.mediaType?.description
            headers[.location] = answer.location?.text(path: path)
            headers[.retryAfter] = answer.retryAfter.map { String($0) }
            if let wait = answer.appliedWait { Preference.setApplied(wait: wait, in: &headers) }
            return ServerResponse(status: answer.status, headers: headers, body: answer.body)
        } catch {
            switch error {
            case .internal(let what): note("\(request.operation.rawValue) failed", of: task, "\(what)")
            case .store(let reason): note("\(request.operation.rawValue) failed in the store", of: task, "\(reason)")
            default: logger.info("\(request.operation.rawValue) refused: \(error)")
            }
            return Problems.response(for: error, task: task.id)
        }
    }

    private func note(_ text: String, of task: ServedTask, _ reason: String) {
        troubles.note(text, about: "\(task.id)", reason: reason, metadata: ["task": "\(task.id)"])
    }

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        Problems.response(for: refusal, task: task(in: head))
    }

    /// The task that a path names, served or not, for problem documents.
    private func task(in head: HTTPRequest?) -> TaskID? {
        registry.bases.lazy.compactMap { Target(path: head?.path ?? "", base: $0).task }.first
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {
        metrics.count(
            route?.row.operation, task: route?.task?.id, status: status.code, since: route?.began)
        logger.debug("\(head?.method.rawValue ?? "?") \(head?.path ?? "?") \(status.code)")
    }
}

// What belongs to no task.
extension ResourceHandler {
    /// Clients may keep the list for a day: for as long as that older keys are to stay in the task's file.
    ///
    /// Spec: DAP §4.4.1
    private func hpkeConfig(base: String) -> ServerResponse {
        let list = registry.hpkeConfigList(base: base)
        guard !list.configs.isEmpty else {
            return Problems.response(nil, status: .notFound, detail: "No task is served here yet.")
        }
        return ServerResponse(
            status: .ok,
            headers: [.contentType: MediaType.hpkeConfigList.description, .cacheControl: "max-age=86400"],
            body: list.encoded())
    }
}
