import Logging
import PopulusDAP

/// The aggregation jobs' own work: they go on, whatever interrupted them.
extension BatchLeader {
    func prepare() async throws(AggregatorError) {
        let keys = Set(task.verifyKeys.keys)
        let (jobs, stranded) = try await reading("unfinished work") { transaction in
            (try transaction.openBatchJobs(), try transaction.countWaitingReports(forKeysBeside: keys))
        }
        unfinished.withLock { $0 = jobs.reversed() }
        guard stranded > 0 else { return }
        logger.error(
            "reports wait for a verification key that is gone: put it back into the task file and start again",
            metadata: ["reports": "\(stranded)"])
    }

    func workAlong() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<max(1, settings.jobsInFlight) { group.addTask { await self.aggregate() } }
            group.addTask { await self.tick() }
            group.addTask { await self.farewells.tell(self.link.peer, task: self.task.id, logger: self.logger) }
        }
    }

    /// One job after the other.
    private func aggregate() async {
        let subject = DrivenSubject(what: "reports cannot be aggregated")
        while let row = await driver.drive(subject, { try await dueJob() }) { await drive(row) }
    }

    /// First what a restart left, first come first served; then what can be planned.
    private func dueJob() async throws -> Turn<Int64> {
        let changes = news.changes(of: .reports)
        while let left = unfinished.withLock({ $0.popLast() }) {
            do {
                if try await claims.take(.row(left.row)) != nil { return .ended(left.row) }
            } catch {
                unfinished.withLock { $0.append(left) }
                throw error
            }
        }
        if let planned = try await nextJob() { return .ended(planned.row) }
        return .wait(for: changes, upTo: settings.longestRetryPause)
    }

    /// Works on a job until it has ended.
    ///
    /// Never throws: a job ends finished, abandoned or, when it is parked or the calling task is cancelled, as it is.
    private func drive(_ row: Int64) async {
        let subject = DrivenSubject(what: "an aggregation job", about: "\(row)", metadata: ["job": "\(row)"])
        await driver.drive(subject) {
            try await core.meter.timing(.batch) { try await advance(row) }
            return .ended
        } failing: { failure in
            logger.error(
                "an aggregation job waits until the server is started again",
                metadata: ["job": "\(row)", "reason": "\(failure.reason)"])
            return .ended
        }
        news.notify(.jobs)
    }

    /// Lets reports wait for company, and no longer.
    private func tick() async {
        while !Task.isCancelled {
            await clock.pause(settings.aggregationDelay)
            if arrivals.tick() { news.notify(.reports) }
        }
    }
}

/// Several processes on one store: each plans jobs of its own, and works at those of one that has died.
extension BatchLeader {
    func noticed(_ job: ResourceRecord) { hurry() }

    func lookAtOthers() async throws {
        let claims = claims
        let free = try await store.read("jobs that nobody has") { transaction in
            try transaction.openBatchJobs().filter { job in
                try transaction.owner(of: .row(job.row)).map { !$0.isAlive && $0.replica != claims.replica } ?? true
            }
        }
        if !free.isEmpty {
            unfinished.withLock { $0 = free.reversed() }
            news.notify(.reports)
        }
        news.notify(.jobs)
    }
}
