import DAP

/// The Leader's own work: collections go on, whatever interrupted them.
extension Leader {
    /// Works until the calling task is cancelled; first of all at what a restart left unfinished.
    ///
    /// Call it once. What is in flight at the cancellation stays as the store knows it and goes on after a restart.
    package func run() async throws(AggregatorError) {
        try await strategy.prepare()
        let unfinished = try await reading("unfinished collections") { try $0.runningResources() }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.strategy.workAlong() }
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
        let ended: Void? = await driver.drive(strategy.words(job)) {
            try await strategy.advance(job)
        } failing: { failure in
            try await fail(job, failure)
            return .ended
        }
        guard ended != nil else { return }
        // First who waits for it: what is left may take its time.
        pollers.notify(job.id)
        await strategy.settle(job)
    }
}
