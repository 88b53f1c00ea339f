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
        // One after the other: each keeps every thread of the pool busy.
        for await item in background.items {
            await perform(item)
            if Task.isCancelled { return }
        }
    }

    /// Works at one item until it is done; what fails in the store may pass.
    private func perform(_ item: BackgroundQueue.Item) async {
        var pause = settings.firstRetryPause
        while !Task.isCancelled {
            do {
                switch item {
                case .job(let id): try await work(at: id)
                case .share(let id): try await work(at: id)
                }
                return
            } catch AggregatorError.problem {
                // Deleted or answered meanwhile.
                return
            } catch {
                let failure = AggregatorError(wrapping: error)
                logger.error("a request cannot be answered for now", metadata: ["reason": "\(failure)"])
            }
            do { try await clock.sleep(for: pause) } catch { return }
            pause = min(pause * 2, settings.longestRetryPause)
        }
    }
}
