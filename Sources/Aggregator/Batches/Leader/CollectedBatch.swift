import DAP

/// The batch that a collection job is about.
struct CollectedBatch: Sendable {
    let request: CollectionJobReq
    let selector: BatchSelector
    let keys: ClosedRange<BatchBucketKey>

    /// - Throws: `StoreError.damaged`.
    init(_ collection: BatchCollectionRecord) throws {
        do {
            request = try CollectionJobReq(decoding: collection.request)
            selector = try BatchSelector(decoding: collection.batchSelector)
        } catch {
            throw StoreError.damaged("collection job")
        }
        guard let keys = selector.buckets else { throw StoreError.damaged("batch selector") }
        self.keys = keys
    }

    var parameter: [UInt8] { request.aggregationParameter }

    var batchID: BatchID? {
        if case .leaderSelected(let id) = selector { id } else { nil }
    }

    /// The times of its reports: any in a batch that the Leader selected.
    var times: Range<UInt64> {
        guard case .timeInterval(let interval) = selector, let end = interval.end else { return .all }
        return interval.start.units..<end.units
    }
}

extension StoreTransaction {
    /// Whether reports of the batch are bound to its aggregation parameter.
    func isBegun(_ batch: CollectedBatch) throws -> Bool {
        try countCommitted(batch.keys) > 0 || !openBatchJobs(of: batch).isEmpty
    }

    /// The open jobs with reports that go into the batch, some of them at least.
    func openBatchJobs(of batch: CollectedBatch) throws -> [BatchJobRecord] {
        if let id = batch.batchID { return try openBatchJobs().filter { $0.batchID == id } }
        return try openBatchJobs(times: batch.times)
    }
}
