import PopulusDAP

/// The Leader's own work: collections go on, whatever interrupted them.
extension Leader {
    /// Works until the calling task is cancelled; first of all at what a restart left unfinished.
    ///
    /// Call it once. What is in flight at the cancellation stays as the store knows it and goes on after a restart.
    package func run() async throws(AggregatorError) {
        try await strategy.prepare()
        if try await taskEnd()?.stopped != nil { try await eraseWaiting() }
        let unfinished = try await reading("unfinished collections") { try $0.runningResources() }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.strategy.workAlong() }
            group.addTask { await self.forgetExpired() }
            if claims.isShared { group.addTask { await self.lookAtOthers() } }
            for job in unfinished { group.addTask { await self.drive(job) } }
            for await job in wakes.stream { group.addTask { await self.drive(job) } }
        }
    }

    /// Works on a collection job until it has ended.
    ///
    /// Never throws: it ends released, failed or deleted or, when the calling task is cancelled, as it is.
    private func drive(_ job: ResourceRecord) async {
        // At the start one may be found in the store and be announced as well.
        guard driven.withLock({ $0.insert(job.id).inserted }) else { return }
        defer { _ = driven.withLock { $0.remove(job.id) } }
        let began = ContinuousClock.now
        var isDriver = false
        let ended: Void? = await driver.drive(strategy.words(job)) {
            let claim: Claim?
            switch try await share(in: job) {
            case .ended: return .ended
            case .all(let whole): claim = whole
            case .some: claim = nil
            }
            isDriver = claim != nil
            return try await turn(job, claim)
        }
        guard ended != nil else { return }
        // First who waits for it: what is left may take its time.
        pollers.notify(job.id)
        if isDriver { core.meter.drove(job, since: began) }
        await strategy.settle(job, asDriver: isDriver)
        claims.drop(.resource(job.id))
    }

    private func turn(_ job: ResourceRecord, _ claim: Claim?) async throws -> Turn<Void> {
        do {
            return try await strategy.advance(job, claim)
        } catch let failed as WorkFailed {
            try await fail(job, failed.failure, failed.claim)
        } catch let failure as Failure {
            // Without a claim nothing is ended here: whoever has one finds the same.
            guard let claim else { throw failure }
            try await fail(job, failure, claim)
        }
        return .ended
    }
}

/// Several processes on one store: one drives a collection, and all work at its parts.
extension Leader {
    /// What of a collection is this process's.
    private enum Share {
        case ended
        /// It drives it: it begins, sums and answers.
        case all(Claim)
        /// Another process does.
        case some
    }

    private func share(in job: ResourceRecord) async throws -> Share {
        let work = Work.resource(job.id)
        if let claim = claims[work] {
            // Whoever was taken for dead has to learn that it drives no more: otherwise it would wait for who does, and that one
            // for what it has to tell of its shards.
            guard claims.isShared else { return .all(claim) }
            if try await store.read("a collection's process", { try $0.holds(claim) }) { return .all(claim) }
            claims.drop(work)
        }
        let replica = claims.replica
        let (isRunning, isElsewhere) = try await store.read("a collection's process") { transaction in
            (
                try transaction.resource(job.id)?.state == .running,
                try transaction.isElsewhere(work, than: replica) != nil
            )
        }
        guard isRunning else { return .ended }
        guard !isElsewhere, let claim = try await claims.take(work) else { return .some }
        return .all(claim)
    }

    /// Notices what other processes do, and what they leave behind.
    private func lookAtOthers() async {
        let subject = DrivenSubject(what: "other processes cannot be looked at")
        while !Task.isCancelled {
            let changes = store.changes()
            _ = await driver.attempt(subject) {
                for job in try await store.read("collections of all processes", { try $0.runningResources() }) {
                    guard !driven.withLock({ $0.contains(job.id) }) else { continue }
                    strategy.noticed(job)
                    wakes.continuation.yield(job)
                }
                try await strategy.lookAtOthers()
            }
            pollers.notifyAll()
            await changes.next(waitingUpTo: settings.replicaPause, on: clock)
        }
    }
}

/// Work that cannot succeed, of a process that has a part of a collection.
struct WorkFailed: Error {
    let failure: Failure
    /// To the part that failed.
    let claim: Claim
}
