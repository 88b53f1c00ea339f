import Logging
import PopulusDAP

/// The Helper's own work: what is answered later, and what ends by itself.
extension Helper {
    /// Works at what was accepted, until the calling task is cancelled; first at what a restart left behind.
    package func run() async throws(AggregatorError) {
        try await strategy.prepare()
        // Where there are other processes one look among others.
        if !claims.isShared {
            for item in try await wrapping({ try await self.freeItems() }) { background.add(item) }
        }
        await withDiscardingTaskGroup { group in
            if claims.isShared { group.addTask { await self.lookAtOthers() } }
            group.addTask {
                await self.driver.repeating(self.strategy.sweeping, every: self.settings.sweepInterval) {
                    try await self.strategy.sweep()
                }
            }
            group.addTask { await self.strategy.workAlong() }
            group.addTask { await self.forgetExpired() }
            // One after the other: each keeps every thread of the pool busy.
            for await item in background.items {
                background.begin(item)
                if await perform(item) {
                    claims.drop(item.work)
                    continue
                }
                if Task.isCancelled { break }
                // Later, and behind those that came meanwhile.
                group.addTask {
                    await self.clock.pause(self.settings.longestRetryPause)
                    self.background.add(item)
                }
            }
        }
    }

    /// Works at one item; false if it failed, in the store for example, which may pass.
    private func perform(_ item: BackgroundQueue.Item) async -> Bool {
        await driver.attempt(DrivenSubject(what: "a request", about: "\(item)", action: "be answered")) {
            do {
                switch item {
                case .job(let id): try await jobLocks.withLock(id) { try await strategy.work(at: id) }
                case .share(let id): try await work(at: id)
                }
            } catch AggregatorError.problem(let type, let detail) {
                // Deleted or answered meanwhile, or no longer within this Helper's bounds.
                logger.notice("a request is not answered any more", metadata: ["reason": "\(type): \(detail)"])
            }
        }
    }
}
