import DAP
import VDAF

/// What some reports add to their batch buckets.
///
/// Spec: DAP §4.5.4.3
struct BucketSums: Sendable {
    private let vdaf: any EncodedVdaf
    private let parameter: [UInt8]
    /// The sums; an empty share stands for zero.
    private(set) var buckets: [BatchBucketKey: BatchBucket] = [:]
    /// Output shares that are not in the sums yet.
    private var waiting: [BatchBucketKey: [[UInt8]]] = [:]

    init(vdaf: any EncodedVdaf, parameter: [UInt8]) {
        self.vdaf = vdaf
        self.parameter = parameter
    }

    /// Adds a verified report.
    mutating func add(_ outputShare: [UInt8], of report: ReportMetadata, to key: BatchBucketKey) {
        var bucket = buckets[key] ?? BatchBucket(key: key, parameter: parameter, share: [])
        bucket.count += 1
        bucket.checksum.add(report.reportID)
        bucket.times = Self.union(bucket.times, report.time.units...report.time.units)
        buckets[key] = bucket
        waiting[key, default: []].append(outputShare)
    }

    /// Sums what was added.
    mutating func settle() throws {
        for (key, shares) in waiting {
            guard var bucket = buckets[key] else { continue }
            bucket.share = try sum(shares)
            buckets[key] = bucket
        }
        waiting = [:]
    }

    /// Adds other sums; both are settled.
    mutating func merge(_ other: BucketSums) throws {
        for bucket in other.buckets.values { try merge(bucket) }
    }

    mutating func merge(_ bucket: BatchBucket) throws {
        buckets[bucket.key] = try buckets[bucket.key].map { try merged($0, bucket) } ?? bucket
    }

    /// Adds the sums to the stored buckets.
    ///
    /// - Returns: the buckets that take nothing any more, and why.
    func commit(in transaction: any StoreTransaction) throws -> [BatchBucketKey: ReportError] {
        var closed: [BatchBucketKey: ReportError] = [:]
        for (key, bucket) in buckets {
            if try transaction.isCollected(key...key) {
                closed[key] = .batchCollected
                continue
            }
            let stored = try transaction.bucket(key)
            // Reports of another parameter came first while these were verified: they cannot be summed together.
            if let stored, stored.count > 0, stored.parameter != parameter {
                closed[key] = .reportDropped
                continue
            }
            guard let stored, stored.count > 0 else {
                try transaction.putBucket(bucket)
                continue
            }
            try transaction.putBucket(try merged(stored, bucket))
        }
        return closed
    }

    private func merged(_ one: BatchBucket, _ other: BatchBucket) throws -> BatchBucket {
        let (count, overflow) = one.count.addingReportingOverflow(other.count)
        guard !overflow else { throw StoreError.damaged("count of a bucket") }
        var bucket = one
        bucket.share = try sum([one.share, other.share])
        bucket.count = count
        bucket.checksum.merge(other.checksum)
        bucket.times = Self.union(one.times, other.times)
        return bucket
    }

    /// Shares were made here or checked when they were stored: what does not decode is damage.
    private func sum(_ shares: [[UInt8]]) throws -> [UInt8] {
        do { return try vdaf.merge(shares, aggregationParameter: parameter) } catch {
            throw StoreError.damaged("share of a bucket")
        }
    }

    private static func union(_ one: ClosedRange<UInt64>?, _ other: ClosedRange<UInt64>?) -> ClosedRange<UInt64>? {
        guard let one, let other else { return one ?? other }
        return min(one.lowerBound, other.lowerBound)...max(one.upperBound, other.upperBound)
    }
}
