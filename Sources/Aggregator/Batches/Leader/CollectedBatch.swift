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

    /// Whether a job's reports go into the batch, some of them at least.
    func contains(_ job: BatchJobRecord) -> Bool {
        if let batchID { return job.batchID == batchID }
        return job.firstTime < times.upperBound && job.lastTime >= times.lowerBound
    }
}
