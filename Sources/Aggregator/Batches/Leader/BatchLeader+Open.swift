import PopulusDAP
import PopulusVDAF

/// Before the first report of a Poplar1 collection is bound: whether enough of those that wait open here.
///
/// Uploads need no token. Junk would otherwise count towards the least batch, and the reports of honest clients would be
/// bound to an aggregation parameter that never gets an answer.
extension BatchLeader {
    /// The collections that no report is bound to, and for each the reports that were opened and are fine, as many as a
    /// batch needs at least where there are as many.
    ///
    /// What does not open on the way is refused for good. What is fine is opened again in its job.
    func examinedCollections() async throws -> [ResourceID: ExaminedReports] {
        guard task.hasAggregationParameter else { return [:] }
        let fresh = try await store.read("collections to begin") { transaction in
            try transaction.runningResources().filter { collection in
                let wanted = try CollectedBatch(collection)
                return try collection.isWaiting && !transaction.isBegun(wanted)
            }
        }
        var examined: [ResourceID: ExaminedReports] = [:]
        // What waits for the Helper's clock could not be bound with the others.
        let ready = 0..<helperClock.firstWaiting(at: clock.now)
        for collection in fresh {
            let batch = try CollectedBatch(collection)
            examined[collection.id] = try await valid(batch.times.clamped(to: ready), of: batch.batchID)
        }
        let found = examined.mapValues(\.valid.count).filter { $0.value < leastValid }
        lacking.withLock { $0 = found }
        // Rows that wait no more are not asked for again.
        if fresh.isEmpty { opened.withLock { $0 = [] } }
        return examined
    }

    private var leastValid: Int { Int(clamping: max(1, task.configuration.minBatchSize)) }

    /// The waiting reports of these times that open and are fine, up to `leastValid`.
    ///
    /// - Parameter batch: the one that they would join, where the Leader selects it.
    private func valid(_ times: Range<UInt64>, of batch: BatchID?) async throws -> ExaminedReports {
        let (keys, least) = (Set(task.verifyKeys.keys), leastValid)
        let pageLimit = max(1, settings.uploadPageBytes / max(1, task.vdaf.publicShareSize))
        // What comes meanwhile has a turn of its own: a stranger who goes on uploading would keep this one from ending.
        let last = try await store.read("last report") { try $0.lastReportRow() }
        var withheld: Set<Int64> = []
        while true {
            let look = WaitingLook(times: times, lastRow: last, keys: keys, limit: least + withheld.count)
            let waiting = try await store.read("reports to open") { try look.reports(in: $0) }
            let unknown = opened.withLock { opened in
                waiting.filter { !opened.contains($0.row) && !withheld.contains($0.row) }
            }
            if unknown.isEmpty {
                let valid = Set(waiting.map(\.row)).subtracting(withheld)
                if valid.count < least { tellOfMissingKey(withheld) }
                return ExaminedReports(look: look, valid: valid, least: least)
            }
            for start in stride(from: 0, to: unknown.count, by: pageLimit) {
                let page = Array(unknown[start..<min(start + pageLimit, unknown.count)])
                withheld.formUnion(try await open(page, of: look, for: batch))
            }
        }
    }

    private func tellOfMissingKey(_ withheld: Set<Int64>) {
        guard !withheld.isEmpty else { return }
        troubles.note(
            "reports do not open, as an older decryption key is gone: put it back into the task file and start again",
            metadata: ["reports": "\(withheld.count)"])
    }

    /// Opens waiting reports, and refuses those that cannot be opened; gives back the rows for which a key is missing.
    private func open(
        _ waiting: [WaitingReport], of look: WaitingLook, for batch: BatchID?
    ) async throws -> [Int64] {
        let reports = Dictionary(uniqueKeysWithValues: waiting.map { ($0.row, $0) })
        let uploads = try await store.read("uploads to open") { transaction in
            try waiting.flatMap { try transaction.reportBodies(rows: $0.row...$0.row, in: .all, limit: 1) }
        }
        let outcomes = try await openings(of: uploads) { uploads, opener in
            try uploads.map { try Self.opening(of: $0, with: opener) }
        }
        // What has no bytes any more is nobody's.
        var withheld = Array(Set(reports.keys).subtracting(uploads.map(\.row)))
        var refused: [Int64: ReportError] = [:]
        for (upload, outcome) in zip(uploads, outcomes) {
            switch outcome {
            case .valid: _ = opened.withLock { $0.insert(upload.row) }
            case .keyIsGone: withheld.append(upload.row)
            case .refused(let error): refused[upload.row] = error
            }
        }
        if !refused.isEmpty { try await refuse(refused, of: look, for: batch) }
        return withheld
    }

    private static func opening(of upload: StoredReport, with opener: ShareOpener) throws -> OpeningOutcome {
        let report = try upload.report
        let share = report.leaderEncryptedInputShare
        do throws(ReportError) {
            try opener.open(
                share, metadata: report.metadata, publicShare: report.publicShare
            ) { inputShare throws(ReportError) in
                do throws(VDAFError) {
                    try opener.task.vdaf.checkShares(
                        publicShare: report.publicShare, inputShare: inputShare, aggregatorID: opener.task.aggregatorID)
                } catch {
                    throw .invalidMessage
                }
            }
            return .valid
        } catch {
            return opener.outcome(error, sealedTo: share.configID)
        }
    }

    /// Refuses for good those that wait still: another process may have taken some.
    private func refuse(
        _ refused: [Int64: ReportError], of look: WaitingLook, for batch: BatchID?
    ) async throws {
        let (task, newest) = (task, task.currentKeyID)
        try await store.write("refuse reports that do not open") { transaction in
            let waiting = try look.reports(in: transaction).filter { refused[$0.row] != nil }
            try transaction.discard(waiting, orKey: newest)
            let errors = Dictionary(grouping: waiting) { refused[$0.row] ?? .invalidMessage }
            for (error, reports) in errors { try transaction.addCount(error, at: .opening, reports.count) }
            var rejections = BucketRejections()
            for report in waiting {
                let bucket = task.bucketKey(Time(units: report.time), batch)
                rejections.add(refused[report.row] ?? .invalidMessage, by: .leader, in: bucket)
            }
            try transaction.addRejected(rejections)
        }
    }
}

/// A look at what waits, which sees the same again but for what was taken or refused since.
struct WaitingLook: Sendable {
    let times: Range<UInt64>
    /// Those that came later are not looked at.
    let lastRow: Int64
    let keys: Set<UInt8>
    let limit: Int

    func reports(in transaction: any StoreTransaction) throws -> [WaitingReport] {
        try transaction.waitingReports(times: times, throughRow: lastRow, keys: keys, limit: limit)
    }
}

/// What came of opening reports before the first of a collection is bound.
struct ExaminedReports: Sendable {
    let look: WaitingLook
    /// The rows of those that are fine.
    let valid: Set<Int64>
    /// So many are needed.
    let least: Int

    /// Whether enough of them still wait: another process may have taken some.
    func areEnough(in transaction: any StoreTransaction) throws -> Bool {
        guard valid.count >= least else { return false }
        return try look.reports(in: transaction).count { valid.contains($0.row) } >= least
    }
}
