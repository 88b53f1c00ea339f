import DAP

extension Helper {
    /// Takes an `AggregationJobInitReq` and answers with an `AggregationJobResp`.
    package func createAggregationJob(
        task id: TaskID, body: [UInt8]
    ) async throws(AggregatorError) -> (id: AggregationJobID, body: [UInt8]) {
        throw .internal("not yet")
    }
    package func postAggregationJob(
        task id: TaskID, id job: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> (body: [UInt8], mediaType: MediaType) {
        throw .internal("not yet")
    }
    /// The answer to a step's latest request, if it is still at hand.
    package func aggregationJob(
        task id: TaskID, id job: AggregationJobID, step: UInt16
    ) async throws(AggregatorError) -> (body: [UInt8], mediaType: MediaType) {
        throw .internal("not yet")
    }
    package func deleteAggregationJob(task id: TaskID, id job: AggregationJobID) async throws(AggregatorError) {
        throw .internal("not yet")
    }
    package func createAggregateShare(
        task id: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> (id: AggregateShareID, body: [UInt8]) {
        throw .internal("not yet")
    }
    /// Ends walks whose life is over, until the calling task is cancelled; clears what a restart left behind.
    package func run() async throws(AggregatorError) {}
}
