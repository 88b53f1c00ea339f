import Aggregator
import PopulusDAP

/// A transaction in which all work is the process's own: nothing that is counted or sealed may rest on claims.
///
/// Everything else is the store's.
struct BlindTransaction: StoreTransaction {
    let inner: any StoreTransaction

    func take(_ work: Work) throws -> Claim? { Claim(work: work, token: 0) }
    func holds(_ claim: Claim) throws -> Bool { true }
    func owner(of work: Work) throws -> WorkOwner? { nil }
    func note(_ claim: Claim, progress: Int) throws -> Bool { true }
    func forget(_ work: Work) throws {}
    func tellOthers() throws { try inner.tellOthers() }

    func taskEnd() throws -> TaskEnd? { try inner.taskEnd() }
    func setTaskEnd(_ end: TaskEnd) throws { try inner.setTaskEnd(end) }

    func forgottenBefore() throws -> UInt64 { try inner.forgottenBefore() }
    func expiredReports(before end: UInt64, after last: ExpiredPage.End?, limit: Int) throws -> ExpiredPage {
        try inner.expiredReports(before: end, after: last, limit: limit)
    }
    func forgetReports(_ reports: [ExpiredReport]) throws { try inner.forgetReports(reports) }
    func returnForgottenRoom() throws { try inner.returnForgottenRoom() }

    func expiredResources(before time: UInt64, limit: Int) throws -> [ResourceID] {
        try inner.expiredResources(before: time, limit: limit)
    }

    // MARK: StoreReports

    func insertReports(_ uploads: [NewUpload], in queue: UploadQueue) throws -> [UploadOutcome] {
        try inner.insertReports(uploads, in: queue)
    }
    func lastReportRow() throws -> Int64 { try inner.lastReportRow() }
    func remainingUploads(in buckets: Range<UInt64>, isBound: Bool) throws -> (count: UInt64, oldest: UInt64?) {
        try inner.remainingUploads(in: buckets, isBound: isBound)
    }
    func countReports(in buckets: Range<UInt64>) throws -> Int { try inner.countReports(in: buckets) }
    func rowSpan(of buckets: Range<UInt64>) throws -> ClosedRange<Int64>? { try inner.rowSpan(of: buckets) }
    func forEachReport(
        rows: ClosedRange<Int64>, in buckets: Range<UInt64>, _ body: (_ row: Int64, _ bytes: Int) throws -> Void
    ) throws { try inner.forEachReport(rows: rows, in: buckets, body) }
    func reportBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, limit: Int) throws -> [StoredReport] {
        try inner.reportBodies(rows: rows, in: buckets, limit: limit)
    }
    func postponeReports(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, from first: UInt64) throws -> Int {
        try inner.postponeReports(rows: rows, in: buckets, from: first)
    }
    func eraseBodies(rows: ClosedRange<Int64>, in buckets: Range<UInt64>, isBound: Bool) throws {
        try inner.eraseBodies(rows: rows, in: buckets, isBound: isBound)
    }
    func bindReports(rows: [Int64], job: Int64, keyID: UInt8) throws {
        try inner.bindReports(rows: rows, job: job, keyID: keyID)
    }
    func bindReports(_ reports: [ReportToBind], job: Int64, keyID: UInt8) throws -> [Bool] {
        try inner.bindReports(reports, job: job, keyID: keyID)
    }
    func keptBodies(job: Int64, from ordinal: Int, limit: Int) throws -> [KeptBody] {
        try inner.keptBodies(job: job, from: ordinal, limit: limit)
    }
    func shardsToErase() throws -> [Int64] { try inner.shardsToErase() }
    func boundReports(job: Int64) throws -> [BoundReport] { try inner.boundReports(job: job) }
    func addCount(_ error: ReportError, at point: RejectionPoint, _ count: Int, in walk: WalkID?) throws {
        try inner.addCount(error, at: point, count, in: walk)
    }
    func reportCounts() throws -> [ReportCount] { try inner.reportCounts() }
    func addRejected(_ reports: RejectedReports, of subject: RejectionSubject) throws {
        try inner.addRejected(reports, of: subject)
    }
    func rejectedReports(of subjects: ClosedRange<RejectionSubject>) throws -> [RejectedReports]? {
        try inner.rejectedReports(of: subjects)
    }

    // MARK: StoreJobs

    func insertJob(_ job: ShardRecord) throws -> Int64 { try inner.insertJob(job) }
    func updateJob(_ job: ShardRecord) throws { try inner.updateJob(job) }
    func shard(row: Int64) throws -> ShardRecord? { try inner.shard(row: row) }
    func shard(id: AggregationJobID) throws -> ShardRecord? { try inner.shard(id: id) }
    func shards(_ walk: WalkID) throws -> [ShardRecord] { try inner.shards(walk) }
    func recordEvaluation(job row: Int64, step: UInt16, digest: [UInt8]) throws -> Bool {
        try inner.recordEvaluation(job: row, step: step, digest: digest)
    }
    func commitShard(_ job: ShardRecord) throws -> Bool { try inner.commitShard(job) }
    func insertJob(_ job: BatchJobRecord) throws -> Int64 { try inner.insertJob(job) }
    func updateJob(_ job: BatchJobRecord) throws { try inner.updateJob(job) }
    func batchJob(row: Int64) throws -> BatchJobRecord? { try inner.batchJob(row: row) }
    func batchJob(id: AggregationJobID) throws -> BatchJobRecord? { try inner.batchJob(id: id) }
    func openBatchJobs() throws -> [BatchJobRecord] { try inner.openBatchJobs() }
    func openBatchJobs(times: Range<UInt64>) throws -> [BatchJobRecord] { try inner.openBatchJobs(times: times) }
    func openBatchJobs(untouchedSince time: UInt64) throws -> [AggregationJobID] {
        try inner.openBatchJobs(untouchedSince: time)
    }
    func waitingBatchJobs() throws -> [AggregationJobID] { try inner.waitingBatchJobs() }
    func waitingReports(times: Range<UInt64>, throughRow last: Int64, keys: Set<UInt8>?, limit: Int) throws
        -> [WaitingReport]
    { try inner.waitingReports(times: times, throughRow: last, keys: keys, limit: limit) }
    func countWaitingReports(forKeysBeside keys: Set<UInt8>) throws -> Int {
        try inner.countWaitingReports(forKeysBeside: keys)
    }
    func countWaitingReports(times: Range<UInt64>, throughRow last: Int64, limit: Int) throws -> Int {
        try inner.countWaitingReports(times: times, throughRow: last, limit: limit)
    }
    func uploads(job row: Int64) throws -> [StoredReport] { try inner.uploads(job: row) }
    func eraseUploads(job row: Int64) throws { try inner.eraseUploads(job: row) }
    func attempts(job row: Int64) throws -> Int? { try inner.attempts(job: row) }
    func releaseReports(job row: Int64, attemptsBelow limit: Int) throws -> Int {
        try inner.releaseReports(job: row, attemptsBelow: limit)
    }
    func releaseReports(job row: Int64, ids: [ReportID]) throws { try inner.releaseReports(job: row, ids: ids) }

    // MARK: StoreWalks

    func insertWalk(_ walk: WalkRecord) throws { try inner.insertWalk(walk) }
    func updateWalk(_ walk: WalkRecord) throws { try inner.updateWalk(walk) }
    func walk(_ id: WalkID) throws -> WalkRecord? { try inner.walk(id) }
    func walkEnd(_ id: WalkID) throws -> WalkEnd? { try inner.walkEnd(id) }
    func walks() throws -> [WalkRecord] { try inner.walks() }
    func walk(batchSelector: [UInt8]) throws -> WalkRecord? { try inner.walk(batchSelector: batchSelector) }
    func freeBuckets() throws -> Range<UInt64> { try inner.freeBuckets() }
    func freeze(_ walk: WalkRecord) throws -> Bool { try inner.freeze(walk) }
    func thaw(_ walk: inout WalkRecord) throws { try inner.thaw(&walk) }
    func bucketsToErase() throws -> [Range<UInt64>] { try inner.bucketsToErase() }
    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool { try inner.claimBucket(time, walk: walk) }
    func insertStep(_ step: StepRecord) throws { try inner.insertStep(step) }
    func updateStep(_ step: StepRecord) throws { try inner.updateStep(step) }
    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord? { try inner.step(walk, step) }
    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord] { try inner.steps(walk, from: first) }
    func lastStep(_ walk: WalkID) throws -> StepRecord? { try inner.lastStep(walk) }

    // MARK: StoreBatches

    func bucket(_ key: BatchBucketKey) throws -> BatchBucket? { try inner.bucket(key) }
    func putBucket(_ bucket: BatchBucket) throws { try inner.putBucket(bucket) }
    func forEachBucket(_ keys: ClosedRange<BatchBucketKey>, _ body: (BatchBucket) throws -> Void) throws {
        try inner.forEachBucket(keys, body)
    }
    func hasBucket(_ keys: ClosedRange<BatchBucketKey>, parameterOtherThan parameter: [UInt8]) throws -> Bool {
        try inner.hasBucket(keys, parameterOtherThan: parameter)
    }
    func countCommitted(_ keys: ClosedRange<BatchBucketKey>) throws -> UInt64 { try inner.countCommitted(keys) }
    func countUncollected() throws -> (count: UInt64, oldest: UInt64?) { try inner.countUncollected() }
    func eraseShares(_ keys: ClosedRange<BatchBucketKey>) throws { try inner.eraseShares(keys) }
    func isCollected(_ keys: ClosedRange<BatchBucketKey>) throws -> Bool { try inner.isCollected(keys) }
    func markCollected(_ keys: ClosedRange<BatchBucketKey>) throws { try inner.markCollected(keys) }
    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws { try inner.insertSelectedBatch(batch) }
    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws { try inner.updateSelectedBatch(batch) }
    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord? { try inner.selectedBatch(id) }
    func openSelectedBatches() throws -> [SelectedBatchRecord] { try inner.openSelectedBatches() }

    // MARK: StoreResources

    func insertResource(_ resource: ResourceRecord) throws { try inner.insertResource(resource) }
    func updateResource(_ resource: ResourceRecord) throws { try inner.updateResource(resource) }
    func resource(_ id: ResourceID) throws -> ResourceRecord? { try inner.resource(id) }
    func latestResource(requestDigest: [UInt8]) throws -> ResourceRecord? {
        try inner.latestResource(requestDigest: requestDigest)
    }
    func runningResources() throws -> [ResourceRecord] { try inner.runningResources() }
}
