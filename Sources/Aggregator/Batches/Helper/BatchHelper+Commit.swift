import DAP

/// Where output shares are committed: into their buckets, together with the answer that says so.
extension BatchHelper {
    /// Stores the answer to a job's latest request, and what its reports add to their buckets.
    ///
    /// A bucket that was collected in the meantime takes nothing, and its reports are answered `batch_collected`.
    ///
    /// Spec: DAP §4.5.4.3
    func committed(_ job: BatchJobRecord, _ verified: VerifiedRange, isLast: Bool) async throws -> BatchJobRecord {
        let step = job.step
        let (done, rejected) = try await store.write("commit an aggregation job") { transaction in
            // Once more and in the transaction: a job is answered once a step.
            guard let stored = try transaction.batchJob(row: job.row), stored.phase == .bound, stored.step == job.step
            else { throw AggregatorError.stepMismatch("the aggregation job was continued or deleted") }
            let closed = try verified.sums.commit(in: transaction)
            var responses = verified.responses
            for (place, bucket) in verified.buckets {
                guard let error = closed[bucket] else { continue }
                responses[place] = VerifyResp(reportID: responses[place].reportID, outcome: .reject(error))
            }
            var done = job
            done.response = AggregationJobResp(verifyResps: responses).encoded()
            done.phase = isLast ? .finished : .continued
            done.continueRequest = []
            if isLast { done.request = [] }
            try transaction.updateBatchJob(done)
            let errors = Self.count(responses)
            for (error, count) in errors {
                let point: RejectionPoint =
                    error == .vdafVerifyError ? .verification(step: step, level: 0) : .opening
                try transaction.addCount(error, at: point, count)
            }
            return (done, errors.values.reduce(0, +))
        }
        logger.info(
            "aggregation job answered",
            metadata: [
                "step": "\(step)", "reports": "\(verified.responses.count)", "rejected": "\(rejected)",
            ])
        return done
    }

    private static func count(_ responses: [VerifyResp]) -> [ReportError: Int] {
        var counts: [ReportError: Int] = [:]
        for response in responses {
            if case .reject(let error) = response.outcome { counts[error, default: 0] += 1 }
        }
        return counts
    }
}
