import Crypto
import DAP
import VDAF
import WireCodec

/// Where the Collector's requests enter: checked, and durable before the answer.
extension BatchLeader {
    /// Takes a `CollectionJobReq`.
    ///
    /// The same bytes give the same job again, unless that was deleted or found too few reports: the Collector asks for
    /// the next leader-selected batch by deleting the job of the one before.
    ///
    /// Spec: DAP §4.6.1
    package func createCollectionJob(body: [UInt8]) async throws(AggregatorError) -> CollectionJobID {
        let request: CollectionJobReq
        do { request = try CollectionJobReq(decoding: body) } catch {
            throw .invalidMessage("the collection job request does not decode")
        }
        try check(request)
        let (task, now) = (task, clock.now)
        try task.checkInterval(of: request.query, now: now, settings)
        let intervalEnd = IntervalEnd(now: now, settings, task.configuration)
        let (id, isNew) = try await writing("collection job") { transaction in
            let digest = Array(SHA256.hash(data: body))
            if let known = try transaction.latestResource(requestDigest: digest), try known.answersAgain {
                return (known.collectionID, false)
            }
            if case .timeInterval(let interval) = request.query { try intervalEnd.check(interval) }
            let selector = try Self.select(request, of: task, in: transaction)
            var collection = ResourceRecord(
                id: ResourceID(CollectionJobID.random()), about: .batch(selector.encoded()), request: body,
                requestDigest: digest, createdAt: now)
            collection.lastRow = try transaction.lastReportRow()
            try transaction.insertResource(collection)
            return (collection.collectionID, true)
        }
        if isNew {
            created.continuation.yield(id)
            arrivals.hurry()
            news.notify(.reports)
        }
        return id
    }

    /// What can be said of a request without the store.
    private func check(_ request: CollectionJobReq) throws(AggregatorError) {
        guard request.query.batchMode == task.configuration.batchMode else {
            throw .invalidMessage("the query's batch mode is not the task's")
        }
        try task.checkBatchParameter(request.aggregationParameter, settings: settings)
        if case .timeInterval(let interval) = request.query, !interval.isWellFormed {
            throw .problem(.batchInvalid, detail: "the query's interval is not well formed")
        }
        do throws(ExtensionRefusal) {
            _ = try request.checkedWalk(of: task.configuration, task.codePoints)
        } catch {
            if let unknown = error.unsupportedExtensions { throw .unsupportedExtensions(unknown) }
            throw .problem(error.collectionProblemType, detail: "collection job extensions: \(error)")
        }
    }

    /// The batch of a query: no bucket is in two collections.
    private static func select(
        _ request: CollectionJobReq, of task: AggregatorTask, in transaction: any StoreTransaction
    ) throws -> BatchSelector {
        switch request.query {
        case .timeInterval(let interval):
            let selector = BatchSelector.timeInterval(interval)
            guard let keys = selector.buckets, let end = interval.end else {
                throw AggregatorError.problem(.batchInvalid, detail: "the query's interval is not well formed")
            }
            let isAsked = try transaction.runningResources().contains { try CollectedBatch($0).keys.overlaps(keys) }
            guard !isAsked, try !transaction.isCollected(keys) else {
                throw AggregatorError.problem(.batchOverlap, detail: "the interval has reports of another collection")
            }
            // Those of a collection that was deleted: committed, or on their way still.
            let parameter = request.aggregationParameter
            guard try !transaction.hasBucket(keys, parameterOtherThan: parameter) else {
                throw AggregatorError.invalidMessage("reports were aggregated with another aggregation parameter")
            }
            let jobs = try transaction.openBatchJobs(times: interval.start.units..<end.units)
            guard jobs.allSatisfy({ $0.parameter == parameter }) else {
                throw AggregatorError.invalidMessage(
                    "reports are being aggregated with another aggregation parameter")
            }
            return selector
        case .leaderSelected:
            let open = try transaction.openSelectedBatches()
                .first { !$0.isClaimed && $0.parameter == request.aggregationParameter }
            if var batch = open {
                batch.isClaimed = true
                try transaction.updateSelectedBatch(batch)
                return .leaderSelected(batch.id)
            }
            let batch = SelectedBatchRecord(id: .random(), parameter: request.aggregationParameter, isClaimed: true)
            try transaction.insertSelectedBatch(batch)
            return .leaderSelected(batch.id)
        }
    }
}

extension BatchLeader {
    /// A collection job's result, held back until it is ready or `limit` (at most the settings' longest) is over.
    package func collectionJob(
        id: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus {
        let changes = pollers.changes(of: id)
        if let status = try await status(of: id) { return status }
        await Waiters<CollectionJobID>.next(of: changes, waitingUpTo: min(limit, settings.longestPoll), on: clock)
        return try await status(of: id) ?? .pending
    }

    private func status(of id: CollectionJobID) async throws(AggregatorError) -> CollectionJobStatus? {
        guard let collection = try await reading("poll collection job", { try $0.resource(ResourceID(id)) }) else {
            throw .notFound
        }
        switch collection.state {
        case .running: return nil
        case .released: return .ready(body: collection.response, mediaType: .collectionJobResp)
        case .deleted: throw .notFound
        case .failed:
            guard let problem = ProblemDocument(decoding: collection.response) else {
                throw .store(.damaged("problem"))
            }
            throw .failed(problem, status: collection.failureStatus)
        }
    }

    /// Discards a job and its result.
    ///
    /// A batch that was closed stays collected; one that was not may be asked for again.
    ///
    /// Spec: DAP §4.6.3
    package func deleteCollectionJob(id: CollectionJobID) async throws(AggregatorError) {
        try await writing("delete collection job") { transaction in
            guard var collection = try transaction.resource(ResourceID(id)) else { throw AggregatorError.notFound }
            guard collection.state != .deleted else { return }
            if collection.isWaiting { try transaction.unclaim(collection) }
            collection.state = .deleted
            collection.response = []
            try transaction.updateResource(collection)
        }
        pollers.notify(id)
        news.notify(.jobs)
    }
}

extension ResourceRecord {
    /// Whether the same request gets this job, instead of a new one.
    fileprivate var answersAgain: Bool {
        get throws {
            switch state {
            case .running, .released: return true
            case .deleted: return false
            case .failed:
                guard let problem = ProblemDocument(decoding: response) else { throw StoreError.damaged("problem") }
                // The batch was left as it was.
                let passing: [ProblemType?] = [.invalidBatchSize, .sumBeyondField, .clocksDiffer]
                return !passing.contains(problem.type)
            }
        }
    }
}

extension StoreTransaction {
    /// Lets another collection job have a leader-selected batch that this one did not close.
    func unclaim(_ collection: ResourceRecord) throws {
        guard let id = try CollectedBatch(collection).batchID, var batch = try selectedBatch(id) else { return }
        batch.isClaimed = false
        try updateSelectedBatch(batch)
    }
}
