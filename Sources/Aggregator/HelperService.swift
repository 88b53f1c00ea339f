import PopulusDAP

/// The Helper of one task, as its routes see it: ``Helper``.
package protocol HelperService: AggregatorService {
    /// Takes an `AggregationJobInitReq`.
    ///
    /// The same bytes get the same answer.
    ///
    /// Spec: DAP §4.5.3.2
    func createAggregationJob(body: [UInt8]) async throws(AggregatorError) -> AggregationJobAnswer

    /// The answer to a job's request for `step`, DAP's: 0 for its creation.
    ///
    /// Without a step the latest answer, for a task with walks: their later messages have no such number.
    ///
    /// Spec: DAP §4.5.3.2; <doc:WalkExtension>
    func aggregationJob(id: AggregationJobID, step: UInt16?) async throws(AggregatorError) -> AggregationJobAnswer

    /// Takes an `AggregationJobContinueReq`, or a message of the walk extension.
    ///
    /// Spec: DAP §4.5.4.2
    func postAggregationJob(
        id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregationJobAnswer

    func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError)

    /// Takes an `AggregateShareReq` or a `WalkAggregateShareReq`.
    ///
    /// The same bytes get the same answer.
    ///
    /// Spec: DAP §4.6.4
    func createAggregateShare(mediaType: MediaType, body: [UInt8]) async throws(AggregatorError) -> AggregateShareAnswer

    func aggregateShare(id: AggregateShareID) async throws(AggregatorError) -> AggregateShareAnswer

    func deleteAggregateShare(id: AggregateShareID) async throws(AggregatorError)
}
