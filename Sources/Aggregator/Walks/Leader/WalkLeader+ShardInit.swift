import Crypto
import PopulusDAP
import PopulusVDAF
import PrefixWalk

/// Step 0 of a shard: the Leader's shares are opened here, and every report is bound before anything derived leaves.
extension WalkLeader {
    /// Opens, binds, sends, verifies, commits; a shard in which the Leader itself has no report to send is empty at once.
    func exchangeInit(_ job: inout ShardRecord, _ work: WalkStepWork, _ claim: Claim) async throws {
        var opened = try await open(job, work)
        guard !opened.reports.isEmpty else {
            job.drop()
            job.committedSteps = 1
            return try await commit(job, work, claim, failed: 0, refusals: opened.refused, by: .leader)
        }
        let shard = try await openShard(job, opened.reports, keyID: work.walk.verificationKeyID)
        let full = ReportBitmap(count: shard.reports.count, filled: true)
        let evaluated = try await compute {
            try shard.evaluator.evaluate(work.parameter, history: [], live: full)
        }
        let request = opened.request.finish(verifierShares: evaluated.verifierShares)
        let digest = try await compute { [request] in Array(SHA256.hash(data: request)) }
        try await bind(&job, opened, digest: digest, work, claim)

        let answer = try await link.createJob(request, for: purpose(of: work.walk))
        spareBodies.give(consume request)
        let response = try InitResponse(
            decoding: answer.body, reports: shard.reports, sizes: evaluated.sizes)
        let (accepted, sum) = try await decided(evaluated, response.messages, response.respondents)
        job.jobID = answer.id
        let transcript = WalkTranscript.initial(
            taskID: task.id, jobID: answer.id, initRequestDigest: digest, aggregationParameter: work.step.parameter,
            reportCount: UInt32(shard.reports.count), acceptedBitmap: accepted.encoded)
        job.commit(accepted: accepted, of: full, sum: sum, transcript: transcript, reports: shard.reports)
        let failed = response.respondents.subtracting(accepted).population
        try await commit(job, work, claim, failed: failed, refusals: response.refusals, by: .helper)
        shards.insert(shard)
    }

    /// Opens the Leader's shares, and writes segment and request: the bytes of a shard's reports end up there.
    private func open(_ job: ShardRecord, _ step: WalkStepWork) async throws -> OpenedShard {
        let body = InitRequestBody(
            head: try initRequestHead(step), shareSize: walkTask.sizes(level: step.parameter.level).sketch,
            capacity: settings.greatestShardBytes, memory: spareBodies.take())
        SegmentFolder(of: store).provide()
        let intake = try ShardIntake(
            task: walkTask, settings: settings, request: body,
            path: Shard.path(row: job.row, in: store.segmentsDirectory), key: store.segmentKey(of: job),
            account: accounts[step.walk.id])
        let work = self.work
        var page = try await uploads(of: job, from: job.firstRow, in: step.walk)
        while let end = page.last?.row {
            // Threads open one page while the next one is read.
            async let next = uploads(of: job, from: end + 1, in: step.walk)
            let uploads = page
            let parts = try await work.map(
                count: uploads.count, rangeLength: work.openingRangeLength(of: uploads.count)
            ) { try intake.open(uploads[$0]) }
            try await compute { try intake.append(parts) }
            page = try await next
        }
        return try await compute { try intake.finish() }
    }

    /// The next page of a shard's uploads; empty behind the last.
    private func uploads(of job: ShardRecord, from first: Int64, in walk: WalkRecord) async throws -> [StoredReport] {
        let (last, limit) = (job.lastRow, pageLimit)
        guard first <= last else { return [] }
        return try await store.read("uploads of a shard") {
            try $0.reportBodies(rows: first...last, in: walk.buckets, limit: limit)
        }
    }

    /// The request without its reports.
    private func initRequestHead(_ work: WalkStepWork) throws -> AggregationJobInitReq {
        var extensions: [AggregationJobExtension] = []
        if case .leaderSelected(let batchID) = try BatchSelector(stored: work.walk.batchSelector, "batch selector") {
            extensions.append(
                AggregationJobExtension(
                    type: AggregationJobExtension.leaderSelectedBatchIDType, data: batchID.encoded()))
        }
        extensions.append(
            AggregationJobExtension(
                type: task.codePoints.aggregationJob, data: WalkJobExtension(walkID: work.walk.id, step: 0).encoded()))
        return AggregationJobInitReq(
            verificationKeyID: work.walk.verificationKeyID, aggregationParameter: work.step.parameter,
            extensions: extensions.sorted { $0.type < $1.type }, verifyInits: [])
    }

    /// Rule 1: durable before the request leaves.
    ///
    /// A restart must come to the same bytes.
    private func bind(
        _ job: inout ShardRecord, _ opened: OpenedShard, digest: [UInt8], _ work: WalkStepWork, _ claim: Claim
    ) async throws {
        job.phase = .bound
        job.initDigest = digest
        job.reportCount = opened.rows.count
        let (bound, keyID) = (job, work.walk.verificationKeyID)
        try await claims.write("bind reports", claim) { transaction in
            try transaction.checkRunning(work.walk.id)
            guard try transaction.isPlanned(bound) else { return }
            try transaction.bindReports(rows: opened.rows, job: bound.row, keyID: keyID)
            for (error, count) in opened.refused { try transaction.addCount(error, at: .opening, count) }
            try transaction.addRejected(opened.refused, by: .leader, of: work.walk.id)
            try transaction.updateJob(bound)
        }
    }

    /// - Parameters:
    ///   - failed: reports that did not verify here.
    ///   - refusals: those that were refused before, by `party`.
    private func commit(
        _ job: ShardRecord, _ work: WalkStepWork, _ claim: Claim, failed: Int, refusals: [ReportError: Int],
        by party: Role
    ) async throws {
        let level = work.parameter.level
        try await claims.write("commit step 0 of a shard", claim) { transaction in
            try transaction.checkRunning(work.walk.id)
            try transaction.checkFirstCommit(of: job)
            if let id = job.jobID, let other = try transaction.shard(id: id), other.row != job.row {
                throw Failure.helperMisbehaved("it gives two aggregation jobs one ID")
            }
            try transaction.addCounts(refusals, step: 0, level: level, in: work.walk.id)
            try transaction.addCount(
                .vdafVerifyError, at: .verification(step: 0, level: level), failed, in: work.walk.id)
            try transaction.addRejected(refusals, by: party, of: work.walk.id)
            try transaction.addRejected([.vdafVerifyError: failed], by: .leader, of: work.walk.id)
            try transaction.updateJob(job)
        }
        if let early = refusals[.reportTooEarly] {
            logger.warning(
                "the Helper found reports too early, against what it says of its clock: they are lost",
                metadata: ["walk": "\(work.walk.id)", "reports": "\(early)"])
        }
        log(
            job, step: work.step.step, level: work.parameter.level,
            rejected: failed + refusals.values.reduce(0, +))
    }
}

extension StoreTransaction {
    /// What was deleted or ended meanwhile is not worked on.
    func checkRunning(_ id: WalkID) throws {
        if let end = try walkEnd(id) { throw Failure.refused(.ended(end)) }
    }

    /// Whether a shard's reports are still to be bound; where they are, to the same request.
    ///
    /// - Throws: `NotNeeded` where the shard has gone further, `Failure.failedHere`.
    fileprivate func isPlanned(_ bound: ShardRecord) throws -> Bool {
        guard let stored = try shard(row: bound.row) else { throw StoreError.damaged("job of a step") }
        guard stored.committedSteps == 0 else { throw NotNeeded() }
        if stored.phase == .planned { return true }
        guard stored.initDigest == bound.initDigest else {
            throw Failure.failedHere("the aggregation job's request cannot be repeated")
        }
        return false
    }

    /// A shard's first commit replaces the whole record: once, and only what its request was about.
    ///
    /// - Throws: `NotNeeded` where the shard has gone further.
    fileprivate func checkFirstCommit(of job: ShardRecord) throws {
        guard let stored = try shard(row: job.row) else { throw StoreError.damaged("job of a step") }
        guard stored.committedSteps == 0, stored.phase != .finished, stored.initDigest == job.initDigest else {
            throw NotNeeded()
        }
    }
}
