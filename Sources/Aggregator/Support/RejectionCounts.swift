import PopulusDAP

extension StoreTransaction {
    /// Counts reports that a job's verification or its Helper turned away.
    ///
    /// - Parameter walk: whose candidates decided what did not verify; nothing if none did.
    func addCounts(_ errors: [ReportError: Int], step: UInt16, level: Int = 0, in walk: WalkID? = nil) throws {
        for (error, count) in errors {
            if error == .vdafVerifyError {
                try addCount(error, at: .verification(step: step, level: level), count, in: walk)
            } else {
                try addCount(error, at: .opening, count)
            }
        }
    }

    /// Counts reports of a walk that an aggregator rejected for good, for its Collector.
    func addRejected(_ errors: [ReportError: Int], by party: Role, of walk: WalkID) throws {
        // Always in one order: two processes that count for one walk at once do not wait for each other's rows in a circle.
        for (error, count) in errors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where count > 0 {
            let reports = RejectedReports(party: party, reason: error, count: UInt64(count))
            try addRejected(reports, of: RejectionSubject(walk))
        }
    }

    /// Counts reports of batches that were rejected for good, for their Collectors.
    func addRejected(_ rejections: BucketRejections) throws {
        for (bucket, reports) in rejections.reports { try addRejected(reports, of: RejectionSubject(bucket)) }
    }
}

/// Reports that were rejected, by the bucket of their batch.
struct BucketRejections: Sendable {
    private struct Key: Hashable {
        let bucket: BatchBucketKey
        let party: Role
        let reason: ReportError
    }

    private var counts: [Key: UInt64] = [:]

    mutating func add(_ reason: ReportError, by party: Role, in bucket: BatchBucketKey) {
        counts[Key(bucket: bucket, party: party, reason: reason), default: 0] += 1
    }

    /// In an order of their own, which is always the same.
    var reports: [(bucket: BatchBucketKey, reports: RejectedReports)] {
        counts.map { ($0.key.bucket, RejectedReports(party: $0.key.party, reason: $0.key.reason, count: $0.value)) }
            .sorted { $0.0 == $1.0 ? RejectedReports.precedes($0.1, $1.1) : $0.0 < $1.0 }
            .map { (bucket: $0.0, reports: $0.1) }
    }
}
