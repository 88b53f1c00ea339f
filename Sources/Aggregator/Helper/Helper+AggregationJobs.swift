import Crypto
import DAP

/// Aggregation jobs: their messages, one at a time.
extension Helper {
    /// Takes an `AggregationJobInitReq`; the same bytes get the same job and how it stands.
    ///
    /// Spec: DAP §4.5.3.2; <doc:WalkExtension>
    package func createAggregationJob(body: [UInt8]) async throws(AggregatorError) -> AggregationJobAnswer {
        let digest = Array(SHA256.hash(data: body))
        let id = AggregationJobID.derived("aggregation job", task.id, digest)
        return try await answering(id) { try await self.strategy.create(id, body, digest: digest) }
    }

    /// Takes an `AggregationJobContinueReq`, or a message of the walk extension.
    ///
    /// The same bytes get the same answer; other bytes for a step that is done are a `stepMismatch`.
    ///
    /// Spec: DAP §4.5.4.2
    package func postAggregationJob(
        id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        let digest = Array(SHA256.hash(data: body))
        return try await answering(id) { try await self.strategy.post(id, mediaType, body, digest: digest) }
    }

    /// Runs `body` when no other request for the job is at work; what it leaves unanswered is answered later.
    private func answering(
        _ id: AggregationJobID, _ body: () async throws -> ResourceState
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        let state = try await wrapping { try await self.jobLocks.withLock(id, body) }
        if case .processing = state { background.add(.job(id)) }
        return AggregationJobAnswer(id: id, state: state)
    }

    /// The answer to a job's request for `step`.
    ///
    /// Spec: DAP §3.1, §4.5.3.2
    package func aggregationJob(
        id: AggregationJobID, step: UInt16?
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        AggregationJobAnswer(id: id, state: try await wrapping { try await self.strategy.poll(id, step: step) })
    }

    /// Discards a job.
    ///
    /// Spec: DAP §4.5.5
    package func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError) {
        try await wrapping { try await self.jobLocks.withLock(id) { try await self.strategy.delete(id) } }
    }
}
