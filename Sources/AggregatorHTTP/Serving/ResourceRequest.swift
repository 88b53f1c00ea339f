import Aggregator
import DAP
import HTTPTypes

/// An admitted request to one of a task's resources.
package struct ResourceRequest: Sendable {
    package var operation: Operation
    /// The last segment of the path, where the row has one.
    package var job: String?
    /// The `step` parameter of an aggregation job.
    package var step: UInt16?
    /// The row's media type that the body has.
    package var mediaType: MediaType?
    package var body: [UInt8]
}

/// An answer to a ``ResourceRequest``.
package struct ResourceAnswer: Sendable {
    package var status = HTTPResponse.Status.ok
    package var body: [UInt8] = []
    package var mediaType: MediaType?
    /// The identifier of a created resource, below the path that was asked.
    package var location: String?
    /// Seconds until the next poll of a resource that is not ready.
    package var retryAfter: Int?

    package init(
        status: HTTPResponse.Status = .ok, body: [UInt8] = [], mediaType: MediaType? = nil, location: String? = nil,
        retryAfter: Int? = nil
    ) {
        self.status = status
        self.body = body
        self.mediaType = mediaType
        self.location = location
        self.retryAfter = retryAfter
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
}
