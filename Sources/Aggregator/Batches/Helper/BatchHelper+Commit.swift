import Logging
import PopulusDAP
import PopulusVDAF

/// Where output shares are committed: into their buckets, together with the answer that says so.
extension BatchHelper {
    /// Stores the answer to a job's latest request, and what its reports add to their buckets.
    ///
    /// A bucket that was collected in the meantime takes nothing, and its reports are answered `batch_collected`.
    ///
    /// Spec: DAP §4.5.4.3
    func committed(_ job: BatchJobRecord, _ verified: Verified, isLast: Bool) async throws -> BatchJobRecord {
        let (step, vdaf) = (job.step, vdaf)
        let (done, rejected) = try await store.write("commit an aggregation job") {
            transaction -> (BatchJobRecord, Int?) in
            // Once more and in the transaction: a job is answered once a step.
            guard let stored = try transaction.batchJob(row: job.row), stored.step == job.step,
                stored.continueDigest == job.continueDigest, stored.phase != .abandoned
            else { throw AggregatorError.stepMismatch("the aggregation job was continued or deleted") }
            // Another process was asked the same, and was first.
            guard stored.phase == .bound else { return (stored, nil) }
            var closed: [BatchBucketKey: ReportError] = [:]
            for sum in verified.sums.values {
                if try transaction.isCollected(sum.key...sum.key) {
                    closed[sum.key] = .batchCollected
                } else if try !transaction.add(sum, vdaf) {
                    // Reports of another parameter came first while these were verified: they cannot be summed together.
                    closed[sum.key] = .reportDropped
                }
            }
            var responses = verified.responses
            for (place, key) in verified.keys {
                guard let error = closed[key] else { continue }
                responses[place] = VerifyResp(reportID: responses[place].reportID, outcome: .reject(error))
            }
            var done = job
            done.response = AggregationJobResp(verifyResps: responses).encoded()
            done.phase = isLast ? .finished : .opened
            done.continueRequest = []
            if isLast { done.request = [] }
            try transaction.updateJob(done)
            if let id = done.jobID { try transaction.forget(.job(id)) }
            let errors = Self.count(responses)
            try transaction.addCounts(errors, step: step)
            return (done, errors.values.reduce(0, +))
        }
        guard let rejected else { return done }
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
