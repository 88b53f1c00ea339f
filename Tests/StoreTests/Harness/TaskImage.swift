import Aggregator
import PopulusDAP

/// Everything that can be seen of a task through its store, as lines of text; rows by their order only.
///
/// Two tasks to which the same has happened look the same. What is looked for are the small numbers that checks use.
struct TaskImage: Sendable, Equatable {
    private(set) var lines: [String] = []

    /// Numbers below these are looked for.
    private static let greatestTime: UInt64 = 20
    private static let greatestNumber = 20
    private static let greatestJob: Int64 = 24

    init(of store: any TaskStore) async throws {
        let rows = store.jobRows
        self = try await store.read("image") { try TaskImage($0, jobRows: rows) }
    }

    init(_ transaction: any StoreTransaction, jobRows: ClosedRange<Int64>) throws {
        try addUploads(transaction)
        try addJobs(transaction, jobRows)
        try addWalks(transaction)
        try addBatches(transaction)
        try addResources(transaction)
        for count in try transaction.reportCounts() { add("turned away", count) }
        try addRejected(transaction)
        add("end", ifAny: try transaction.taskEnd())
        add("forgotten before", try transaction.forgottenBefore())
        // By their times alone: rows differ between stores.
        let expired = try transaction.expiredReports(before: Self.greatestTime, after: nil, limit: 99).reports
        add("may be forgotten:", expired.map { "\($0.time)\($0.waits ? " waits" : "")" }.sorted())
    }

    private mutating func addRejected(_ transaction: any StoreTransaction) throws {
        for number in 0..<Self.greatestNumber {
            let subjects = [
                RejectionSubject(WalkID(number)), RejectionSubject(BatchBucketKey(UInt64(number))),
                RejectionSubject(BatchBucketKey(BatchID(number))),
            ]
            for subject in subjects {
                let told = try transaction.rejectedReports(of: subject)
                if told != [] { add("rejected of \(subject.bytes):", told.map { "\($0)" } ?? "not all counted") }
            }
        }
    }

    private mutating func add(_ what: String, _ value: Any) { lines.append("\(what) \(value)") }

    private mutating func add<T>(_ what: String, ifAny value: T?) {
        if let value { add(what, value) }
    }

    private mutating func addUploads(_ transaction: any StoreTransaction) throws {
        for bucket in 0..<Self.greatestTime {
            for text in try transaction.texts(in: bucket..<bucket + 1) { add("bucket \(bucket):", text) }
        }
        add("in the order of rows:", try transaction.texts(in: .all))
        for isBound in [false, true] {
            add("left, bound \(isBound):", try transaction.remainingUploads(in: .all, isBound: isBound))
        }
        add("uploads:", try transaction.countReports(in: .all))
        // Their order is a promise of its own, for uploads that wait in the bucket of their time.
        let waiting = try transaction.waitingReports(times: .all, limit: .max).map { report in
            "time \(report.time) of \(report.bytes) bytes, back \(report.attempts), key \(report.keyID ?? 0)"
        }
        add("waiting:", waiting.sorted())
        add("of other keys:", try transaction.countWaitingReports(forKeysBeside: [99]))
        // Only a task whose batches the Leader selects has such.
        if try transaction.walks().allSatisfy(\.interval.isEmpty) { add("free:", try transaction.freeBuckets()) }
    }

    private mutating func addJobs(_ transaction: any StoreTransaction, _ rows: ClosedRange<Int64>) throws {
        for place in 0..<Self.greatestJob {
            let row = rows.lowerBound + place
            if var job = try transaction.shard(row: row) {
                job.row = place
                // Rows of reports are the task's too; 0 is none.
                if rows.contains(job.firstRow) { job.firstRow -= rows.lowerBound }
                if rows.contains(job.lastRow) { job.lastRow -= rows.lowerBound }
                add("shard", job)
            }
            if var job = try transaction.batchJob(row: row) {
                job.row = place
                add("batch job", job)
            }
            let bound = try transaction.boundReports(job: row)
            if !bound.isEmpty { add("job \(place) has", bound) }
            let texts = try transaction.uploads(job: row).map(\.text)
            if !texts.isEmpty { add("job \(place) has", texts) }
            add("job \(place) back", ifAny: try transaction.attempts(job: row))
            add("job \(place) is claimed, so far:", ifAny: try transaction.owner(of: .row(row))?.progress)
        }
        add("open jobs:", try transaction.openBatchJobs().map { $0.row - rows.lowerBound })
        add("jobs with reports:", try transaction.openBatchJobs(times: .all).map { $0.row - rows.lowerBound })
        add("untouched:", try transaction.openBatchJobs(untouchedSince: 1 << 40))
        add("jobs that wait:", try transaction.waitingBatchJobs())
    }

    private mutating func addWalks(_ transaction: any StoreTransaction) throws {
        for walk in try transaction.walks() {
            add("walk", walk)
            add("shards:", try transaction.shards(walk.id).map(\.ordinal))
            add("batch of", ifAny: try transaction.walk(batchSelector: walk.batchSelector)?.id)
        }
        add("to erase:", try transaction.bucketsToErase())
        for number in 0..<Self.greatestNumber {
            for step in try transaction.steps(WalkID(number), from: 0) { add("step", step) }
            add("last step", ifAny: try transaction.lastStep(WalkID(number)))
        }
    }

    private mutating func addBatches(_ transaction: any StoreTransaction) throws {
        try transaction.forEachBucket(.times(0...Self.greatestTime)) { add("batch bucket", $0) }
        for time in 0..<Self.greatestTime where try transaction.isCollected(.times(time...time)) {
            add("collected:", time)
        }
        let uncollected = try transaction.countUncollected()
        add("not collected:", uncollected)
        for number in 0..<Self.greatestNumber {
            add("selected", ifAny: try transaction.selectedBatch(BatchID(number)))
        }
        add("open batches:", try transaction.openSelectedBatches().map(\.id))
    }

    private mutating func addResources(_ transaction: any StoreTransaction) throws {
        for number in 0..<Self.greatestNumber {
            add("resource", ifAny: try transaction.resource(ResourceID(number)))
            add("asked for", ifAny: try transaction.latestResource(requestDigest: bytes(number))?.id)
        }
        add("running:", try transaction.runningResources().map(\.id))
    }

    /// The lines that only one of both has.
    func difference(from other: TaskImage) -> String {
        let (mine, others) = (Set(lines), Set(other.lines))
        let more = lines.filter { !others.contains($0) }.map { "+ " + $0 }
        let fewer = other.lines.filter { !mine.contains($0) }.map { "- " + $0 }
        return (more + fewer).map { String($0.prefix(300)) }.joined(separator: "; ")
    }
}
