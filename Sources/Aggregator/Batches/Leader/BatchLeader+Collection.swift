import PopulusDAP
import PopulusVDAF

/// Where a request gets its batch.
extension BatchLeader {
    func check(_ request: CollectionJobReq) throws(AggregatorError) {
        try task.checkBatchParameter(request.aggregationParameter, settings: settings)
    }

    /// A job that was deleted or found too few reports is not given again: the Collector asks for the next leader-selected
    /// batch by deleting the job of the one before.
    func answersAgain(_ known: ResourceRecord) throws -> Bool {
        switch known.state {
        case .running, .released: return true
        case .deleted: return false
        case .failed:
            // The batch was left as it was.
            let passing: [ProblemType?] = [.invalidBatchSize, .sumBeyondField, .clocksDiffer]
            return try !passing.contains(known.problem.type)
        }
    }

    func admit(
        _ asked: AskedCollection, _ counted: WaitingBatch, in transaction: any StoreTransaction
    ) throws -> ResourceRecord {
        try asked.checkIntervalIsOver()
        let selector = try select(asked.request, in: transaction)
        var job = asked.job(.random(), about: .batch(selector.encoded()))
        job.lastRow = try transaction.lastReportRow()
        return job
    }

    func accepted(_ asked: AskedCollection) { hurry() }

    /// Of a batch that has a result: before that its reports are still being looked at.
    func subjectsOfRejections(
        of job: ResourceRecord, in transaction: any StoreTransaction
    ) throws -> ClosedRange<RejectionSubject>? {
        guard job.state == .released else { return nil }
        return RejectionSubject.all(of: try CollectedBatch(job).keys)
    }

    /// The batch of a query: no bucket is in two collections.
    private func select(
        _ request: CollectionJobReq, in transaction: any StoreTransaction
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

/// What the end of a collection means for its batch: one that was not closed may be asked for again.
extension BatchLeader {
    func failed(_ job: ResourceRecord, _ failure: Failure, in transaction: any StoreTransaction) throws {
        try transaction.unclaim(job)
    }

    func deleted(_ job: ResourceRecord, in transaction: any StoreTransaction) throws -> Bool {
        try transaction.unclaim(job)
        return true
    }

    func wipe(_ job: ResourceRecord) async { news.notify(.jobs) }
}

extension StoreTransaction {
    /// Lets another collection job have a leader-selected batch that this one did not close.
    fileprivate func unclaim(_ collection: ResourceRecord) throws {
        guard collection.isWaiting, let id = try CollectedBatch(collection).batchID, var batch = try selectedBatch(id)
        else { return }
        batch.isClaimed = false
        try updateSelectedBatch(batch)
    }
}
