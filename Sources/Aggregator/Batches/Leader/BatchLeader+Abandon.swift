import Logging
import PopulusDAP

/// How an aggregation job is given up.
extension BatchLeader {
    static let refusal = "the Helper refuses every report: compare both task files and versions"

    static let isPutOff = "an aggregation job is put off"

    /// Gives a job up.
    ///
    /// Prio3's reports get another chance in smaller company. Those of Poplar1 are spent once something may have been
    /// sent (rule 1 of the design, which is stricter than DAP here). One that is refused alone is dropped, unless the
    /// Helper refuses everything: then it waits.
    ///
    /// - Parameter job: with the Helper's name for it, if that is known.
    ///
    /// Spec: DAP §4.5.5
    func abandon(_ job: BatchJobRecord, _ failure: Failure, _ claim: Claim) async throws {
        if case .tooEarly = failure { return try await putOff(job.row, failure, claim) }
        // Before the Helper is told: what another process has taken over, or taken further, goes on there.
        try await store.read("a job's process") { transaction in
            try transaction.check(claim)
            try transaction.checkNotFurther(job)
        }
        let hasParameter = task.hasAggregationParameter
        let givenUp = "an aggregation job is given up"
        if hasParameter {
            // Its reports are lost with it: each time is worth a line.
            logger.error("\(givenUp)", metadata: ["job": "\(job.row)", "reason": "\(failure.reason)"])
        } else {
            troubles.note(givenUp, reason: failure.reason, metadata: ["job": "\(job.row)"])
            // Its reports may be in another job in a moment: the Helper is to let go of them first.
            await tellAbandoned(job.jobID)
        }
        let known = try await store.read("attempts of a job") { try $0.attempts(job: job.row) }
        let isWithheld =
            !hasParameter && failure.isRefusal
            && refusals.withholds(isFirst: known == 0, isLast: (known ?? 0) >= settings.greatestAttempts)
        let attempts = isWithheld ? .max : settings.greatestAttempts
        let failed = try await claims.write("abandon an aggregation job", claim) {
            [self] transaction -> [ResourceRecord] in
            try transaction.checkNotFurther(job)
            guard var job = try transaction.batchJob(row: job.row), job.isOpen else { return [] }
            let isSpent = hasParameter && job.phase != .planned
            // The reports of another job would be spent as well, so in the same commit.
            let failed = isSpent && failure.isRefusal ? try collections(of: job, in: transaction) : []
            for collection in failed { _ = try end(collection.id, failure, in: transaction) }
            let released = try transaction.releaseReports(job: job.row, attemptsBelow: isSpent ? 0 : attempts)
            try transaction.addCount(.reportDropped, at: .deletion, job.reportCount - released)
            try transaction.addRejected(dropped(by: job, in: transaction))
            try transaction.eraseUploads(job: job.row)
            (job.phase, job.response) = (.abandoned, [])
            try transaction.updateJob(job)
            try transaction.forget(claim.work)
            try transaction.tellOthers()
            return failed
        }
        claims.drop(claim.work)
        for collection in failed { tellOfFailure(collection, failure) }
        news.notify(.jobs)
        if hasParameter { await tellAbandoned(job.jobID) }
        // What the Helper refuses once it may refuse again: not at full speed.
        if isWithheld { troubles.note(Self.refusal, metadata: ["job": "\(job.row)"]) }
        try await clock.sleep(for: settings.longestRetryPause * refusals.pauses)
        hurry()
    }

    /// What a job that is given up has not given back: its reports are lost, whatever was wrong with one of them.
    private func dropped(by job: BatchJobRecord, in transaction: any StoreTransaction) throws -> BucketRejections {
        var dropped = BucketRejections()
        for report in try transaction.boundReports(job: job.row) {
            dropped.add(.reportDropped, by: .leader, in: task.bucketKey(Time(units: report.time), job.batchID))
        }
        return dropped
    }

    /// The collections that an open Poplar1 job belongs to: no further job is to be planned for them once it was refused.
    private func collections(
        of job: BatchJobRecord, in transaction: any StoreTransaction
    ) throws -> [ResourceRecord] {
        try transaction.runningResources().filter { collection in
            let batch = try CollectedBatch(collection)
            return try batch.parameter == job.parameter
                && transaction.openBatchJobs(of: batch).contains { $0.row == job.row }
        }
    }

    /// Lets the reports of a job wait of which nothing was sent.
    private func putOff(_ row: Int64, _ failure: Failure, _ claim: Claim) async throws {
        troubles.note(Self.isPutOff, level: .notice, metadata: ["job": "\(row)", "clocks": "\(failure.reason)"])
        try await claims.write("put off an aggregation job", claim) { transaction in
            guard var job = try transaction.batchJob(row: row), job.phase == .planned else { return }
            let ids = try transaction.uploads(job: row).map { try $0.report.metadata.reportID }
            try transaction.releaseReports(job: row, ids: ids)
            job.phase = .abandoned
            try transaction.updateJob(job)
            try transaction.forget(claim.work)
        }
        claims.drop(claim.work)
        hurry()
    }

    func tellAbandoned(_ id: AggregationJobID?) async {
        // A job that the Helper never named it does not have.
        guard let id else { return }
        do { try await link.peer.deleteAggregationJob(task: task.id, id: id) } catch {
            logger.notice("the Helper was not told of a job's end", metadata: ["job": "\(id)", "reason": "\(error)"])
        }
    }
}

extension StoreTransaction {
    /// Checks that a job which has failed is the one that it failed as: a message of the process that had it before may have come
    /// between.
    ///
    /// - Throws: `NotNeeded`.
    fileprivate func checkNotFurther(_ job: BatchJobRecord) throws {
        guard let stored = try batchJob(row: job.row), stored.isOpen else { return }
        guard stored.phase == job.phase, stored.response == job.response else { throw NotNeeded() }
    }
}

extension BatchJobRecord {
    /// Whether it has not ended yet (Leader).
    var isOpen: Bool { phase == .planned || phase == .bound }
}
