import DAP

/// Asking for an aggregation job, and deleting it.
extension BatchHelper {
    /// The answer to a job's latest request, if that was for `step`.
    ///
    /// Spec: DAP §3.1, §4.5.3.2
    package func aggregationJob(
        id: AggregationJobID, step: UInt16
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        try await wrapping {
            let job = try await self.knownJob(id)
            guard job.step == step else {
                throw AggregatorError.stepMismatch("the aggregation job is at step \(job.step)")
            }
            return try self.answer(job, id)
        }
    }

    /// The job, unless it is unknown or deleted.
    func knownJob(_ id: AggregationJobID) async throws -> BatchJobRecord {
        guard let job = try await store.read("aggregation job", { try $0.batchJob(id: id) }), job.phase != .abandoned
        else { throw AggregatorError.problem(.unrecognizedAggregationJob, detail: "no such aggregation job") }
        return job
    }

    /// Forgets what a job holds, never that its reports were evaluated.
    ///
    /// Where nothing was sent for a job of a VDAF without an aggregation parameter, its reports may come in another one.
    /// For Poplar1 they may not, and so deviates from DAP: two evaluations of one report under different candidates
    /// would let the Leader read it.
    ///
    /// Spec: DAP §4.5.5
    package func deleteAggregationJob(id: AggregationJobID) async throws(AggregatorError) {
        let isReusable = vdaf.rounds == 1
        try await serialized(id) {
            let job = try await self.knownJob(id)
            try await self.store.write("delete an aggregation job") { transaction in
                if isReusable, job.phase == .bound {
                    _ = try transaction.releaseReports(batchJob: job.row, attemptsBelow: .max)
                } else if job.phase != .finished {
                    try transaction.addCount(.reportDropped, at: .deletion, Self.unfinished(job))
                }
                var job = job
                job.phase = .abandoned
                job.request = []
                job.continueRequest = []
                job.response = []
                try transaction.updateBatchJob(job)
            }
        }
    }

    /// How many reports of a job are neither committed nor rejected.
    private static func unfinished(_ job: BatchJobRecord) -> Int {
        guard job.phase == .continued, let response = try? AggregationJobResp(decoding: job.response) else {
            return job.reportCount
        }
        return response.verifyResps.count { if case .continue = $0.outcome { true } else { false } }
    }
}
