import Aggregator
import HTTPTypes
import PopulusDAP

/// An admitted request to one of a task's resources.
package struct ResourceRequest: Sendable {
    package var operation: Operation
    /// The segment of the path that names the job or the share, where the row has one.
    package var id: String?
    /// The `step` parameter of an aggregation job.
    package var step: UInt16?
    /// Whether the query has a `step` that is no number of one.
    package var hasBadStep = false
    /// The longest time that the client wants to be held, if it says so; for a collection job.
    package var wait: Duration?
    /// How many reports the Collector needs at least, if it says so; for the creation of a collection job.
    package var leastReports: UInt64?
    /// The row's media type that the body has.
    package var mediaType: MediaType?
    package var body: [UInt8]
}

/// An answer to a ``ResourceRequest``.
package struct ResourceAnswer: Sendable {
    package var status = HTTPResponse.Status.ok
    package var body: [UInt8] = []
    package var mediaType: MediaType?
    package var location: ResourceLocation?
    /// Seconds until the next poll of a resource that is not ready.
    package var retryAfter: Int?
    /// For how many seconds the request was held at most, as the client wished.
    package var appliedWait: Int?

    package init(
        status: HTTPResponse.Status = .ok, body: [UInt8] = [], mediaType: MediaType? = nil,
        location: ResourceLocation? = nil, retryAfter: Int? = nil
    ) {
        self.status = status
        self.body = body
        self.mediaType = mediaType
        self.location = location
        self.retryAfter = retryAfter
    }
}

/// Where a resource is, relative to the path that was asked.
///
/// Spec: DAP §3.1, §3.2
package struct ResourceLocation: Sendable, Hashable {
    /// The identifier of what was created below the path; nothing for the resource that was asked.
    package var created: String?
    /// The step of an aggregation job to poll for.
    package var step: UInt16?

    package init(created: String? = nil, step: UInt16? = nil) {
        self.created = created
        self.step = step
    }

    /// The text of the Location field.
    func text(path: String) -> String {
        path + (created.map { "/\($0)" } ?? "") + (step.map { "?step=\($0)" } ?? "")
    }
}

/// What stands behind the routes: the Leader or the Helper of one task.
package protocol Backend: Sendable {
    var role: Role { get }
    var task: TaskID { get }

    func hpkeConfigList() -> HpkeConfigList
    func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer
    /// How many reports were turned away, for `/metrics`.
    func reportCounts() async throws(AggregatorError) -> [ReportCount]
    /// What its store's transactions took; told whether or not the store answers now.
    var storeMeter: StoreMeter? { get }
    /// What an operator may see of the task's work, for `/metrics`.
    func figures() async throws(AggregatorError) -> TaskFigures
    /// How far the task's work is.
    func status() async throws(AggregatorError) -> TaskStatus
    /// What is known of the Helper; a Leader's.
    var watch: PeerWatch? { get }
    /// What goes wrong again and again.
    var troubles: Troubles? { get }
}

extension Backend {
    package var storeMeter: StoreMeter? { nil }
    package func figures() async throws(AggregatorError) -> TaskFigures {
        TaskFigures(turnedAway: try await reportCounts())
    }
    package func status() async throws(AggregatorError) -> TaskStatus { throw .notFound }
    package var watch: PeerWatch? { nil }
    package var troubles: Troubles? { nil }
}
