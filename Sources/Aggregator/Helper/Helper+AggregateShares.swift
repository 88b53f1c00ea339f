import Logging
import PopulusDAP

/// Aggregate shares: accepted, released, answered, deleted.
extension Helper {
    /// Takes a request for an aggregate share; the same bytes get the same answer.
    ///
    /// Spec: DAP §4.6.4; <doc:WalkExtension>
    package func createAggregateShare(
        mediaType: MediaType, body: [UInt8]
    ) async throws(AggregatorError) -> AggregateShareAnswer {
        let asked = try strategy.asked(mediaType, body)
        let digest = ResourceRecord.digest(of: asked.body)
        let id = AggregateShareID.derived("aggregate share", task.id, digest)
        let answer = try await wrapping {
            try await self.shareLocks.withLock(id) {
                let request = try self.strategy.shareRequest(asked.body)
                let (known, due) = try await self.known(id, request, asked.verdicts)
                var share: ResourceRecord
                if let known, known.isAdmitted {
                    share = known
                } else {
                    share = try await self.admitted(
                        ShareAdmitting(
                            request: request, body: asked.body, digest: digest, id: ResourceID(id), task: self.task,
                            noiseKey: self.store.noiseKey, now: self.clock.now),
                        with: due)
                }
                if share.state == .running, !self.settings.answersLater { share = try await self.released(share) }
                return try self.answer(share)
            }
        }
        if case .processing = answer.state { background.add(.share(id)) }
        return answer
    }

    /// What was discarded is not made again; nor is a batch's share that was given up with its reports.
    private func checkIsThere(_ known: ResourceRecord?) throws(AggregatorError) {
        guard let state = known?.state else { return }
        if case .batch = task.kind, state == .failed { throw strategy.refusalOfDeletedShare }
        if state == .deleted { throw strategy.refusalOfDeletedShare }
    }

    /// A share that was asked for before; else the verdicts that are to be committed before or with it.
    private func known(
        _ id: AggregateShareID, _ request: any ShareRequest, _ verdicts: [JobRequest]
    ) async throws -> (ResourceRecord?, due: [JobRequest]) {
        try await store.read("aggregate share") { [self] transaction in
            let known = try transaction.resource(ResourceID(id))
            try checkIsThere(known)
            if verdicts.isEmpty || known?.isAdmitted == true { return (known, []) }
            return (known, try request.due(of: verdicts, as: ResourceID(id), in: transaction))
        }
    }

    private func known(_ id: AggregateShareID) async throws -> ResourceRecord? {
        try await store.read("aggregate share") { try $0.resource(ResourceID(id)) }
    }

    /// Takes a share in, with verdicts that are due, each as if it had come alone and before.
    private func admitted(_ admitting: ShareAdmitting, with due: [JobRequest]) async throws -> ResourceRecord {
        let together = try await commit(due, with: admitting)
        let (admission, share) =
            if let together { together } else {
                try await store.write("admit an aggregate share") { try admitting.run(in: $0) }
            }
        if let refusal = admission?.refusal {
            await strategy.wipe(share.subject)
            throw refusal
        }
        if let release = admission?.release { await ended(release, share) }
        return share
    }

    /// Releases a share that was accepted: once, and stored before anyone sees it.
    private func released(_ share: ResourceRecord) async throws -> ResourceRecord {
        let release: Release
        do { release = try await strategy.release(of: share) } catch {
            // Another process has answered it meanwhile, or discarded it, and what is summed went with that.
            guard let stored = try await known(share.shareID), stored.state != .running else { throw error }
            return stored
        }
        let sealed = try release.sealed(by: task, noiseKey: store.noiseKey)
        let now = clock.now
        let (stored, isOurs) = try await store.write("release an aggregate share") {
            transaction -> (ResourceRecord, Bool) in
            guard var stored = try transaction.resource(share.id) else { throw StoreError.damaged("share") }
            // Deleted meanwhile, or sealed by another: the first one stays, and is counted where it was sealed.
            guard stored.state == .running else { return (stored, false) }
            stored.request = []
            try transaction.forget(.resource(share.id))
            return (try transaction.store(sealed, sealed.aggregateShare, as: stored, at: now), true)
        }
        if isOurs {
            await ended(release, share)
        } else if release.isLeaf {
            await strategy.wipe(share.subject)
        }
        return stored
    }

    private func ended(_ release: Release, _ share: ResourceRecord) async {
        core.meter.released(release, now: clock.now)
        logger.info("\(release.words)", metadata: release.metadata)
        if release.isLeaf { await strategy.wipe(share.subject) }
    }

    private func answer(_ share: ResourceRecord) throws(AggregatorError) -> AggregateShareAnswer {
        let body = try share.answer()
        return AggregateShareAnswer(
            id: share.shareID,
            state: body.map { .ready(body: $0, mediaType: .aggregateShare) }
                ?? .processing(retryAfter: settings.retryAfter))
    }

    /// Works at an aggregate share in the background.
    func work(at id: AggregateShareID) async throws {
        try await shareLocks.withLock(id) {
            if let share = try await known(id), share.state == .running, share.isAdmitted {
                _ = try await released(share)
            }
        }
    }

    /// How an aggregate share stands.
    ///
    /// Spec: DAP §3.1
    package func aggregateShare(id: AggregateShareID) async throws(AggregatorError) -> AggregateShareAnswer {
        let known = try await wrapping { try await self.known(id) }
        guard let share = known, share.isAdmitted, share.state != .failed else { throw .notFound }
        return try answer(share)
    }

    /// Discards a share; the batch stays collected, the step stays history, and neither is sealed again (rule 6).
    ///
    /// Spec: DAP §4.6.5
    package func deleteAggregateShare(id: AggregateShareID) async throws(AggregatorError) {
        try await wrapping {
            try await self.shareLocks.withLock(id) {
                let isRepeatable = self.strategy.mayDeleteShareAgain
                let wasRunning = try await self.store.write("delete an aggregate share") { transaction -> Bool in
                    guard var share = try transaction.resource(ResourceID(id)), isRepeatable || share.state != .deleted
                    else { throw AggregatorError.notFound }
                    guard share.isAdmitted else { return false }
                    let wasRunning = share.state == .running
                    if wasRunning {
                        let request = try AggregateShareReq(stored: share.request, "request for an aggregate share")
                        if let buckets = request.batchSelector.buckets { try transaction.eraseShares(buckets) }
                    }
                    (share.state, share.request, share.response) = (.deleted, [], [])
                    try transaction.forget(.resource(share.id))
                    try transaction.updateResource(share)
                    return wasRunning
                }
                if wasRunning { self.core.meter.ended(.deleted) }
            }
        }
    }
}

/// Takes a share in; where it is summed at once, what is asked for, counted and answered is one commit.
struct ShareAdmitting: Sendable {
    let request: any ShareRequest
    let body: [UInt8]
    let digest: [UInt8]
    let id: ResourceID
    let task: AggregatorTask
    let noiseKey: [UInt8]
    /// Seconds since the Epoch.
    let now: UInt64

    /// - Returns: no admission where the share was admitted before.
    func run(in transaction: any StoreTransaction) throws -> (ShareAdmission?, ResourceRecord) {
        // Whoever was first has answered (rule 6).
        let present = try transaction.resource(id)
        if let present, present.isAdmitted { return (nil, present) }
        let admission = try request.admit(as: id, in: transaction)
        var share = ResourceRecord(
            id: id, about: admission.subject, request: admission.release == nil ? body : [], requestDigest: digest,
            createdAt: now)
        guard admission.refusal == nil else { return (admission, share) }
        // What is summed later would never be: the task's work is over.
        if admission.release == nil, try transaction.isStopped { throw task.hasEnded }
        if present == nil { try transaction.insertResource(share) }
        // Should this process die, another one sums it.
        if admission.release == nil { _ = try transaction.take(.resource(id)) }
        if let release = admission.release {
            let sealed = try release.sealed(by: task, noiseKey: noiseKey)
            share = try transaction.store(sealed, sealed.aggregateShare, as: share, at: now)
        }
        return (admission, share)
    }
}

extension ResourceRecord {
    /// The identifier of an aggregate share.
    var shareID: AggregateShareID { AggregateShareID(bytes: id.bytes) ?? .random() }

    /// Whether an aggregate share needs its request no more, or has it still.
    ///
    /// A store that an early version left may have one of a step that was asked for and has neither: it is admitted when it
    /// is asked for again.
    fileprivate var isAdmitted: Bool { state != .running || !request.isEmpty }
}
