import PopulusDAP

/// How an aggregation job stands, and how it ends.
extension BatchHelper {
    /// The answer to a job's latest request, if that was for `step`.
    func poll(_ id: AggregationJobID, step: UInt16?) async throws -> ResourceState {
        guard let step else {
            throw AggregatorError.invalidMessage("the query lacks a step, which says what is polled for")
        }
        let job = try await knownJob(id)
        guard job.step == step else { throw AggregatorError.stepMismatch("the aggregation job is at step \(job.step)") }
        return try answer(job)
    }

    /// How an aggregation job stands, as the Leader is told.
    ///
    /// - Throws: `unrecognizedAggregationJob` for one that was deleted, and what it failed with for one that failed.
    func answer(_ job: BatchJobRecord) throws -> ResourceState {
        switch job.phase {
        case .planned, .bound: return .processing(retryAfter: settings.retryAfter)
        case .opened, .finished: return .ready(body: job.response, mediaType: .aggregationJobResp)
        case .abandoned:
            let problem = ProblemDocument(decoding: job.response)
            throw AggregatorError.problem(
                problem?.type ?? .unrecognizedAggregationJob,
                detail: problem?.detail ?? "the aggregation job was deleted")
        }
    }

    /// The job, unless it is unknown or deleted.
    func knownJob(_ id: AggregationJobID) async throws -> BatchJobRecord {
        guard let job = try await store.read("aggregation job", { try $0.batchJob(id: id) }) else {
            throw AggregatorError.unknownJob
        }
        if job.phase == .abandoned { _ = try answer(job) }
        return job
    }

    /// Forgets what a job holds, never that its reports were evaluated.
    ///
    /// Where nothing was sent for a job of a VDAF without an aggregation parameter, its reports may come in another one.
    /// For Poplar1 they may not, and so deviates from DAP: two evaluations of one report under different candidates
    /// would let the Leader read it.
    ///
    /// Spec: DAP §4.5.5
    func delete(_ id: AggregationJobID) async throws { try await abandon(try await knownJob(id).row) { _ in true } }

    /// Ends a job; `problem` is what it failed with, which everyone is told who asks for it.
    ///
    /// - Parameter isToEnd: looks at the job as it is then.
    /// - Returns: whether it has ended by it.
    @discardableResult
    func abandon(
        _ row: Int64, _ problem: ProblemDocument? = nil,
        if isToEnd: @escaping @Sendable (BatchJobRecord) -> Bool
    ) async throws -> Bool {
        let isReusable = vdaf.rounds == 1
        return try await store.write("abandon an aggregation job") { transaction in
            guard var job = try transaction.batchJob(row: row), job.phase != .abandoned, isToEnd(job) else {
                return false
            }
            // What is committed stays so: only what is bound and nothing more is given back.
            if isReusable, job.phase == .bound {
                _ = try transaction.releaseReports(job: job.row, attemptsBelow: .max)
            } else if job.phase != .finished {
                try transaction.addCount(.reportDropped, at: .deletion, Self.unfinished(job))
            }
            job.phase = .abandoned
            job.request = []
            job.continueRequest = []
            job.response = problem?.encoded() ?? []
            try transaction.updateJob(job)
            if let id = job.jobID { try transaction.forget(.job(id)) }
            return true
        }
    }

    /// How many reports of a job are neither committed nor rejected.
    private static func unfinished(_ job: BatchJobRecord) -> Int {
        // An answer that does not decode any more is no reason to keep the job.
        guard job.phase == .opened, let response = try? AggregationJobResp(decoding: job.response) else {
            return job.reportCount
        }
        return response.verifyResps.count { if case .continue = $0.outcome { true } else { false } }
    }

    var sweeping: DrivenSubject { DrivenSubject(what: "forgotten aggregation jobs cannot be ended") }

    /// Ends jobs that the Leader has left alone for too long: their requests take room.
    func sweep() async throws {
        let (seconds, overflow) = clock.now.subtractingReportingOverflow(settings.longestJobPause)
        guard !overflow else { return }
        let limit = Time(secondsSinceEpoch: seconds, precision: task.configuration.timePrecision).units
        for id in try await store.read("forgotten jobs", { try $0.openBatchJobs(untouchedSince: limit) }) {
            try await jobLocks.withLock(id) {
                guard let row = try await store.read("job", { try $0.batchJob(id: id)?.row }) else { return }
                // As it is then: it may have been continued.
                guard try await abandon(row, if: { $0.isOpen(untouchedSince: limit) }) else { return }
                logger.notice("an aggregation job ended that the Leader did not go on with", metadata: ["job": "\(id)"])
            }
        }
    }
}

extension BatchJobRecord {
    /// Whether it has not ended, and nobody has asked to begin or to go on since a time.
    fileprivate func isOpen(untouchedSince time: UInt64) -> Bool {
        phase != .finished && phase != .abandoned && progress.lastTime > 0 && progress.lastTime < time
    }
}
