import Crypto
import DAP
import Logging

/// One aggregation job, from its reports to the commit.
extension BatchLeader {
    /// Goes on where the store says that the job stopped.
    ///
    /// - Throws: `JobFailure` if it is to be abandoned, `JobParked` if it needs an operator, `CancellationError`, what
    ///   the store throws.
    func advance(_ row: Int64) async throws {
        let (found, uploads) = try await store.read("reports of a job") { transaction in
            (try transaction.batchJob(row: row), try transaction.uploads(job: row))
        }
        guard let job = found, job.phase == .planned || job.phase == .bound else { return }
        var id = job.jobID
        do { try await advance(job, uploads, &id) } catch let failure as JobFailure {
            // What the Helper may clean up; it may be away, and then forgets the job by itself.
            if let id { await tellAbandoned(id) }
            throw failure
        }
    }

    /// - Parameter id: the Helper's name for the job, set as soon as it is known.
    private func advance(_ planned: BatchJobRecord, _ uploads: [StoredReport], _ id: inout AggregationJobID?)
        async throws
    {
        var job = planned
        guard uploads.count == job.reportCount else { throw JobFailure.failedHere("an upload of the job is missing") }
        let (task, opener) = (task, ShareOpener(task: task, settings: settings))
        var verification = try await work.run {
            try JobVerification(planned, uploads, task: task, opener: opener)
        }
        guard !verification.entries.isEmpty else {
            guard job.phase == .planned else { throw JobParked.keyIsGone }
            return try await commit(job, verification)
        }
        if job.phase == .planned { try await checkClock(job) }
        let request = verification.initRequest(job).encoded()
        try await bind(&job, verification, digest: Array(SHA256.hash(data: request)))

        // The Helper answers the init request only as long as it has not seen a continuation.
        var answer = job.response
        if answer.isEmpty { (job.jobID, answer) = try await create(job, request) }
        id = job.jobID
        verification = try await taken(answer, verification)
        var step: UInt16 = 0
        while !verification.entries.isEmpty {
            if job.response.isEmpty { try await keep(answer, of: &job) }
            step += 1
            guard let id, Int(step) < task.vdaf.rounds else {
                throw JobFailure.helperMisbehaved("verification takes more steps than the VDAF has")
            }
            let next = try await post(verification.continueRequest(step: step).encoded(), step: step, to: id, of: job)
            verification = try await taken(next, verification)
        }
        try await commit(job, verification)
        // The Helper waits for a continuation that has nothing left to continue.
        if Int(step) + 1 < task.vdaf.rounds, let id { await tellAbandoned(id) }
    }

    private func taken(_ answer: [UInt8], _ verification: JobVerification) async throws -> JobVerification {
        try await work.run {
            var verification = verification
            try verification.take(answer)
            return verification
        }
    }

    /// Before the first message about a job's reports, which is derived from them: none is too early for the Helper.
    ///
    /// - Throws: `JobFailure.tooEarly`; `.refusedByHelper`, when nothing was bound yet.
    private func checkClock(_ job: BatchJobRecord) async throws {
        let helper: HelperClock?
        do {
            helper = try await askForClock(for: "job \(job.row)") {}
        } catch let error as PeerError {
            guard case .problem(let problem, _) = error else { throw error }
            throw JobFailure.refusedByHelper(problem)
        }
        guard let helper, job.lastTime >= helper.firstTooEarly(at: clock.now, task.configuration) else { return }
        throw JobFailure.tooEarly(helper.words)
    }

    /// Rule 1 of the design: durable before the request leaves.
    ///
    /// A restart must come to the same bytes.
    private func bind(_ job: inout BatchJobRecord, _ verification: JobVerification, digest: [UInt8]) async throws {
        guard job.phase == .planned else {
            guard job.initDigest == digest else { throw JobParked.keyIsGone }
            return
        }
        job.phase = .bound
        job.initDigest = digest
        let bound = job
        try await store.write("bind an aggregation job") { try $0.updateJob(bound) }
    }

    private func create(_ job: BatchJobRecord, _ request: [UInt8]) async throws -> (AggregationJobID, [UInt8]) {
        let (peer, taskID, clock) = (peer, task.id, clock)
        return try await asking("create aggregation job", for: job) { () async throws(PeerError) in
            try await peer.createdAggregationJob(task: taskID, body: request, on: clock)
        }
    }

    private func post(
        _ request: [UInt8], step: UInt16, to id: AggregationJobID, of job: BatchJobRecord
    ) async throws -> [UInt8] {
        let (peer, taskID, clock) = (peer, task.id, clock)
        return try await asking("continue aggregation job", for: job) { () async throws(PeerError) in
            try await peer.postedAggregationJob(
                task: taskID, id: id, step: step, mediaType: .aggregationJobContinueReq, body: request, on: clock)
        }
    }

    /// Asks until there is an answer, also when no collection wants the job any more: its reports are bound to it.
    private func asking<T: Sendable>(
        _ what: StaticString, for job: BatchJobRecord, _ body: () async throws(PeerError) -> T
    ) async throws -> T {
        do {
            return try await requests.repeating(what, for: "job \(job.row)", checkNeeded: {}, body)
        } catch PeerError.problem(let problem, _) {
            throw JobFailure.refusedByHelper(problem)
        }
    }

    /// Keeps the Helper's answer to the init request until the job has ended: it will not be given again.
    private func keep(_ answer: [UInt8], of job: inout BatchJobRecord) async throws {
        job.response = answer
        let kept = job
        try await store.write("keep an answer") { transaction in
            try transaction.checkID(of: kept)
            try transaction.updateJob(kept)
        }
    }

    /// Where a batch is summed: output shares, counts and the job's end in one transaction.
    private func commit(_ job: BatchJobRecord, _ verification: JobVerification) async throws {
        var finished = job
        finished.phase = .finished
        finished.response = []
        finished.step = UInt16(clamping: task.vdaf.rounds - 1)
        // The same bytes may be sent again, and have the same identifier then.
        let isWhole = verification.tooEarly.count == verification.rejected.values.reduce(0, +)
        if isWhole, verification.sums.count == 0, !verification.tooEarly.isEmpty { finished.jobID = nil }
        let (done, vdaf) = (finished, task.vdaf)
        let sums = try await work.run { try verification.sums.finished() }
        let tooEarly = given(back: verification)
        try await store.write("commit an aggregation job") { transaction in
            try transaction.checkID(of: done)
            try transaction.commit(sums, vdaf)
            try transaction.releaseReports(job: done.row, ids: tooEarly)
            for (error, count) in verification.refused { try transaction.addCount(error, at: .opening, count) }
            for (error, count) in verification.rejected {
                let point: RejectionPoint =
                    error == .vdafVerifyError ? .verification(step: done.step, level: 0) : .opening
                try transaction.addCount(error, at: point, count)
            }
            try transaction.eraseUploads(job: done.row)
            try transaction.updateJob(done)
        }
        // A job whose reports this aggregator refused itself says nothing about the Helper.
        if verification.sums.count > 0 {
            refusals.jobSucceeded()
            troubles.end(Self.refusal)
            troubles.end(Self.isPutOff)
        }
        let rejected = (Array(verification.refused.values) + Array(verification.rejected.values)).reduce(0, +)
        logger.info(
            "aggregation job committed",
            metadata: ["job": "\(job.row)", "accepted": "\(verification.sums.count)", "rejected": "\(rejected)"])
    }

    /// What the Helper found too early, against what it said of its clock, and may get once more.
    ///
    /// Of Prio3, whose message will be the same bytes. A second message about a Poplar1 report could be of another parameter
    /// (rule 1 of the design).
    private func given(back verification: JobVerification) -> [ReportID] {
        guard let least = verification.tooEarly.map(\.time).min() else { return [] }
        let isLost = task.hasAggregationParameter
        logger.warning(
            "the Helper found reports too early, against what it says of its clock: \(isLost ? "they are lost" : "they wait")",
            metadata: ["reports": "\(verification.tooEarly.count)"])
        helperClock.refused(least, at: clock.now)
        return isLost ? [] : verification.tooEarly.map(\.id)
    }

    /// Gives a job up.
    ///
    /// Prio3's reports get another chance in smaller company. Those of Poplar1 are spent once something may have been
    /// sent (rule 1 of the design, which is stricter than DAP here). One that is refused alone is dropped, unless the
    /// Helper refuses everything: then it waits.
    ///
    /// Spec: DAP §4.5.5
    func abandon(_ row: Int64, _ failure: JobFailure) async throws {
        if case .tooEarly = failure { return try await putOff(row, failure) }
        let givenUp = "an aggregation job is given up"
        if task.hasAggregationParameter {
            // Its reports are lost with it: each time is worth a line.
            logger.error("\(givenUp)", metadata: ["job": "\(row)", "reason": "\(failure.detail)"])
        } else {
            troubles.note(givenUp, reason: failure.detail, metadata: ["job": "\(row)"])
        }
        let known = try await store.read("attempts of a job") { try $0.attempts(job: row) }
        let isLast = (known ?? 0) >= settings.greatestAttempts
        let isWithheld =
            !task.hasAggregationParameter && failure.isRefusal
            && refusals.withholds(isFirst: known == 0, isLast: isLast)
        let (attempts, hasParameter) = (settings.greatestAttempts, task.hasAggregationParameter)
        try await store.write("abandon an aggregation job") { transaction in
            guard var job = try transaction.batchJob(row: row), job.phase == .planned || job.phase == .bound else {
                return
            }
            let limit = isWithheld ? .max : hasParameter && job.phase != .planned ? 0 : attempts
            let released = try transaction.releaseReports(job: row, attemptsBelow: limit)
            try transaction.addCount(.reportDropped, at: .deletion, job.reportCount - released)
            try transaction.eraseUploads(job: row)
            job.phase = .abandoned
            job.response = []
            try transaction.updateJob(job)
        }
        // What the Helper refuses once it may refuse again: not at full speed.
        if isWithheld {
            troubles.note(Self.refusal, metadata: ["job": "\(row)"])
        }
        try await clock.sleep(for: settings.longestRetryPause * refusals.pauses)
        arrivals.hurry()
        news.notify(.reports)
    }
}

extension BatchLeader {
    private static let refusal = "the Helper refuses every report: compare both task files and versions"

    private static let isPutOff = "an aggregation job is put off"

    /// Lets the reports of a job wait of which nothing was sent.
    private func putOff(_ row: Int64, _ failure: JobFailure) async throws {
        troubles.note(Self.isPutOff, level: .notice, metadata: ["job": "\(row)", "clocks": "\(failure.detail)"])
        try await store.write("put off an aggregation job") { transaction in
            guard var job = try transaction.batchJob(row: row), job.phase == .planned else { return }
            try transaction.releaseReports(
                job: row,
                ids: try transaction.uploads(job: row).map { upload in
                    guard let report = try? Report(decoding: upload.body) else { throw StoreError.damaged("upload") }
                    return report.metadata.reportID
                })
            job.phase = .abandoned
            try transaction.updateJob(job)
        }
        arrivals.hurry()
        news.notify(.reports)
    }

    private func tellAbandoned(_ id: AggregationJobID) async {
        do { try await peer.deleteAggregationJob(task: task.id, id: id) } catch {
            logger.notice("the Helper was not told of a job's end", metadata: ["job": "\(id)", "reason": "\(error)"])
        }
    }
}

extension StoreTransaction {
    /// Two jobs cannot have one identifier.
    fileprivate func checkID(of job: BatchJobRecord) throws {
        if let id = job.jobID, let other = try batchJob(id: id), other.row != job.row {
            throw JobFailure.helperMisbehaved("it gives two aggregation jobs one ID")
        }
    }
}
