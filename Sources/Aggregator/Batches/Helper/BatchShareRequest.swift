import DAP

/// An `AggregateShareReq` for a batch task, checked as far as that goes without the store.
///
/// Spec: DAP §4.6.4
struct BatchShareRequest: Sendable {
    let collection: CollectionJobReq
    let selector: BatchSelector
    let buckets: ClosedRange<BatchBucketKey>
    let count: UInt64
    let checksum: BatchChecksum
    /// Why the collection job's extensions are refused: told after what the batch itself does wrong.
    let extensionRefusal: AggregatorError?

    init(decoding body: [UInt8], of task: AggregatorTask) throws(AggregatorError) {
        let request: AggregateShareReq
        do { request = try AggregateShareReq(decoding: body) } catch {
            throw .invalidMessage("the aggregate share request does not decode")
        }
        collection = request.collectionJobReq
        selector = request.batchSelector
        guard selector.batchMode == task.configuration.batchMode, collection.query.batchMode == selector.batchMode
        else {
            throw .invalidMessage("the batch mode is not the task's")
        }
        guard let buckets = selector.buckets, selector.isConsistent(with: collection.query) else {
            throw .problem(.batchInvalid, detail: "the batch selector is not well formed, or does not fit the query")
        }
        self.buckets = buckets
        count = request.reportCount
        checksum = request.checksum
        do throws(ExtensionRefusal) {
            _ = try collection.checkedWalk(of: task.configuration, task.codePoints)
            extensionRefusal = nil
        } catch {
            extensionRefusal =
                error.unsupportedExtensions.map { .unsupportedExtensions($0) }
                ?? .problem(error.collectionProblemType, detail: "collection job extensions: \(error)")
        }
    }

    /// Checks the request against the buckets that it names, in the order in which DAP has the checks.
    func check(of task: TaskConfiguration, in transaction: any StoreTransaction) throws {
        guard try !transaction.isCollected(buckets) else {
            throw AggregatorError.problem(.batchOverlap, detail: "reports of the batch are in a collected one")
        }
        var (total, sum, hasOtherParameter, isKnown) = (UInt64(0), BatchChecksum(), false, false)
        try transaction.forEachBucket(buckets) { bucket in
            isKnown = true
            let (count, overflow) = total.addingReportingOverflow(bucket.count)
            guard !overflow else { throw StoreError.damaged("count of a bucket") }
            total = count
            sum.merge(bucket.checksum)
            if bucket.count > 0, bucket.parameter != collection.aggregationParameter { hasOtherParameter = true }
        }
        if case .leaderSelected = selector, !isKnown {
            throw AggregatorError.problem(.batchInvalid, detail: "no report was aggregated in this batch")
        }
        do throws(BatchSizeRefusal) { try task.checkBatchSize(total) } catch { throw AggregatorError(error) }
        guard !hasOtherParameter else {
            throw AggregatorError.invalidMessage("reports of the batch were aggregated with another parameter")
        }
        if let extensionRefusal { throw extensionRefusal }
        guard total == count, sum == checksum else {
            throw AggregatorError.problem(
                .batchMismatch, detail: "the aggregators count different reports: \(count), \(total)")
        }
    }
}
