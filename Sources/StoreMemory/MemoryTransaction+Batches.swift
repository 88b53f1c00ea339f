import Aggregator
import PopulusDAP

/// Batch buckets, which of them are collected, and batches that the Leader selects.
extension MemoryTransaction {
    func bucket(_ key: BatchBucketKey) throws -> BatchBucket? { tables.buckets[key] }

    func putBucket(_ bucket: BatchBucket) throws { try change { $0.buckets[bucket.key] = bucket } }

    /// By their keys.
    private func buckets(_ keys: ClosedRange<BatchBucketKey>) -> [BatchBucket] {
        tables.buckets.values.filter { keys.contains($0.key) }.sorted { $0.key < $1.key }
    }

    func forEachBucket(_ keys: ClosedRange<BatchBucketKey>, _ body: (BatchBucket) throws -> Void) throws {
        for bucket in buckets(keys) { try body(bucket) }
    }

    func hasBucket(_ keys: ClosedRange<BatchBucketKey>, parameterOtherThan parameter: [UInt8]) throws -> Bool {
        buckets(keys).contains { $0.parameter != parameter }
    }

    func countCommitted(_ keys: ClosedRange<BatchBucketKey>) throws -> UInt64 {
        buckets(keys).reduce(0) { $0 + $1.count }
    }

    func countUncollected() throws -> (count: UInt64, oldest: UInt64?) {
        let open = try tables.buckets.values.filter { try !isCollected($0.key...$0.key) }
        return (open.reduce(0) { $0 + $1.count }, open.compactMap(\.times?.lowerBound).min())
    }

    func eraseShares(_ keys: ClosedRange<BatchBucketKey>) throws {
        try change { tables in
            for key in tables.buckets.keys where keys.contains(key) { tables.buckets[key]?.share = [] }
        }
    }

    func isCollected(_ keys: ClosedRange<BatchBucketKey>) throws -> Bool {
        tables.collected.contains { $0.keys.overlaps(keys) }
    }

    func markCollected(_ keys: ClosedRange<BatchBucketKey>) throws {
        guard try !isCollected(keys) else { throw StoreError.damaged("a bucket is collected twice") }
        try change(marking: true) { $0.collected.append(CollectedRange(keys: keys, walk: nil)) }
    }

    // MARK: Batches that the Leader selects

    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws {
        guard try selectedBatch(batch.id) == nil else { throw Self.taken("batch_id") }
        try change { $0.selected.append(batch) }
    }

    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try change { tables in
            guard let place = tables.selected.firstIndex(where: { $0.id == batch.id }) else { return }
            tables.selected[place] = batch
        }
    }

    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord? { tables.selected.first { $0.id == id } }

    func openSelectedBatches() throws -> [SelectedBatchRecord] { tables.selected.filter(\.isOpen) }
}

/// Collection jobs and aggregate shares.
extension MemoryTransaction {
    func insertResource(_ resource: ResourceRecord) throws {
        guard try self.resource(resource.id) == nil else { throw Self.taken("resource_id") }
        try change(marking: true) { $0.resources.append(resource) }
    }

    func updateResource(_ resource: ResourceRecord) throws {
        try change(marking: true) { tables in
            guard let place = tables.resources.firstIndex(where: { $0.id == resource.id }) else {
                throw Self.missing("there is no resource \(resource.id)")
            }
            tables.resources[place] = resource
        }
    }

    func resource(_ id: ResourceID) throws -> ResourceRecord? { tables.resources.first { $0.id == id } }

    func latestResource(requestDigest: [UInt8]) throws -> ResourceRecord? {
        tables.resources.last { $0.requestDigest == requestDigest }
    }

    func runningResources() throws -> [ResourceRecord] { tables.resources.filter { $0.state == .running } }
}
