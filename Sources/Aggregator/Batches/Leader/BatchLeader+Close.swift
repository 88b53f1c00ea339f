import Logging
import PopulusDAP

/// When a batch is complete: nothing joins it any more, and everything at hand is aggregated.
extension BatchLeader {
    func advance(_ job: ResourceRecord, _ claim: Claim?) async throws -> Turn<Void> {
        // Another process closes it and answers; this one aggregates what it has planned.
        guard let claim else { return .wait(for: store.changes(), upTo: settings.replicaPause) }
        let changes = news.changes(of: .jobs)
        var progress = try await progress(of: job.id, claim)
        if case .over = progress {
            progress = try await self.progress(of: job.id, claim, helper: try await clock(for: job))
        }
        switch progress {
        case .ended: return .ended
        case .waiting, .over: return .wait(for: changes, upTo: .seconds(1))
        case .full: return .again
        case .complete(let collection, let total):
            try await finish(collection, total, claim)
            return .ended
        }
    }

    /// Before an interval is closed: the Helper would refuse its share, for good, if it is not over there too.
    private func clock(for job: ResourceRecord) async throws -> HelperClock? {
        let purpose = Purpose(subject: "collection \(job.id)") { [self] in
            try await checkNeeded(job.id) { $0.isWaiting }
        }
        // The request for its share will show what a refusal is.
        do { return try await askForClock(for: purpose) } catch Failure.refusedByHelper { return nil }
    }

    /// - Throws: `NotNeeded`.
    func checkNeeded(_ id: ResourceID, _ isNeeded: @escaping @Sendable (ResourceRecord) -> Bool) async throws {
        let isNeeded = try await store.read("collection's state") { try $0.resource(id).map(isNeeded) }
        guard isNeeded == true else { throw NotNeeded() }
    }

    /// Reads how far a collection is, and closes a batch that is full: only then anything is written.
    ///
    /// - Parameter helper: the Helper's clock, once it was asked for; nothing in it where the Helper does not say.
    private func progress(
        of id: ResourceID, _ claim: Claim, helper: HelperClock?? = nil
    ) async throws -> BatchCompletion.Progress {
        let rules = BatchCompletion(
            task: task, settings: settings, now: clock.now, lacking: lacking.withLock { $0[id] },
            firstWaiting: helperClock.firstWaiting(at: clock.now), words: helperClock.words, helper: helper)
        let seen = try await store.read("progress of a collection") { try rules.progress(of: id, in: $0) }
        guard case .full = seen else { return seen }
        return try await claims.write("close a batch", claim) { transaction in
            // Once more: reports may have come since.
            let progress = try rules.progress(of: id, in: transaction)
            if case .full = progress, let collection = try transaction.resource(id) {
                try transaction.close(collection)
            }
            return progress
        }
    }
}

extension StoreTransaction {
    /// From here on nothing joins the batch but what is at hand, in its interval, already.
    fileprivate func close(_ collection: ResourceRecord) throws {
        let batch = try CollectedBatch(collection)
        var closed = collection
        closed.isClosed = true
        try updateResource(closed)
        try markCollected(batch.keys)
        guard let id = batch.batchID else { return }
        guard var selected = try selectedBatch(id) else { throw StoreError.damaged("selected batch") }
        selected.isOpen = false
        try updateSelectedBatch(selected)
    }
}
