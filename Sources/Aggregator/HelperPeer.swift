import DAP

/// What the Leader asks of the Helper.
///
/// AggregatorHTTP implements it over HTTP, tests call a `Helper` directly.
package protocol HelperPeer: Sendable {
    /// POST to `aggregation_jobs`. Repeating it with the same bytes is safe.
    func createAggregationJob(task: TaskID, body: [UInt8]) async throws(PeerError) -> (
        id: AggregationJobID, body: [UInt8]
    )

    /// POST to an aggregation job, answered with a body of the media type that belongs to the request's.
    func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> [UInt8]

    /// DELETE of an aggregation job.
    func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError)

    /// POST to `aggregate_shares`, answered with an `AggregateShare`.
    func createAggregateShare(task: TaskID, mediaType: MediaType, body: [UInt8]) async throws(PeerError) -> [UInt8]
}

/// How a request to the Helper can fail.
package enum PeerError: Error, Sendable, Equatable {
    /// Worth another try: no connection, a timeout, a 5xx or 429. The reason is for the log.
    case transient(reason: String, retryAfter: Duration?)
    /// The Helper refused: a 4xx, with the problem document that it sent or one that says as much.
    case problem(ProblemDocument, status: Int)
}
