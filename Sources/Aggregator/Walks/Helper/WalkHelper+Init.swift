import Logging
import PopulusDAP
import PopulusVDAF
import PrefixWalk

/// Where a shard enters: its reports are bound, opened and evaluated for step 0.
extension WalkHelper {
    func create(_ id: AggregationJobID, _ body: [UInt8], digest: [UInt8]) async throws -> ResourceState {
        let known = try await store.read("aggregation job") { try $0.shard(id: id) }
        if let known, let latest = latestAnswer(of: known, step: 0, digest: digest) {
            return .ready(body: latest, mediaType: .aggregationJobResp)
        }
        let task = walkTask
        let request = try await compute(urgent: true) { try WalkInitRequest(decoding: body, of: task) }
        if known == nil { try putOffTooEarly(request.reports.lazy.map(\.report.head.metadata), now: clock.now) }
        let job = try await bound(known, request, digest: digest, as: id)
        return try await working(at: job) {
            .ready(body: try await answer(request, for: job), mediaType: .aggregationJobResp)
        }
    }

    /// Rules 1, 2, 5 and 7: the step, the job and every binding are durable before anything is computed.
    private func bound(
        _ known: ShardRecord?, _ request: WalkInitRequest, digest: [UInt8], as jobID: AggregationJobID
    ) async throws -> ShardRecord {
        if let known {
            guard known.phase != .finished, known.committedSteps <= 1 else {
                throw AggregatorError.stepMismatch("the aggregation job is beyond its initialisation")
            }
            return known
        }
        try await checkKeys()
        let (task, settings, histories, now) = (walkTask, settings, histories, clock.now)
        let keepsBodies = store.segmentsAreCache
        let (bound, claim) = try await store.write("bind a shard") { transaction -> (ShardRecord, Claim) in
            guard let claim = try transaction.take(.job(jobID)) else { throw ClaimLost(work: .job(jobID)) }
            // The same bytes may have come to another process.
            if let known = try transaction.shard(id: jobID) { return (known, claim) }
            let walk = try Self.admit(request, of: task, histories, now: now, in: transaction)
            var job = ShardRecord(walk: walk.id, ordinal: try transaction.shards(walk.id).count, phase: .bound)
            job.jobID = jobID
            job.initDigest = digest
            job.reportCount = request.reports.count
            job.row = try transaction.insertJob(job)
            let opener = ShareOpener(task: task.base, settings: settings)
            var claimed: Set<UInt64> = []
            // All shards of a walk are judged by its beginning: a batch that was fresh then does not expire on its way.
            let first = try transaction.firstTaken(ReportExpiry(settings, task.base), at: min(now, walk.startedAt))
            let reports = request.reports.lazy.map(\.report.head.metadata)
            job.refusals = try transaction.bind(
                reports, to: job.row, keyID: walk.verificationKeyID,
                keeping: keepsBodies ? { Array(request.reports[$0].report.bytes) } : nil
            ) { report in
                try request.refusal ?? opener.refusal(of: report, now: now)
                    ?? (report.time.units < first ? .reportDropped : nil)
                    ?? transaction.claim(report.time.units, for: walk, &claimed)
            }.encoded
            try transaction.updateJob(job)
            return (job, claim)
        }
        claims.keep(claim)
        return bound
    }

    /// Checks step 0 against the walk's history, or begins the walk.
    private static func admit(
        _ request: WalkInitRequest, of task: WalkTask, _ histories: WalkHistories, now: UInt64,
        in transaction: any StoreTransaction
    ) throws -> WalkRecord {
        let known = try transaction.walk(request.walkID)
        // A walk that runs when the operator ends the task goes on.
        if known == nil, try transaction.isClosed { throw task.base.hasEnded }
        let history = try histories.history(of: known, in: transaction)
        let admission: WalkAdmission
        do {
            admission = try task.rules.admit(
                request.parameter, step: 0, after: history, ageSeconds: known?.age(at: now) ?? 0)
        } catch {
            throw AggregatorError(error)
        }
        if let known {
            if let end = known.end { throw AggregatorError(.ended(end)) }
            guard !known.isFrozen else {
                throw AggregatorError.problem(.batchOverlap, detail: "the walk's batch is frozen")
            }
            guard known.verificationKeyID == request.keyID, known.batchSelector == request.batchSelector else {
                throw AggregatorError.invalidMessage("the walk's jobs differ in batch or verification key")
            }
            return known
        }
        if !request.batchSelector.isEmpty, try transaction.walk(batchSelector: request.batchSelector) != nil {
            throw AggregatorError.problem(.batchOverlap, detail: "another walk has the batch")
        }
        let walk = WalkRecord(
            id: request.walkID, batchSelector: request.batchSelector, startedAt: now, verificationKeyID: request.keyID)
        try transaction.insertWalk(walk)
        if case .new = admission {
            try transaction.insertStep(
                StepRecord(
                    walk: walk.id, step: 0, parameter: request.encodedParameter))
        }
        return walk
    }

    /// Opens the shares where that is not done yet, evaluates, answers.
    private func answer(_ request: WalkInitRequest, for job: ShardRecord) async throws -> [UInt8] {
        let isNew = job.phase == .bound
        let job = isNew ? try await open(request, job) : job
        let refusals = try Refusals(decoding: job.refusals)
        let entered = refusals.entered(of: job.reportCount)
        var messages: [UInt8] = []
        let sizes = walkTask.sizes(level: request.parameter.level)
        if !entered.isEmpty {
            let shard = try await shard(for: job, isNew: isNew)
            let live = ReportBitmap(count: entered.count, filled: true)
            let evaluated = try await compute {
                try shard.evaluator.evaluate(request.parameter, history: [], live: live)
            }
            let theirs = entered.flatMap { request.reports[$0].verifierShare }
            messages = try await compute { try evaluated.respond(toLeaderShares: theirs, respondents: live) }
            if job.committedSteps == 0 { shard.pending.withLock { $0 = .init(step: 0, evaluated: evaluated) } }
        }
        var responses = request.reports.enumerated().map { place, report in
            VerifyResp(
                reportID: report.report.head.metadata.reportID, outcome: .reject(refusals[place] ?? .invalidMessage))
        }
        for (rank, place) in entered.enumerated() {
            let message = messages[(rank * sizes.continuation)..<((rank + 1) * sizes.continuation)]
            let payload = PingPongMessage.continue(
                verifierMessage: Array(message.prefix(sizes.sketch)),
                verifierShare: Array(message.dropFirst(sizes.sketch)))
            responses[place] = VerifyResp(
                reportID: responses[place].reportID, outcome: .continue(payload: payload.encoded()))
        }
        let body = AggregationJobResp(verifyResps: responses).encoded()
        remember(body, .aggregationJobResp, of: job, step: 0, digest: job.initDigest)
        return body
    }

    /// Opens the Helper's shares and writes the segment.
    private func open(_ request: WalkInitRequest, _ job: ShardRecord) async throws -> ShardRecord {
        let before = try Refusals(decoding: job.refusals)
        let (task, settings, account) = (walkTask, settings, accounts[job.walk])
        let (path, key) = (Shard.path(row: job.row, in: store.segmentsDirectory), store.segmentKey(of: job))
        SegmentFolder(of: store).provide()
        let intake = try await compute {
            try SegmentIntake(of: task, settings, path: path, key: key, account: account)
        }
        var refusals = before
        var rest = before.entered(of: request.reports.count)[...]
        let (work, limit) = (self.work, pageLimit)
        while !rest.isEmpty {
            let places = Array(rest.prefix(limit))
            rest = rest.dropFirst(limit)
            let opened = try await work.map(
                count: places.count, rangeLength: work.openingRangeLength(of: places.count)
            ) { range in
                intake.open(
                    places[range].lazy.map {
                        let report = request.reports[$0].report
                        return SealedReport(head: report.head, share: report.encryptedInputShare)
                    })
            }
            try await compute { try intake.append(opened) }
            for (place, refusal) in zip(places, opened.flatMap(\.refusals)) { refusals[place] = refusal }
        }
        try await compute { try intake.finish() }
        var job = job
        job.refusals = refusals.encoded
        job.phase = .opened
        job.count = refusals.entered(of: job.reportCount).count
        job.live = ReportBitmap(count: job.count, filled: true).encoded
        return try await stored(opened: job, refusals)
    }

    /// Makes it durable that a shard's shares are opened; gives the job as it is then.
    private func stored(opened: ShardRecord, _ refusals: Refusals) async throws -> ShardRecord {
        let stored: ShardRecord
        do {
            stored = try await write("shard opened", of: opened) { transaction in
                try transaction.checkServing(opened.walk)
                guard let known = try transaction.shard(row: opened.row) else {
                    throw StoreError.damaged("job of a shard")
                }
                // Another process was first: a shard is opened once, and may be steps further by now.
                guard known.phase == .bound else { return known }
                for error in refusals.errors.values { try transaction.addCount(error, at: .opening, 1) }
                try transaction.updateJob(opened)
                return opened
            }
        } catch let error as AggregatorError {
            // The walk ended in the meantime, and its erasure came too early for this segment.
            SegmentFolder(of: store).remove(job: opened.row)
            throw error
        }
        guard stored.refusals == opened.refusals else {
            // With other keys other reports entered: this segment is not the shard's.
            SegmentFolder(of: store).remove(job: opened.row)
            throw StoreError.incomplete("a shard was opened by another process with other keys")
        }
        if stored == opened { logger.warnOfTooEarly(refusals.errors.values.count { $0 == .reportTooEarly }) }
        return stored
    }
}

extension Logger {
    /// Says that reports came too early by this clock: clients' clocks are ahead, or this one is behind.
    func warnOfTooEarly(_ count: Int) {
        guard count > 0 else { return }
        warning(
            "reports were refused because their time lies ahead of this clock: compare it with the Leader's",
            metadata: ["reports": "\(count)"])
    }
}

extension StoreTransaction {
    /// Claims the bucket of a report's time for a walk, or says that another has it.
    ///
    /// Walks never share a bucket: by interval the bucket is the time itself (rule 5).
    ///
    /// - Parameter claimed: what is the walk's already.
    fileprivate func claim(_ time: UInt64, for walk: WalkRecord, _ claimed: inout Set<UInt64>) throws -> ReportError? {
        guard walk.batchSelector.isEmpty, !claimed.contains(time) else { return nil }
        guard try claimBucket(time, walk: walk.id) else { return .batchCollected }
        claimed.insert(time)
        return nil
    }
}
