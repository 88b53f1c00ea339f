import PopulusDAP

/// An aggregate-share request for a batch.
///
/// Spec: DAP §4.6.4
struct BatchShareRequest: ShareRequest {
    private let task: AggregatorTask
    private let intervalEnd: IntervalEnd
    private let collection: CollectionJobReq
    private let selector: BatchSelector
    private let buckets: ClosedRange<BatchBucketKey>
    private let count: UInt64
    private let checksum: BatchChecksum
    /// Why the collection job's extensions are refused: told after what the batch itself does wrong.
    private let extensionRefusal: ExtensionRefusal?

    /// Takes a request apart, and checks it as far as that goes without the store.
    init(decoding body: [UInt8], of task: AggregatorTask, _ intervalEnd: IntervalEnd) throws(AggregatorError) {
        let request = try AggregateShareReq(received: body, "the aggregate share request")
        (self.task, self.intervalEnd) = (task, intervalEnd)
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
            extensionRefusal = error
        }
    }

    /// Checks the request against the buckets that it names, in the order in which DAP has the checks, and closes them:
    /// from here on nothing is added.
    func admit(as id: ResourceID, in transaction: any StoreTransaction) throws -> ShareAdmission {
        // The Leader's clock, or the Leader, may be wrong: what comes later would find the buckets closed.
        if case .timeInterval(let interval) = selector { try intervalEnd.check(interval) }
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
        if let extensionRefusal { throw AggregatorError(collection: extensionRefusal) }
        guard total == count, sum == checksum else {
            throw AggregatorError.problem(
                .batchMismatch, detail: "the aggregators count different reports: \(count), \(total)")
        }
        try transaction.markCollected(buckets)
        return ShareAdmission(subject: .batch(selector.encoded()))
    }
}
