import Aggregator
import HTTPServing
import HTTPTypes
import Logging
import PopulusDAP

/// What an operator's own address serves: health and metrics, for nobody else.
///
/// Metrics tell how many reports were turned away, and strangers can make reports that are turned away only where a
/// candidate is: they must not read them.
package struct AdminHandler: RequestHandler {
    package enum Route: String, CaseIterable, Sendable {
        case health = "/healthz"
        case metrics = "/metrics"
    }

    private let registry: TaskRegistry
    private let requests: RequestMetrics
    private let troubles: Troubles
    private let replica: (any StoreReplica)?
    private let logger: Logger

    /// - Parameters:
    ///   - handler: the handler of the public address.
    ///   - replica: this process among several of its role, if there may be some.
    package init(of handler: ResourceHandler, replica: (any StoreReplica)? = nil) {
        self.replica = replica
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
        case .metrics: return await metrics()
        }
    }

    private func metrics() async -> ServerResponse {
        let (tasks, failing) = (registry.tasks, registry.failing)
        var rejected: [(task: TaskID, counts: [ReportCount])] = []
        for task in tasks {
            do throws(AggregatorError) {
                rejected.append((task.id, try await task.backend.reportCounts()))
            } catch {
                // The others' numbers are worth having all the same.
                troubles.note(
                    "metrics failed", about: "\(task.id)", reason: "\(error)", metadata: ["task": "\(task.id)"])
            }
        }
        let text =
            RequestMetrics.text(tasks: tasks.map(\.id), failing: failing) + requests.text()
            + requests.uploadText(tasks)
            + RequestMetrics.peerText(tasks) + RequestMetrics.troubleText(tasks, requests: troubles)
            + RequestMetrics.text(rejected) + RequestMetrics.movedText(tasks, isOneOfSeveral: replica != nil)
            + RequestMetrics.replicaText(await known())
        return ServerResponse(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"], body: Array(text.utf8))
    }

    /// The processes of the role, where there may be several.
    private func known() async -> [KnownReplica] {
        let text = "metrics of other processes failed"
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

extension TaskRegistry {
    /// Whether every task's own work goes on.
    ///
    /// A Helper that is away makes no Leader ill: it takes uploads, and would lose them behind a balancer that heeds this.
    ///
    /// - Parameter tellsPeers: whether to say which Helpers are away, for the operator alone.
    func health(tellsPeers: Bool = false) -> ServerResponse {
        let failing = failing.sorted()
        var text = failing.isEmpty ? "ok\n" : failing.map { "task \($0): failing, see the log\n" }.joined()
        for task in tellsPeers ? tasks : [] {
            guard let peer = task.backend.watch?.status, peer.state == .fault else { continue }
            text += "task \(task.id): the Helper does not answer as it should: \(peer.reason ?? "")\n"
        }
        return ServerResponse(
            status: failing.isEmpty ? .ok : .serviceUnavailable,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"], body: Array(text.utf8))
    }
}
