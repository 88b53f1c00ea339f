import DAP

/// Asking for an aggregation job, and deleting it.
extension BatchHelper {
    /// The answer to a job's latest request, if that was for `step`.
    ///
    /// Spec: DAP §3.1, §4.5.3.2
    package func aggregationJob(
        id: AggregationJobID, step: UInt16?
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        guard let step else { throw .invalidMessage("the query lacks a step, which says what is polled for") }
        return try await wrapping {
            let job = try await self.knownJob(id)
            guard job.step == step else {
                throw AggregatorError.stepMismatch("the aggregation job is at step \(job.step)")
            }
            return try self.answer(job, id)
        }
    }

    /// The job, unless it is unknown or deleted.
    func knownJob(_ id: AggregationJobID) async throws -> BatchJobRecord {
        guard let job = try await store.read("aggregation job", { try $0.batchJob(id: id) }) else {
            throw AggregatorError.problem(.unrecognizedAggregationJob, detail: "no such aggregation job")
        }
        guard job.phase != .abandoned else { throw Self.end(of: job) }
        return job
    }

    /// What is said of an abandoned job: what it failed with, or that it is no more.
    static func end(of job: BatchJobRecord) -> AggregatorError {
        let problem = ProblemDocument(decoding: job.response)
        return .problem(
            problem?.type ?? .unrecognizedAggregationJob, detail: problem?.detail ?? "the aggregation job was deleted")
    }

    /// Forgets what a job holds, never that its reports were evaluated.
    ///
    /// Where nothing was sent for a job of a VDAF without an aggregation parameter, its reports may come in another one.
    /// For Poplar1 they may not, and so deviates from DAP: two evaluations of one report under different candidates
    /// would let the Leader read it.
    ///
    /// Spec: DAP §4.5.5
    package func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError) {
        try await serialized(id) { try await self.abandon(try await self.knownJob(id)) }
    }

    /// Ends a job; `problem` is what it failed with, which everyone is told who asks for it.
    func abandon(_ job: BatchJobRecord, _ problem: ProblemDocument? = nil) async throws {
        let isReusable = vdaf.rounds == 1
        try await store.write("abandon an aggregation job") { transaction in
            if isReusable, job.phase == .bound {
                _ = try transaction.releaseReports(job: job.row, attemptsBelow: .max)
            } else if job.phase != .finished {
                try transaction.addCount(.reportDropped, at: .deletion, Self.unfinished(job))
            }
            var job = job
            job.phase = .abandoned
            job.request = []
            job.continueRequest = []
            job.response = problem?.encoded() ?? []
            try transaction.updateJob(job)
        }
    }

    /// How many reports of a job are neither committed nor rejected.
    private static func unfinished(_ job: BatchJobRecord) -> Int {
        guard job.phase == .opened, let response = try? AggregationJobResp(decoding: job.response) else {
            return job.reportCount
        }
        return response.verifyResps.count { if case .continue = $0.outcome { true } else { false } }
    }
}
