import Aggregator
import PopulusDAP

extension BrokenTransaction {
    // MARK: Buckets

    func bucket(_ key: BatchBucketKey) throws -> BatchBucket? { try reading { try $0.bucket(key) } }

    func putBucket(_ bucket: BatchBucket) throws { try writing { try $0.putBucket(bucket) } }

    func forEachBucket(_ keys: ClosedRange<BatchBucketKey>, _ body: (BatchBucket) throws -> Void) throws {
        let found = try reading { transaction in
            var found: [BatchBucket] = []
            try transaction.forEachBucket(keys) { found.append($0) }
            return found
        }
        for bucket in found { try body(bucket) }
    }

    func hasBucket(_ keys: ClosedRange<BatchBucketKey>, parameterOtherThan parameter: [UInt8]) throws -> Bool {
        try reading { try $0.hasBucket(keys, parameterOtherThan: parameter) }
    }

    func countCommitted(_ keys: ClosedRange<BatchBucketKey>) throws -> UInt64 {
        try reading { try $0.countCommitted(keys) }
    }

    func countUncollected() throws -> (count: UInt64, oldest: UInt64?) { try reading { try $0.countUncollected() } }

    func eraseShares(_ keys: ClosedRange<BatchBucketKey>) throws {
        if fault == .keepShares { return }
        try writing { try $0.eraseShares(keys) }
    }

    func isCollected(_ keys: ClosedRange<BatchBucketKey>) throws -> Bool { try reading { try $0.isCollected(keys) } }

    func markCollected(_ keys: ClosedRange<BatchBucketKey>) throws {
        do { try writing { try $0.markCollected(keys) } } catch {
            guard fault == .collectTwice else { throw error }
        }
    }

    // MARK: Batches that the Leader selects

    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try writing { try $0.insertSelectedBatch(batch) }
    }

    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try writing { try $0.updateSelectedBatch(batch) }
    }

    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord? { try reading { try $0.selectedBatch(id) } }

    func openSelectedBatches() throws -> [SelectedBatchRecord] { try reading { try $0.openSelectedBatches() } }

    // MARK: Resources

    func insertResource(_ resource: ResourceRecord) throws {
        let isOverwritten = try fault == .overwriteResources && self.resource(resource.id) != nil
        try writing { try isOverwritten ? $0.updateResource(resource) : $0.insertResource(resource) }
    }

    func updateResource(_ resource: ResourceRecord) throws {
        elsewhere(.updateOthers) { try $0.updateResource(resource) }
        try writing { try $0.updateResource(resource) }
    }

    func resource(_ id: ResourceID) throws -> ResourceRecord? { try reading { try $0.resource(id) } }

    func latestResource(requestDigest: [UInt8]) throws -> ResourceRecord? {
        let latest = try reading { try $0.latestResource(requestDigest: requestDigest) }
        guard fault == .findEarliest else { return latest }
        return try runningResources().first { $0.requestDigest == requestDigest } ?? latest
    }

    func runningResources() throws -> [ResourceRecord] {
        let running = try reading { try $0.runningResources() }
        guard fault == .findEndedResources else { return running }
        let known = try (0..<20).compactMap { try resource(ResourceID($0)) }
        return running + known.filter { $0.state != .running }
    }
}
