import Crypto
import DAP
import Logging

/// Where a batch is closed, summed, sealed and released.
extension BatchHelper {
    /// Takes an `AggregateShareReq`; the same bytes get the same answer.
    ///
    /// Spec: DAP §4.6.4
    package func createAggregateShare(
        mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregateShareAnswer {
        guard MediaType.aggregateShareReq.matches(mediaType) else { throw .unsupportedMediaType }
        let digest = Array(SHA256.hash(data: body))
        let id = AggregateShareID.derived(task: task.id, requestDigest: digest)
        return try await wrapping {
            try await self.shareLocks.withLock(id) {
                let known = try await self.store.read("aggregate share") { try $0.resource(ResourceID(id)) }
                let share = try await self.closed(known, digest: digest, body: body, as: id)
                switch share.state {
                case .released: return try self.answer(share)
                case .running where self.settings.answersLater:
                    self.background.add(.share(id))
                    return try self.answer(share)
                case .running: return try self.answer(try await self.released(share))
                case .failed, .deleted:
                    throw AggregatorError.problem(.batchOverlap, detail: "the batch's share was deleted")
                }
            }
        }
    }

    /// Closes the batch: from here on nothing is added to its buckets.
    private func closed(
        _ known: ResourceRecord?, digest: [UInt8], body: [UInt8], as id: AggregateShareID
    ) async throws -> ResourceRecord {
        if let known { return known }
        let request = try BatchShareRequest(decoding: body, of: task)
        // The Leader's clock, or the Leader, may be wrong: what comes later would find the buckets closed.
        if case .timeInterval(let interval) = request.selector {
            try IntervalEnd(now: clock.now, settings, task.configuration).check(interval)
        }
        let (configuration, selector, now) = (task.configuration, request.selector.encoded(), clock.now)
        return try await store.write("close a batch") { transaction in
            try request.check(of: configuration, in: transaction)
            try transaction.markCollected(request.buckets)
            let share = ResourceRecord(
                id: ResourceID(id), about: .batch(selector), request: body, requestDigest: digest, createdAt: now)
            try transaction.insertResource(share)
            return share
        }
    }

    /// Sums and seals the share of a closed batch: once, and stored before anyone sees it.
    private func released(_ share: ResourceRecord) async throws -> ResourceRecord {
        let request: BatchShareRequest
        do { request = try BatchShareRequest(decoding: share.request, of: task) } catch {
            throw StoreError.damaged("request for an aggregate share")
        }
        let vdaf = vdaf
        let total = try await store.read("sum of a batch") { try $0.total(request.buckets, vdaf) }
        guard let total, !total.share.isEmpty else {
            throw StoreError.damaged("the aggregate share of a closed batch is gone")
        }
        let release: Release
        do {
            release = try Release(
                total, of: request.buckets, task: task.configuration, for: request.collection, request.selector)
        } catch {
            throw AggregatorError(error)
        }
        let sealed = try release.sealed(by: task, noiseKey: store.noiseKey)
        let stored = try await store.write("release an aggregate share") { transaction in
            guard var stored = try transaction.resource(share.id) else { throw StoreError.damaged("share") }
            // Deleted meanwhile, or sealed by another: the first one stays.
            guard stored.state == .running else { return stored }
            stored.request = []
            return try transaction.store(sealed, sealed.aggregateShare, as: stored)
        }
        logger.info("batch released", metadata: ["reports": "\(request.count)"])
        return stored
    }

    private func answer(_ share: ResourceRecord) throws -> AggregateShareAnswer {
        switch share.state {
        case .running: AggregateShareAnswer(id: share.shareID, state: .processing(retryAfter: settings.retryAfter))
        case .released:
            AggregateShareAnswer(id: share.shareID, state: .ready(body: share.response, mediaType: .aggregateShare))
        case .failed, .deleted: throw AggregatorError.notFound
        }
    }

    /// Works at an aggregate share in the background.
    func work(at id: AggregateShareID) async throws {
        try await shareLocks.withLock(id) {
            guard let share = try await store.read("aggregate share", { try $0.resource(ResourceID(id)) }),
                share.state == .running
            else { return }
            _ = try await released(share)
        }
    }

    /// How an aggregate share stands.
    ///
    /// Spec: DAP §3.1
    package func aggregateShare(id: AggregateShareID) async throws(AggregatorError) -> AggregateShareAnswer {
        try await wrapping {
            guard let share = try await self.store.read("aggregate share", { try $0.resource(ResourceID(id)) }) else {
                throw AggregatorError.notFound
            }
            return try self.answer(share)
        }
    }

    /// Discards the share; the batch stays collected.
    ///
    /// Spec: DAP §4.6.5
    package func deleteAggregateShare(id: AggregateShareID) async throws(AggregatorError) {
        try await wrapping {
            try await self.shareLocks.withLock(id) {
                try await self.store.write("delete an aggregate share") { transaction in
                    guard var share = try transaction.resource(ResourceID(id)), share.state != .deleted else {
                        throw AggregatorError.notFound
                    }
                    if share.state == .running,
                        let buckets = try? AggregateShareReq(decoding: share.request).batchSelector.buckets
                    {
                        try transaction.eraseShares(buckets)
                    }
                    share.state = .deleted
                    share.request = []
                    share.response = []
                    try transaction.updateResource(share)
                }
            }
        }
    }
}

extension ResourceRecord {
    /// The identifier of an aggregate share.
    var shareID: AggregateShareID { AggregateShareID(bytes: id.bytes) ?? .random() }
}
