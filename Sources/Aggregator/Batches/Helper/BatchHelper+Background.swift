import DAP
import Logging

/// What is answered later.
extension BatchHelper {
    /// Works at what was accepted, until the calling task is cancelled; first at what a restart left behind.
    package func run() async throws(AggregatorError) {
        let left = try await wrapping {
            try await self.store.read("requests left behind") { transaction in
                try transaction.waitingBatchJobs().map { BackgroundQueue.Item.job($0) }
                    + transaction.runningAggregateShares().map { BackgroundQueue.Item.share($0.id) }
            }
        }
        for item in left { background.add(item) }
        await withDiscardingTaskGroup { group in
            // One after the other: each keeps every thread of the pool busy.
            for await item in background.items {
                background.begin(item)
                if await perform(item) { continue }
                if Task.isCancelled { break }
                // Later, and behind those that came meanwhile.
                group.addTask {
                    do { try await self.clock.sleep(for: self.settings.longestRetryPause) } catch { return }
                    self.background.add(item)
                }
            }
        }
    }

    /// Works at one item; false if it failed, in the store for example, which may pass.
    private func perform(_ item: BackgroundQueue.Item) async -> Bool {
        do {
            switch item {
            case .job(let id): try await work(at: id)
            case .share(let id): try await work(at: id)
            }
        } catch AggregatorError.problem(let type, let detail) {
            // Deleted or answered meanwhile, or no longer within this Helper's bounds.
            logger.notice("a request is not answered any more", metadata: ["reason": "\(type): \(detail)"])
        } catch {
            let failure = AggregatorError(wrapping: error)
            logger.error("a request cannot be answered for now", metadata: ["reason": "\(failure)"])
            return false
        }
        return true
    }
}
