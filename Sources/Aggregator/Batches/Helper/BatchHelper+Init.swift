import PopulusDAP

/// Where a job enters: it is checked, and its reports are bound to it before anything is computed.
extension BatchHelper {
    func create(_ id: AggregationJobID, _ body: [UInt8], digest: [UInt8]) async throws -> ResourceState {
        let known = try await store.read("aggregation job") { try $0.batchJob(id: id) }
        // It is illegal to rewind a job: it is told how it stands.
        if let known, known.phase != .bound || known.step > 0 { return try answer(known) }
        let request = try await initRequest(body)
        if known == nil {
            try await checkKeys()
            try putOffTooEarly(request.verifyInits.lazy.map(\.reportShare.metadata), now: clock.now)
            if let answer = try await answerTooEarly(request) { return answer }
        }
        let job = try await bound(known, request, digest: digest, body: body, as: id)
        if settings.answersLater || job.phase != .bound || job.step > 0 { return try answer(job) }
        return try answer(try await initialize(job, request.verifyInits))
    }

    func initRequest(_ body: [UInt8]) async throws -> BatchInitRequest {
        let (task, settings, work) = (task, settings, work)
        return try await work.run(urgent: true) {
            try BatchInitRequest(decoding: body, of: task, settings: settings, work: work)
        }
    }

    /// The answer to a job none of whose reports may be taken yet; nothing where there is another.
    ///
    /// Nothing of it is kept: the same bytes may come again when it is time, and are evaluated then.
    private func answerTooEarly(_ request: BatchInitRequest) async throws -> ResourceState? {
        let (opener, now) = (ShareOpener(task: task, settings: settings), clock.now)
        let reports = request.verifyInits.map(\.reportShare.metadata)
        guard request.refusal == nil, reports.allSatisfy({ opener.refusal(of: $0, now: now) == .reportTooEarly }) else {
            return nil
        }
        logger.warnOfTooEarly(reports.count)
        try await store.write("reports that are too early") { transaction in
            try transaction.addCount(.reportTooEarly, at: .opening, reports.count)
        }
        let responses = reports.map { VerifyResp(reportID: $0.reportID, outcome: .reject(.reportTooEarly)) }
        return .ready(body: AggregationJobResp(verifyResps: responses).encoded(), mediaType: .aggregationJobResp)
    }

    /// Makes the job and its bindings durable; with its bytes where they are needed once more.
    private func bound(
        _ known: BatchJobRecord?, _ request: BatchInitRequest, digest: [UInt8], body: [UInt8],
        as id: AggregationJobID
    ) async throws -> BatchJobRecord {
        let keepsBody = settings.answersLater || vdaf.rounds > 1
        if let known {
            guard keepsBody, known.request.isEmpty else { return known }
            let row = known.row
            return try await store.write("keep an aggregation job's request") { transaction in
                guard var job = try transaction.batchJob(row: row) else { throw StoreError.damaged("aggregation job") }
                // Another process may have answered it meanwhile.
                guard job.phase == .bound, job.step == 0, job.request.isEmpty else { return job }
                job.request = body
                try transaction.updateJob(job)
                return job
            }
        }
        let answersLater = settings.answersLater
        let expiry = ReportExpiry(settings, task)
        let (task, opener, now, today) = (task, ShareOpener(task: task, settings: settings), clock.now, currentTime)
        let job = try await store.write("bind an aggregation job") { transaction in
            // The same bytes may have come to another process.
            if let known = try transaction.batchJob(id: id) { return known }
            let end: ReportError? = try transaction.isClosed ? .taskExpired : nil
            var job = BatchJobRecord(
                parameter: request.parameter, verificationKeyID: request.keyID, phase: .bound)
            job.jobID = id
            job.batchID = request.batchID
            job.initDigest = digest
            job.reportCount = request.verifyInits.count
            job.lastTime = today
            if keepsBody { job.request = body }
            job.row = try transaction.insertJob(job)
            var doors = BucketDoors(parameter: job.parameter)
            let first = try transaction.firstTaken(expiry, at: now)
            let reports = request.verifyInits.lazy.map(\.reportShare.metadata)
            job.refusals = try transaction.bind(reports, to: job.row, keyID: request.keyID) { report in
                try request.refusal ?? end ?? opener.refusal(of: report, now: now)
                    ?? (report.time.units < first ? .reportDropped : nil)
                    ?? doors.refusal(task.bucketKey(report.time, request.batchID), in: transaction)
            }.encoded
            try transaction.updateJob(job)
            // Should this process die, another one answers it.
            if answersLater { _ = try transaction.take(.job(id)) }
            return job
        }
        logger.warnOfTooEarly(try Refusals(decoding: job.refusals).errors.values.count { $0 == .reportTooEarly })
        return job
    }
}

/// Which buckets still take reports of one aggregation parameter, each looked up once.
struct BucketDoors {
    let parameter: [UInt8]
    private var refusals: [BatchBucketKey: ReportError?] = [:]

    init(parameter: [UInt8]) { self.parameter = parameter }

    /// Why the bucket takes no report.
    ///
    /// - Throws: `invalidAggregationParameter` if the bucket's reports were aggregated with another one: a batch has one.
    mutating func refusal(_ key: BatchBucketKey, in transaction: any StoreTransaction) throws -> ReportError? {
        if let known = refusals[key] { return known }
        let isCollected = try transaction.isCollected(key...key)
        if !isCollected, let bucket = try transaction.bucket(key), bucket.count > 0, bucket.parameter != parameter {
            throw AggregatorError.problem(
                .invalidAggregationParameter, detail: "the batch's reports were aggregated with another parameter")
        }
        let refusal: ReportError? = isCollected ? .batchCollected : nil
        refusals[key] = refusal
        return refusal
    }
}
