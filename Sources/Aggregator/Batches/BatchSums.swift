import PopulusDAP
import PopulusVDAF

/// Where a batch is summed: the output shares of one aggregation job by batch bucket, to be committed together.
///
/// Spec: DAP §4.5.4.3
struct BatchSums: Sendable {
    private let vdaf: any EncodedVdaf
    private let parameter: [UInt8]
    private var sums: [BatchBucketKey: Sum] = [:]

    private struct Sum: Sendable {
        var bucket: BatchBucket
        /// Output shares that are not in `bucket.share` yet.
        var pending: [[UInt8]] = []
    }

    /// Output shares of a bucket that are kept to be added at once, and their bytes.
    private static let greatestPending = 64
    private static let greatestPendingBytes = 16 << 20

    init(_ vdaf: any EncodedVdaf, parameter: [UInt8]) {
        self.vdaf = vdaf
        self.parameter = parameter
    }

    /// How many reports are in.
    var count: Int { sums.values.reduce(0) { $0 + Int($1.bucket.count) } }

    /// Adds a report's output share, which this aggregator computed itself.
    mutating func add(_ outputShare: [UInt8], of id: ReportID, time: Time, to key: BatchBucketKey) throws(VDAFError) {
        var sum: Sum
        if let known = sums.removeValue(forKey: key) { sum = known } else { sum = try newSum(key) }
        sum.pending.append(outputShare)
        sum.bucket.count += 1
        sum.bucket.checksum.add(id)
        sum.bucket.include(time.units...time.units)
        let isLarge = sum.pending.count >= Self.greatestPendingBytes / max(1, sum.bucket.share.count)
        if isLarge || sum.pending.count >= Self.greatestPending { try flush(&sum) }
        sums[key] = sum
    }

    private func newSum(_ key: BatchBucketKey) throws(VDAFError) -> Sum {
        Sum(
            bucket: BatchBucket(
                key: key, parameter: parameter, share: try vdaf.emptyAggregateShare(aggregationParameter: parameter)))
    }

    private func flush(_ sum: inout Sum) throws(VDAFError) {
        guard !sum.pending.isEmpty else { return }
        sum.bucket.share = try vdaf.merge([sum.bucket.share] + sum.pending, aggregationParameter: parameter)
        sum.pending = []
    }

    /// The sums by bucket, in order.
    func finished() throws(VDAFError) -> [BatchBucket] {
        var buckets: [BatchBucket] = []
        for (_, sum) in sums.sorted(by: { $0.key < $1.key }) {
            var sum = sum
            try flush(&sum)
            buckets.append(sum.bucket)
        }
        return buckets
    }
}

extension BatchBucket {
    /// Widens `times`.
    mutating func include(_ other: ClosedRange<UInt64>) {
        times =
            min(
                times?.lowerBound ?? other.lowerBound, other.lowerBound)...max(
                times?.upperBound ?? other.upperBound, other.upperBound)
    }

    /// Adds the reports of another sum with the same aggregation parameter.
    mutating func merge(_ other: BatchBucket, _ vdaf: any EncodedVdaf) throws {
        do { share = try vdaf.merge(share, other.share, aggregationParameter: parameter) } catch {
            throw StoreError.damaged("aggregate share of a bucket")
        }
        let (sum, overflow) = count.addingReportingOverflow(other.count)
        guard !overflow else { throw StoreError.damaged("count of a bucket") }
        count = sum
        checksum.merge(other.checksum)
        if let times = other.times { include(times) }
    }
}

extension StoreTransaction {
    /// Adds what a job has summed to its bucket; false if that has reports with another aggregation parameter.
    func add(_ sum: BatchBucket, _ vdaf: any EncodedVdaf) throws -> Bool {
        guard var bucket = try bucket(sum.key) else {
            try putBucket(sum)
            return true
        }
        guard bucket.parameter == sum.parameter else { return false }
        try bucket.merge(sum, vdaf)
        try putBucket(bucket)
        return true
    }

    /// What a batch comes to; `nil` if there is no report in it.
    func total(_ keys: ClosedRange<BatchBucketKey>, _ vdaf: any EncodedVdaf) throws -> BatchBucket? {
        var total: BatchBucket?
        try forEachBucket(keys) { bucket in
            guard total != nil else {
                total = bucket
                return
            }
            guard total?.parameter == bucket.parameter else { throw StoreError.damaged("parameter of a bucket") }
            try total?.merge(bucket, vdaf)
        }
        return total
    }
}
