import Logging
import PopulusDAP

/// How a walk ends (rule 8).
extension WalkLeader {
    /// Its shares are erased.
    func failed(_ job: ResourceRecord, _ failure: Failure, in transaction: any StoreTransaction) throws {
        guard case .step(let id, _) = job.subject, var walk = try transaction.walk(id) else { return }
        switch failure {
        case .tooFewOpen, .clocksDiffer:
            try transaction.checkOpening(id)
            try transaction.free(&walk)
        default: try transaction.giveUp(&walk, failure.end)
        }
    }

    /// Deleting the job of a walk's latest step gives the walk up: its shares are erased and it takes no further step.
    func deleted(_ job: ResourceRecord, in transaction: any StoreTransaction) throws -> Bool {
        guard case .step(let id, let number) = job.subject else { throw AggregatorError.notFound }
        if job.state == .running, var step = try transaction.step(id, number) {
            step.reportCount = 0
            try transaction.updateStep(step)
        }
        guard try transaction.lastStep(id)?.step == number, var walk = try transaction.walk(id) else { return false }
        try transaction.giveUp(&walk, .abandoned)
        return true
    }

    func wipe(_ job: ResourceRecord) async {
        if case .step(let walk, _) = job.subject { await release(walk) }
    }

    /// Of a walk that came to its end the Helper knows.
    func settle(_ job: ResourceRecord, asDriver: Bool) async {
        guard case .step(let id, _) = job.subject else { return }
        let end: WalkEnd?
        // What cannot be read now is found by the next start, which removes the segments.
        do { end = try await store.read("walk's end") { try $0.walk(id)?.end } } catch { return }
        guard let end else { return }
        // Whoever drove it tells the Helper, and has the uploads erased.
        guard asDriver else {
            _ = await eraseShards(of: id)
            return
        }
        if end == .completed { _ = await erase(id) } else { await release(id) }
    }

    func stopped(_ work: EndedWork) async {
        for id in work.walks { farewells.add(await erase(id).compactMap(\.jobID)) }
    }

    /// Erases what is left of an ended walk outside the store, and tells the Helper that the walk is given up.
    ///
    /// The Helper may be away: it ends the walk by itself when its life is over.
    private func release(_ id: WalkID) async {
        for job in await erase(id) {
            guard let jobID = job.jobID, !Task.isCancelled else { continue }
            do throws(PeerError) { try await link.peer.deleteAggregationJob(task: task.id, id: jobID) } catch {
                // What it refuses for one job it may do for the next; if it is away, it is for all of them.
                if case .problem = error { continue }
                logger.notice("the Helper was not told of a walk's end", metadata: ["walk": "\(id)"])
                return
            }
        }
    }

    /// Erases what is left of an ended walk outside the store, and has its uploads erased; gives its jobs.
    private func erase(_ id: WalkID) async -> [ShardRecord] {
        wanted.withLock { $0[id] = nil }
        erasures.continuation.yield()
        return await eraseShards(of: id)
    }

    func workAlong() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.endExpired() }
            group.addTask { await self.eraseEnded() }
            group.addTask { await self.farewells.tell(self.link.peer, task: self.task.id, logger: self.logger) }
        }
    }

    /// Ends walks whose life is over, again and again.
    private func endExpired() async {
        await driver.repeating(sweeping, every: settings.sweepInterval) {
            let ended = try await endExpired { walk, transaction in
                // A running step finds out by itself, and tells the Collector.
                if try transaction.isRunning(try transaction.lastStep(walk.id)) { return false }
                try transaction.giveUp(&walk, .expired)
                return true
            }
            for id in ended { await release(id) }
            // Also where nobody could say so.
            erasures.continuation.yield()
        }
    }
}
