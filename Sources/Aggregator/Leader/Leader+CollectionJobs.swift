import Logging
import PopulusDAP

/// Where the Collector's requests enter: checked, and durable before the answer.
extension Leader {
    /// Takes a `CollectionJobReq`.
    ///
    /// The same bytes give the same job again, where the strategy does not want another one for them.
    ///
    /// - Parameter leastReports: with fewer at hand no walk begins.
    ///
    /// Spec: DAP §4.6.1; <doc:WalkExtension>
    package func createCollectionJob(
        body: [UInt8], leastReports: UInt64
    ) async throws(AggregatorError) -> CollectionJobID {
        let asked = try asked(body, leastReports)
        let (job, isNew) = try await whenNothingOpens(asked)
        if isNew { strategy.accepted(asked) }
        // Also one that is known: its first request may have been told of a failure that came after the commit.
        if job.state == .running { wakes.continuation.yield(job) }
        return job.collectionID
    }

    /// What can be said of a request without the store.
    private func asked(_ body: [UInt8], _ leastReports: UInt64) throws(AggregatorError) -> AskedCollection {
        let request: CollectionJobReq
        do { request = try CollectionJobReq(decoding: body) } catch {
            throw .invalidMessage("the collection job request does not decode")
        }
        var walk: WalkJobExtension?
        var refusal: AggregatorError?
        do throws(ExtensionRefusal) {
            walk = try request.checkedWalk(of: task.configuration, task.codePoints)
            if walk == nil, case .walk = task.kind { throw .missing(task.codePoints.collectionJob) }
        } catch {
            refusal = AggregatorError(collection: error)
        }
        // Of a batch's request it is told after what is wrong with the batch itself.
        if case .walk = task.kind, let refusal { throw refusal }
        guard request.query.batchMode == task.configuration.batchMode else {
            throw .invalidMessage("the query's batch mode is not the task's")
        }
        try strategy.check(request)
        if case .timeInterval(let interval) = request.query, !interval.isWellFormed {
            throw .problem(.batchInvalid, detail: "the query's interval is not well formed")
        }
        if let refusal { throw refusal }
        let now = clock.now
        try task.checkInterval(of: request.query, now: now, settings)
        return AskedCollection(
            body: body, request: request, walk: walk, digest: ResourceRecord.digest(of: body),
            leastReports: leastReports, now: now, intervalEnd: IntervalEnd(now: now, settings, task.configuration))
    }

    /// Takes a request in; one that needs a batch waits until no other walk's reports are being opened, and none of those that
    /// were counted for it were forgotten meanwhile, as long as a poll may take.
    private func whenNothingOpens(
        _ asked: AskedCollection
    ) async throws(AggregatorError) -> (ResourceRecord, isNew: Bool) {
        var waited = Duration.zero
        let (strategy, pause, task) = (strategy, settings.firstRetryPause, task)
        while true {
            do {
                let counted = try await strategy.counted(for: asked)
                let (job, claim) = try await store.write("collection job") {
                    transaction -> (ResourceRecord, Claim?) in
                    if let known = try transaction.latestResource(requestDigest: asked.digest),
                        try strategy.answersAgain(known)
                    {
                        return (known, nil)
                    }
                    if try transaction.isStopped { throw task.hasEnded }
                    let job = try strategy.admit(asked, counted, in: transaction)
                    try transaction.insertResource(job)
                    try transaction.tellOthers()
                    return (job, try transaction.take(.resource(job.id)))
                }
                claims.keep(claim)
                return (job, claim != nil)
            } catch is BatchIsOpening where waited < settings.longestPoll {
                waited += max(pause, .milliseconds(1))
                do { try await clock.sleep(for: pause) } catch { throw AggregatorError.internal("cancelled") }
            } catch is BatchIsOpening {
                throw .problem(
                    .invalidBatchSize,
                    detail: """
                        Another walk is still opening its reports, or reports are being forgotten that are too old. Ask again in a \
                        moment; nothing was spent.
                        """
                )
            } catch {
                throw AggregatorError(wrapping: error)
            }
        }
    }

    /// A collection job's result, held back until it is ready or `limit` (at most the settings' longest) is over.
    package func collectionJob(
        id: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus {
        let changes = pollers.changes(of: ResourceID(id))
        if let status = try await status(of: id) { return status }
        await changes.next(waitingUpTo: min(limit, settings.longestPoll), on: clock) { [self] in
            // What woke it may be another one's, where other processes are looked at from time to time.
            guard claims.isShared else { return true }
            do { return try await status(of: id) != nil } catch { return true }
        }
        return try await status(of: id) ?? .pending
    }

    private func status(of id: CollectionJobID) async throws(AggregatorError) -> CollectionJobStatus? {
        guard let job = try await reading("poll collection job", { try $0.resource(ResourceID(id)) }) else {
            throw .notFound
        }
        return try job.answer().map { .ready(body: $0, mediaType: strategy.resultType) }
    }

    /// The reports that were rejected of a job's batch once that is released, or of its walk once that has ended.
    ///
    /// Not before: a number that grows while a walk goes on would tell at which candidates somebody's reports fail.
    package func rejections(of id: CollectionJobID) async throws(AggregatorError) -> [UInt8] {
        let strategy = strategy
        let rejected = try await reading("rejections of a collection job") { transaction in
            guard let job = try transaction.resource(ResourceID(id)),
                let subjects = try strategy.subjectsOfRejections(of: job, in: transaction)
            else { return nil as [RejectedReports]? }
            return try transaction.rejectedReports(of: subjects)
        }
        guard let rejected else { throw .notFound }
        return CollectionJobRejections(rejected).encoded()
    }

    /// Discards a job and its result, never history (rule 8).
    ///
    /// Deleting the job of a walk's latest step gives the walk up. A batch that was closed stays collected; one that was
    /// not may be asked for again.
    ///
    /// Spec: DAP §4.6.3
    package func deleteCollectionJob(id: CollectionJobID) async throws(AggregatorError) {
        let strategy = strategy
        let (found, isToWipe) = try await writing("delete collection job") { transaction in
            guard let found = try transaction.resource(ResourceID(id)) else { throw AggregatorError.notFound }
            if found.state != .deleted {
                var job = found
                (job.state, job.response) = (.deleted, [])
                try transaction.updateResource(job)
                try transaction.forget(.resource(job.id))
                try transaction.tellOthers()
            }
            return (found, try strategy.deleted(found, in: transaction))
        }
        if found.state == .running { core.meter.ended(.deleted) }
        pollers.notify(found.id)
        if isToWipe { await strategy.wipe(found) }
    }
}

extension Leader {
    /// Ends a collection job that cannot succeed: the Collector learns why.
    ///
    /// - Parameter claim: to the work that failed.
    func fail(_ job: ResourceRecord, _ failure: Failure, _ claim: Claim) async throws {
        let strategy = strategy
        let hasEnded = try await claims.write("collection failed", claim) { try strategy.end(job.id, failure, in: $0) }
        guard hasEnded else { return }
        core.meter.ended(.failed)
        strategy.tellOfFailure(job, failure)
    }
}

extension LeaderStrategy {
    func tellOfFailure(_ job: ResourceRecord, _ failure: Failure) {
        let words = words(job)
        logger.warning("\(words.what) failed", metadata: words.metadata.merging(failure.metadata) { $1 })
    }

    /// Ends a collection job in a failure; false if it has ended before.
    func end(_ id: ResourceID, _ failure: Failure, in transaction: any StoreTransaction) throws -> Bool {
        guard let found = try transaction.resource(id), found.state == .running else { return false }
        var job = found
        (job.state, job.answeredAt) = (.failed, clock.now)
        job.response = failure.problem(task: task.id).encoded()
        job.failureStatus = failure.status
        try transaction.updateResource(job)
        try transaction.forget(.resource(id))
        try transaction.tellOthers()
        try failed(found, failure, in: transaction)
        return true
    }
}

extension ResourceRecord {
    /// The identifier of a collection job.
    var collectionID: CollectionJobID { CollectionJobID(bytes: id.bytes) ?? .random() }
}
