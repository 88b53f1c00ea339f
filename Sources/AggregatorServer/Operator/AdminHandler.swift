import Aggregator
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP

/// What an operator's own address serves: health, readiness, metrics and statuses, for nobody else.
///
/// Metrics tell how many reports were turned away, and strangers can make reports that are turned away only where a
/// candidate is: they must not read them.
package struct AdminHandler: RequestHandler {
    package enum Route: String, CaseIterable, Sendable {
        case health = "/healthz"
        case ready = "/readyz"
        case metrics = "/metrics"
        case status = "/status"
    }

    let registry: TaskRegistry
    private let requests: RequestMetrics
    let troubles: Troubles
    private let replica: (any StoreReplica)?
    private let facts: OperatorFacts
    private let logger: Logger

    /// - Parameters:
    ///   - handler: the handler of the public address.
    ///   - replica: this process among several of its role, if there may be some.
    ///   - facts: what is told of the process.
    package init(
        of handler: ResourceHandler, replica: (any StoreReplica)? = nil, facts: OperatorFacts = OperatorFacts()
    ) {
        (self.replica, self.facts) = (replica, facts)
        registry = handler.registry
        requests = handler.metrics
        troubles = handler.troubles
        logger = handler.logger
    }

    package func admit(_ head: HTTPRequest) -> Result<Admission<Route>, Refusal> {
        let path = (head.path ?? "").prefix { $0 != "?" }
        guard let route = Route(rawValue: String(path)) else { return .failure(.unknownPath) }
        guard head.method == .get || head.method == .head else {
            return .failure(.methodNotAllowed(allowed: [.get, .head]))
        }
        return .success(Admission(route: route))
    }

    package func respond(to route: Route, body: [UInt8]) async -> ServerResponse {
        switch route {
        case .health: return registry.health(tellsPeers: true)
        case .ready:
            let reason = reasonNotReady
            return ServerResponse(reason ?? "ready", status: reason == nil ? .ok : .serviceUnavailable)
        case .metrics: return await metrics()
        case .status: return await statuses()
        }
    }

    var reasonNotReady: String? { registry.reasonNotReady(facts) }

    /// Whether it is ready, without the reason.
    var readiness: ServerResponse {
        let isReady = reasonNotReady == nil
        return ServerResponse(isReady ? "ready" : "not ready", status: isReady ? .ok : .serviceUnavailable)
    }

    private func metrics() async -> ServerResponse {
        var exposition = Exposition()
        exposition.add(facts, role: registry.role)
        exposition.add(.ready, isTrue: reasonNotReady == nil)
        requests.tell(&exposition)
        exposition.add(troubles)
        exposition.add(await facts.storeRoom())
        exposition.add(ProcessFacts())
        let tasks = registry.tasks
        await add(tasks, to: &exposition)
        requests.tellRefusedUploads(of: tasks, &exposition)
        if replica != nil { exposition.add(movedWorkOf: tasks) }
        exposition.add(await known())
        return ServerResponse(
            status: .ok, headers: [.contentType: Exposition.contentType, .cacheControl: "no-store"],
            body: Array(exposition.text.utf8))
    }

    private func add(_ tasks: [ServedTask], to exposition: inout Exposition) async {
        let (failing, now) = (registry.failing, SystemClock().now)
        var stores: [[StoreMeter.Kind: StoreMeter.Numbers]] = []
        for task in tasks {
            exposition.add(task, isFailing: failing.contains(task.id))
            if let numbers = task.backend.storeMeter?.numbers { stores.append(numbers) }
            // A store that is away would be waited for, longer than whoever asks waits.
            guard task.witness?.isAway != true else { continue }
            do throws(AggregatorError) {
                exposition.add(try await task.backend.figures(), of: task.id, now: now)
                troubles.end("metrics failed", about: "\(task.id)", metadata: ["task": "\(task.id)"])
            } catch {
                // The others' numbers are worth having all the same.
                troubles.note(
                    "metrics failed", about: "\(task.id)", reason: "\(error)", metadata: ["task": "\(task.id)"])
            }
        }
        exposition.add(stores)
    }

    /// The processes of the role, where there may be several.
    private func known() async -> [KnownReplica] {
        let text = "metrics of other processes failed"
        // A store that is away would be waited for, longer than whoever asks waits.
        guard !registry.isAway(facts) else { return [] }
        do {
            let known = try await replica?.known() ?? []
            troubles.end(text)
            return known
        } catch {
            troubles.note(text, reason: "\(error)")
            return []
        }
    }

    package func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        Problems.response(for: refusal, task: nil)
    }

    package func completed(_ head: HTTPRequest?, route: Route?, status: HTTPResponse.Status) {
        logger.debug("admin: \(head?.method.rawValue ?? "?") \(head?.path ?? "?") \(status.code)")
    }
}

extension ServerResponse {
    /// A line of text, which is true for a moment only.
    init(_ line: String, status: HTTPResponse.Status) {
        self.init(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: Array((line + "\n").utf8))
    }
}

extension TaskRegistry {
    /// Whether every task's own work goes on.
    ///
    /// A Helper that is away makes no Leader ill: it takes uploads, and would lose them behind a balancer that heeds this.
    ///
    /// - Parameter tellsPeers: whether to say which Helpers are away, for the operator alone.
    func health(tellsPeers: Bool = false) -> ServerResponse {
        let failing = failing.sorted()
        var lines = failing.isEmpty ? ["ok"] : failing.map { "task \($0): failing, see the log" }
        for task in tellsPeers ? tasks : [] {
            guard let peer = task.backend.watch?.status, peer.state == .fault else { continue }
            lines.append("task \(task.id): the Helper does not answer as it should: \(peer.reason ?? "")")
        }
        return ServerResponse(
            lines.joined(separator: "\n"), status: failing.isEmpty ? .ok : .serviceUnavailable)
    }
}
