import DAP
import Logging

/// The Leader's own work: jobs and collections go on, whatever interrupted them.
extension BatchLeader {
    /// Aggregates and collects until the calling task is cancelled; first of all what a restart left unfinished.
    ///
    /// Call it once. What is in flight at the cancellation stays as the store knows it and goes on after a restart.
    package func run() async throws(AggregatorError) {
        let keys = Set(task.verifyKeys.keys)
        let (jobs, collections, stranded) = try await reading("unfinished work") { transaction in
            (
                try transaction.openBatchJobs(), try transaction.runningResources(),
                try transaction.countWaitingReports(forKeysBeside: keys)
            )
        }
        if stranded > 0 {
            logger.error(
                "reports wait for a verification key that is gone: put it back into the task file and start again",
                metadata: ["reports": "\(stranded)"])
        }
        let unfinished = JobQueue(jobs)
        await withDiscardingTaskGroup { group in
            for _ in 0..<max(1, settings.jobsInFlight) { group.addTask { await self.aggregate(unfinished) } }
            group.addTask { await self.tick() }
            for collection in collections { group.addTask { await self.collect(collection.collectionID) } }
            for await id in created.stream { group.addTask { await self.collect(id) } }
        }
    }

    /// One job after the other.
    private func aggregate(_ unfinished: JobQueue) async {
        while !Task.isCancelled {
            let changes = news.changes(of: .reports)
            do {
                var job = unfinished.next()
                if job == nil { job = try await nextJob() }
                troubles.end("reports cannot be aggregated for now")
                if let job {
                    await drive(job)
                    continue
                }
            } catch {
                // The store, or the disk: nothing is lost, so try again.
                if store.outage == nil {
                    troubles.note("reports cannot be aggregated for now", reason: "\(error)")
                }
                arrivals.hurry()
            }
            await Waiters<News>.next(of: changes, waitingUpTo: settings.longestRetryPause, on: clock)
        }
    }

    /// Works on a job until it has ended.
    ///
    /// Never throws: a job ends finished, abandoned or, when it is parked or the calling task is cancelled, as it is.
    private func drive(_ job: BatchJobRecord) async {
        while !Task.isCancelled {
            do {
                do {
                    try await advance(job.row)
                } catch let failure as JobFailure {
                    try await abandon(job.row, failure)
                }
                troubles.end("an aggregation job cannot go on for now", about: "\(job.row)")
                break
            } catch let parked as JobParked {
                logger.error(
                    "an aggregation job waits until the server is started again",
                    metadata: ["job": "\(job.row)", "reason": "\(parked.detail)"])
                return
            } catch is CancellationError {
                return
            } catch {
                if store.outage == nil {
                    troubles.note(
                        "an aggregation job cannot go on for now", about: "\(job.row)", reason: "\(error)",
                        metadata: ["job": "\(job.row)"])
                }
                try? await clock.sleep(for: settings.longestRetryPause)
            }
        }
        news.notify(.jobs)
    }

    /// Lets reports wait for company, and no longer.
    private func tick() async {
        while !Task.isCancelled {
            do { try await clock.sleep(for: settings.aggregationDelay) } catch { return }
            if arrivals.tick() { news.notify(.reports) }
        }
    }
}
