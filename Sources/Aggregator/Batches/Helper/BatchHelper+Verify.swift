import PopulusDAP
import PopulusVDAF

/// Opening and verification, in ranges of reports on the pool's threads.
extension BatchHelper {
    /// What the verification of a job's reports comes to.
    struct Verified: Sendable {
        var responses: [VerifyResp] = []
        /// The bucket of each report that verified, by its place in `responses`.
        var keys: [Int: BatchBucketKey] = [:]
        /// What the verified reports add to each bucket.
        var sums: [BatchBucketKey: BatchBucket] = [:]

        /// Appends the reports that come next.
        mutating func append(_ other: Verified, _ vdaf: any EncodedVdaf) throws {
            for (place, key) in other.keys { keys[responses.count + place] = key }
            responses += other.responses
            for (key, sum) in other.sums {
                guard var whole = sums[key] else {
                    sums[key] = sum
                    continue
                }
                try whole.merge(sum, vdaf)
                sums[key] = whole
            }
        }
    }

    /// What opens and verifies the reports of a job.
    func verifier(of job: BatchJobRecord) throws -> ReportVerifier {
        guard let key = task.verifyKeys[job.verificationKeyID] else {
            throw StoreError.damaged("a job's verification key is gone")
        }
        return ReportVerifier(
            vdaf: vdaf, opener: ShareOpener(task: task, settings: settings), verifyKey: key, parameter: job.parameter)
    }

    /// Answers the initialisation of a job whose reports are bound.
    func initialize(_ job: BatchJobRecord, _ verifyInits: [VerifyInit]) async throws -> BatchJobRecord {
        let refusals = try Refusals(decoding: job.refusals)
        // A job of which nothing entered may have a key that is not known.
        let verifier = refusals.entered(of: verifyInits.count).isEmpty ? nil : try verifier(of: job)
        let verified = try await verified(verifyInits.count, of: job) { place in
            let verifyInit = verifyInits[place]
            guard refusals[place] == nil, let verifier else {
                return (verifyInit.reportShare.metadata, .rejected(refusals[place] ?? .invalidMessage))
            }
            return (verifyInit.reportShare.metadata, verifier.initialize(verifyInit))
        }
        return try await committed(job, verified, isLast: vdaf.rounds == 1)
    }

    /// Verifies `count` reports by their places, in order.
    func verified(
        _ count: Int, of job: BatchJobRecord,
        _ verify: @escaping @Sendable (_ place: Int) -> (ReportMetadata, ReportVerifier.Outcome)
    ) async throws -> Verified {
        let (task, vdaf) = (task, vdaf)
        let rangeLength = work.batchRangeLength(of: count)
        let ranges = try await work.map(count: count, rangeLength: rangeLength) { range in
            var verified = Verified()
            var sums = BatchSums(vdaf, parameter: job.parameter)
            for place in range {
                let (metadata, outcome) = verify(place)
                if case .finished(let share, _) = outcome {
                    let key = task.bucketKey(metadata.time, job.batchID)
                    verified.keys[verified.responses.count] = key
                    try sums.add(share, of: metadata.reportID, time: metadata.time, to: key)
                }
                verified.responses.append(VerifyResp(reportID: metadata.reportID, outcome: outcome.response))
            }
            for sum in try sums.finished() { verified.sums[sum.key] = sum }
            return verified
        }
        return try await work.run {
            var whole = Verified()
            for range in ranges { try whole.append(range, vdaf) }
            return whole
        }
    }
}
