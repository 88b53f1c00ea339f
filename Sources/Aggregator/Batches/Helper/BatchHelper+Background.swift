import DAP
import Logging

/// What is answered later.
extension BatchHelper {
    /// Works at what was accepted, until the calling task is cancelled; first at what a restart left behind.
    package func run() async throws(AggregatorError) {
        let left = try await wrapping {
            try await self.store.read("requests left behind") { transaction in
                try transaction.waitingBatchJobs().map { BackgroundQueue.Item.job($0) }
                    + transaction.runningResources().map { BackgroundQueue.Item.share($0.shareID) }
            }
        }
        for item in left { background.add(item) }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.sweep() }
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
            troubles.end("a request cannot be answered for now", about: "\(item)")
        } catch AggregatorError.problem(let type, let detail) {
            // Deleted or answered meanwhile, or no longer within this Helper's bounds.
            logger.notice("a request is not answered any more", metadata: ["reason": "\(type): \(detail)"])
        } catch {
            let failure = AggregatorError(wrapping: error)
            troubles.note("a request cannot be answered for now", about: "\(item)", reason: "\(failure)")
            return false
        }
        return true
    }

    /// Ends jobs that the Leader has left alone for too long: their requests take room.
    private func sweep() async {
        while !Task.isCancelled {
            do {
                try await endForgottenJobs()
                troubles.end("forgotten aggregation jobs cannot be ended for now")
            } catch {
                troubles.note("forgotten aggregation jobs cannot be ended for now", reason: "\(error)")
            }
            do { try await clock.sleep(for: settings.sweepInterval) } catch { return }
        }
    }

    private func endForgottenJobs() async throws {
        let (seconds, overflow) = clock.now.subtractingReportingOverflow(settings.longestJobPause)
        guard !overflow else { return }
        let limit = Time(secondsSinceEpoch: seconds, precision: task.configuration.timePrecision).units
        for id in try await store.read("forgotten jobs", { try $0.openBatchJobs(untouchedSince: limit) }) {
            try await jobLocks.withLock(id) {
                // Once more under the lock: it may have been continued.
                let left = try await store.read("forgotten jobs") { try $0.openBatchJobs(untouchedSince: limit) }
                guard left.contains(id), let job = try await store.read("job", { try $0.batchJob(id: id) }) else {
                    return
                }
                try await abandon(job)
                logger.notice("an aggregation job ended that the Leader did not go on with", metadata: ["job": "\(id)"])
            }
        }
    }
}
