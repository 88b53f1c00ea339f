import Crypto
import Logging
import PopulusDAP

/// One aggregation job, from its reports to the commit.
extension BatchLeader {
    /// Goes on where the store says that the job stopped.
    ///
    /// - Throws: `Failure.parked`, `CancellationError`, what the store throws.
    func advance(_ row: Int64) async throws {
        let (found, uploads) = try await store.read("reports of a job") { transaction in
            (try transaction.batchJob(row: row), try transaction.uploads(job: row))
        }
        // Nor is one worked at that another process has taken over.
        guard var job = found, job.isOpen, let claim = claims[.row(row)] else { return }
        do { try await advance(&job, uploads, claim) } catch let failure as Failure {
            if case .parked = failure { throw failure }
            try await abandon(job, failure, claim)
        }
    }

    /// What is learnt of the job stands in `job` also where it fails.
    private func advance(_ job: inout BatchJobRecord, _ uploads: [StoredReport], _ claim: Claim) async throws {
        let planned = job
        guard uploads.count == job.reportCount else { throw Failure.failedHere("an upload of the job is missing") }
        let (task, opener) = (task, ShareOpener(task: task, settings: settings))
        var verification = try await work.run {
            try JobVerification(planned, uploads, task: task, opener: opener)
        }
        guard !verification.entries.isEmpty else {
            guard job.phase == .planned else { throw Failure.keyIsGone }
            return try await commit(job, verification, claim)
        }
        if job.phase == .planned { try await checkClock(job) }
        let request = verification.initRequest(job).encoded()
        try await bind(&job, digest: Array(SHA256.hash(data: request)), claim)

        // The Helper answers the init request only as long as it has not seen a continuation.
        var answer = job.response
        if answer.isEmpty { (job.jobID, answer) = try await link.createJob(request, for: purpose(of: job)) }
        verification = try await taken(answer, verification)
        var step: UInt16 = 0
        while !verification.entries.isEmpty {
            if job.response.isEmpty { try await keep(answer, of: &job, claim) }
            step += 1
            guard let id = job.jobID, Int(step) < task.vdaf.rounds else {
                throw Failure.helperMisbehaved("verification takes more steps than the VDAF has")
            }
            let next = try await link.postJob(
                id, step: step, .aggregationJobContinueReq, verification.continueRequest(step: step).encoded(),
                for: purpose(of: job))
            verification = try await taken(next, verification)
        }
        try await commit(job, verification, claim)
        // The Helper waits for a continuation that has nothing left to continue.
        if Int(step) + 1 < task.vdaf.rounds { await tellAbandoned(job.jobID) }
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
    /// - Throws: `Failure.tooEarly`; `.refusedByHelper`, when nothing was bound yet.
    private func checkClock(_ job: BatchJobRecord) async throws {
        let helper = try await askForClock(for: purpose(of: job))
        guard let helper, job.lastTime >= helper.firstTooEarly(at: clock.now, task.configuration) else { return }
        throw Failure.tooEarly(helper.words)
    }

    /// Rule 1 of the design: durable before the request leaves.
    ///
    /// A restart must come to the same bytes.
    private func bind(_ job: inout BatchJobRecord, digest: [UInt8], _ claim: Claim) async throws {
        guard job.phase == .planned else {
            guard job.initDigest == digest else { throw Failure.keyIsGone }
            return
        }
        job.phase = .bound
        job.initDigest = digest
        let bound = job
        try await claims.write("bind an aggregation job", claim) { transaction in
            let stored = try transaction.openJob(bound.row)
            guard stored.phase == .planned else {
                // Another process has bound it: to the same request, or this one must not send its own.
                guard stored.initDigest == bound.initDigest else { throw Failure.keyIsGone }
                return
            }
            try transaction.updateJob(bound)
        }
    }

    /// There is no end to the asking, also when no collection wants the job any more: its reports are bound to it.
    ///
    /// But one that has ended, as another process or the task's end has it, is of no more use.
    private func purpose(of job: BatchJobRecord) -> Purpose {
        let (store, row) = (store, job.row)
        return Purpose(subject: "job \(row)") {
            let isOpen = try await store.read("an aggregation job's state") { try $0.batchJob(row: row)?.isOpen }
            guard isOpen == true else { throw NotNeeded() }
        }
    }

    /// Keeps the Helper's answer to the init request until the job has ended: it will not be given again.
    private func keep(_ answer: [UInt8], of job: inout BatchJobRecord, _ claim: Claim) async throws {
        job.response = answer
        let kept = job
        try await claims.write("keep an answer", claim) { transaction in
            try transaction.checkID(of: kept)
            // The first answer is the one that is gone on with.
            let stored = try transaction.openJob(kept.row)
            guard stored.phase == .bound, stored.response.isEmpty || stored.response == kept.response else {
                throw NotNeeded()
            }
            try transaction.updateJob(kept)
        }
    }

    /// Where a batch is summed: output shares, counts and the job's end in one transaction.
    private func commit(_ job: BatchJobRecord, _ verification: JobVerification, _ claim: Claim) async throws {
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
        let rejections = tooEarly.isEmpty ? verification.rejectionsWithTooEarly() : verification.rejections
        try await claims.write("commit an aggregation job", claim) { transaction in
            try transaction.checkID(of: done)
            // A job's reports are counted once, as its first answer has them.
            let stored = try transaction.openJob(done.row)
            guard stored.initDigest == done.initDigest, stored.response.isEmpty || stored.response == job.response
            else {
                throw NotNeeded()
            }
            for sum in sums where try !transaction.add(sum, vdaf) {
                throw Failure.helperMisbehaved("it takes two aggregation parameters into one batch")
            }
            try transaction.releaseReports(job: done.row, ids: tooEarly)
            for (error, count) in verification.refused { try transaction.addCount(error, at: .opening, count) }
            try transaction.addCounts(verification.rejected, step: done.step)
            try transaction.addRejected(rejections)
            try transaction.eraseUploads(job: done.row)
            try transaction.updateJob(done)
            try transaction.forget(claim.work)
            try transaction.tellOthers()
        }
        claims.drop(claim.work)
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
}

extension StoreTransaction {
    /// A job as it is now.
    ///
    /// - Throws: `NotNeeded` where it has ended: another process was first.
    fileprivate func openJob(_ row: Int64) throws -> BatchJobRecord {
        guard let job = try batchJob(row: row) else { throw StoreError.damaged("an aggregation job is missing") }
        guard job.isOpen else { throw NotNeeded() }
        return job
    }

    /// Two jobs cannot have one identifier.
    fileprivate func checkID(of job: BatchJobRecord) throws {
        if let id = job.jobID, let other = try batchJob(id: id), other.row != job.row {
            throw Failure.helperMisbehaved("it gives two aggregation jobs one ID")
        }
    }
}
