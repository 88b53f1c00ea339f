import PopulusDAP

/// What the Leader asks of the Helper.
///
/// AggregatorHost implements it over HTTP, tests call a Helper directly. Any answer may be `.processing`: the Leader then
/// polls the resource, or sends the same bytes again, which is safe with every request here.
package protocol HelperPeer: Sendable {
    /// POST to `aggregation_jobs`.
    func createAggregationJob(task: TaskID, body: [UInt8]) async throws(PeerError) -> AggregationJobAnswer

    /// POST to an aggregation job, answered with a body of the media type that belongs to the request's.
    func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregationJobAnswer

    /// GET of an aggregation job: the answer to the request for this step, 0 for its creation.
    func aggregationJob(
        task: TaskID, id: AggregationJobID, step: UInt16
    ) async throws(PeerError) -> AggregationJobAnswer

    /// DELETE of an aggregation job.
    func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError)

    /// POST to `aggregate_shares`, answered with an `AggregateShare`.
    func createAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregateShareAnswer

    /// GET of an aggregate share.
    func aggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) -> AggregateShareAnswer

    /// DELETE of an aggregate share.
    func deleteAggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError)

    /// The Helper's clock; nothing where it does not say.
    ///
    /// Nothing of a report goes with it: it is asked before the first message about one.
    ///
    /// - Parameter isAnew: whether what was heard just before does not do, as the Helper may have been restarted since.
    func clock(task: TaskID, isAnew: Bool) async throws(PeerError) -> HelperClock?
}

extension HelperPeer {
    package func clock(task: TaskID, isAnew: Bool) async throws(PeerError) -> HelperClock? { nil }
}

/// How a request to the Helper can fail.
package enum PeerError: Error, Sendable, Equatable {
    /// Worth another try: no connection, a timeout, a 5xx or 429. The reason is for the log.
    case transient(reason: String, retryAfter: Duration?)
    /// Something on the way to the Helper, or the Helper, takes no request of this size (413): nothing is lost, and the request
    /// is sent again now and then until somebody has mended it.
    case tooLarge(reason: String)
    /// The Helper refused: a 4xx, with the problem document that it sent or one that says as much.
    case problem(ProblemDocument, status: Int)
}
