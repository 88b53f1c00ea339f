import PopulusDAP

/// What rejected reports are counted for: a walk, or a bucket of a batch.
///
/// A task has walks or batches, and all its buckets are of one kind: no two of a task have the same bytes.
package struct RejectionSubject: Hashable, Comparable, Sendable {
    /// 16 bytes of a walk; of a bucket 8 bytes of time, big endian, or a batch ID's 32.
    package let bytes: [UInt8]

    package init(_ walk: WalkID) { bytes = walk.bytes }
    package init(_ bucket: BatchBucketKey) { bytes = bucket.bytes }

    /// Whether it is a bucket of a time.
    package var isTime: Bool { bytes.count == 8 }

    package static func < (left: Self, right: Self) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }

    /// Those of a batch.
    package static func all(of buckets: ClosedRange<BatchBucketKey>) -> ClosedRange<RejectionSubject> {
        RejectionSubject(buckets.lowerBound)...RejectionSubject(buckets.upperBound)
    }
}
