import PopulusDAP

/// Batch buckets of output shares, which of them are collected, and batches that the Leader selects.
package protocol StoreBatches {
    // MARK: Buckets

    func bucket(_ key: BatchBucketKey) throws -> BatchBucket?
    func putBucket(_ bucket: BatchBucket) throws
    /// Calls `body` with each bucket of the range that is there, in order.
    func forEachBucket(_ keys: ClosedRange<BatchBucketKey>, _ body: (BatchBucket) throws -> Void) throws
    /// Whether a bucket of the range has reports with another aggregation parameter.
    func hasBucket(_ keys: ClosedRange<BatchBucketKey>, parameterOtherThan parameter: [UInt8]) throws -> Bool
    /// The sum of the buckets' counts.
    func countCommitted(_ keys: ClosedRange<BatchBucketKey>) throws -> UInt64
    /// The count of all buckets that are not collected, and the least of their reports' times.
    func countUncollected() throws -> (count: UInt64, oldest: UInt64?)
    /// Erases the aggregate shares of collected buckets; everything else stays.
    func eraseShares(_ keys: ClosedRange<BatchBucketKey>) throws
    /// Whether a bucket of the range, empty ones included, is collected.
    func isCollected(_ keys: ClosedRange<BatchBucketKey>) throws -> Bool
    /// Makes a range collected, of which nothing may be yet. For good.
    func markCollected(_ keys: ClosedRange<BatchBucketKey>) throws

    // MARK: Leader-selected batches (Leader)

    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws
    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws
    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord?
    /// The batches that reports may still join, oldest first.
    func openSelectedBatches() throws -> [SelectedBatchRecord]
}

/// A leader-selected batch (Leader).
package struct SelectedBatchRecord: Sendable, Equatable {
    package var id: BatchID
    /// The encoded aggregation parameter of its reports.
    package var parameter: [UInt8]
    /// Whether reports may still join.
    package var isOpen: Bool
    /// Whether a collection job has it.
    package var isClaimed: Bool

    package init(id: BatchID, parameter: [UInt8], isOpen: Bool = true, isClaimed: Bool = false) {
        self.id = id
        self.parameter = parameter
        self.isOpen = isOpen
        self.isClaimed = isClaimed
    }
}
