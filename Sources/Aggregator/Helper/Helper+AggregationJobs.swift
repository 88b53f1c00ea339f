import Crypto
import PopulusDAP

/// Aggregation jobs: their messages, one at a time.
extension Helper {
    /// Takes an `AggregationJobInitReq`; the same bytes get the same job and how it stands.
    ///
    /// Spec: DAP §4.5.3.2; <doc:WalkExtension>
    package func createAggregationJob(body: [UInt8]) async throws(AggregatorError) -> AggregationJobAnswer {
        let digest = Array(SHA256.hash(data: body))
        let id = Self.jobID(task.id, digest: digest)
        return try await answer(JobRequest(kind: .create, id: id, body: body, digest: digest))
    }

    /// The job that a message of this digest creates.
    static func jobID(_ task: TaskID, digest: [UInt8]) -> AggregationJobID {
        .derived("aggregation job", task, digest)
    }

    /// Takes an `AggregationJobContinueReq`, or a message of the walk extension.
    ///
    /// The same bytes get the same answer; other bytes for a step that is done are a `stepMismatch`.
    ///
    /// Spec: DAP §4.5.4.2
    package func postAggregationJob(
        id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        try await answer(JobRequest(kind: .post(mediaType), id: id, body: body))
    }

    /// The answer to a job's request for `step`.
    ///
    /// Spec: DAP §3.1, §4.5.3.2
    package func aggregationJob(
        id: AggregationJobID, step: UInt16?
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        try await answer(JobRequest(kind: .poll(step: step), id: id, body: []))
    }

    /// Discards a job, whichever process has it.
    ///
    /// Spec: DAP §4.5.5
    package func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError) {
        try await wrapping { try await self.jobLocks.withLock(id) { try await self.strategy.delete(id) } }
        claims.drop(.job(id))
    }

    /// Answers a request where the job is this process's, or nobody's.
    ///
    /// It runs when no other request for the job is at work; what it leaves unanswered is answered later.
    func answerHere(_ request: JobRequest) async throws -> AggregationJobAnswer {
        let (id, body, digest) = (request.id, request.body, request.digest)
        if case .poll(let step) = request.kind {
            return AggregationJobAnswer(id: id, state: try await strategy.poll(id, step: step))
        }
        let kind = TaskMeter.Work(of: request, of: task)
        let state = try await jobLocks.withLock(id) {
            try await self.core.meter.timing(kind) {
                switch request.kind {
                case .post(let mediaType):
                    try await self.strategy.post(id, mediaType, body, digest: digest, in: request.seat)
                default: try await self.strategy.create(id, body, digest: digest)
                }
            }
        }
        if case .processing = state { background.add(.job(id)) }
        return AggregationJobAnswer(id: id, state: state)
    }
}
