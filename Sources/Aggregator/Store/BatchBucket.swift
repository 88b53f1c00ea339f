import PopulusDAP

/// The name of a batch bucket, in bytes whose order is that of the buckets.
///
/// Spec: DAP §4.5.4.3
package struct BatchBucketKey: Hashable, Comparable, Sendable {
    /// 8 bytes of time, big endian, or a batch ID's 32; a task has one kind only.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// The bucket of a report's time, for time-interval batches.
    package init(_ time: Time) { bytes = time.encoded() }

    /// The only bucket of a leader-selected batch.
    package init(_ batch: BatchID) { bytes = batch.bytes }

    package static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

extension BatchSelector {
    /// The first and the last bucket of the batch; `nil` for an interval that is not well formed.
    package var buckets: ClosedRange<BatchBucketKey>? {
        switch self {
        case .leaderSelected(let batch):
            let key = BatchBucketKey(batch)
            return key...key
        case .timeInterval(let interval):
            guard interval.isWellFormed, let end = interval.end else { return nil }
            return BatchBucketKey(interval.start)...BatchBucketKey(Time(units: end.units - 1))
        }
    }
}

/// What is committed to a batch bucket.
///
/// Spec: DAP §4.5.4.3
package struct BatchBucket: Sendable, Equatable {
    package var key: BatchBucketKey
    /// The one aggregation parameter of all its reports, encoded.
    package var parameter: [UInt8]
    /// The encoded aggregate share; empty once the batch is collected and its share sealed.
    package var share: [UInt8]
    package var count: UInt64
    package var checksum: BatchChecksum
    /// Least and greatest time of its reports, in units of the task's time precision.
    package var times: ClosedRange<UInt64>?

    package init(
        key: BatchBucketKey, parameter: [UInt8], share: [UInt8], count: UInt64 = 0,
        checksum: BatchChecksum = BatchChecksum(), times: ClosedRange<UInt64>? = nil
    ) {
        self.key = key
        self.parameter = parameter
        self.share = share
        self.count = count
        self.checksum = checksum
        self.times = times
    }
}
