import DAP
import VDAF

/// Opening and verification, in ranges of reports on the pool's threads.
extension BatchHelper {
    /// Reports of a range: enough to be worth a change of threads, few enough that every core has some.
    private func rangeLength(of count: Int) -> Int {
        max(1, min(256, count / max(1, settings.workThreads) / 4))
    }

    /// What the verification of a range of reports comes to.
    struct VerifiedRange: Sendable {
        var responses: [VerifyResp] = []
        /// The bucket of each report that verified, by its place in `responses`.
        var buckets: [Int: BatchBucketKey] = [:]
        var sums: BucketSums
    }

    /// Answers the initialisation of a job whose reports are bound.
    func initialize(_ job: BatchJobRecord, _ verifyInits: [VerifyInit]) async throws -> BatchJobRecord {
        let (refusals, verifier) = (try Refusals(decoding: job.refusals), try verifier(of: job))
        let verified = try await verified(verifyInits.count, of: job) { place in
            let verifyInit = verifyInits[place]
            if let error = refusals[place] { return (verifyInit.reportShare.metadata, .rejected(error)) }
            return (verifyInit.reportShare.metadata, verifier.initialize(verifyInit))
        }
        return try await committed(job, verified, isLast: vdaf.rounds == 1)
    }

    /// Verifies `count` reports by their places, in order.
    func verified(
        _ count: Int, of job: BatchJobRecord,
        _ verify: @escaping @Sendable (_ place: Int) -> (ReportMetadata, ReportVerifier.Outcome)
    ) async throws -> VerifiedRange {
        let (vdaf, parameter) = (vdaf, job.parameter)
        let ranges = try await work.map(count: count, rangeLength: rangeLength(of: count)) { range in
            var verified = VerifiedRange(sums: BucketSums(vdaf: vdaf, parameter: parameter))
            for place in range {
                let (metadata, outcome) = verify(place)
                if case .finished(let share, _) = outcome {
                    let bucket = job.bucket(of: metadata.time)
                    verified.buckets[verified.responses.count] = bucket
                    verified.sums.add(share, of: metadata, to: bucket)
                }
                verified.responses.append(VerifyResp(reportID: metadata.reportID, outcome: outcome.response))
            }
            try verified.sums.settle()
            return verified
        }
        return try await work.run {
            var whole = VerifiedRange(sums: BucketSums(vdaf: vdaf, parameter: parameter))
            for range in ranges {
                for (place, bucket) in range.buckets { whole.buckets[whole.responses.count + place] = bucket }
                whole.responses += range.responses
                try whole.sums.merge(range.sums)
            }
            return whole
        }
    }
}
