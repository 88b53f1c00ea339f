import DAP
import Logging

/// How a walk ends (rule 8).
extension WalkLeader {
    /// Erases what is left of an ended walk outside the store.
    func erase(_ id: WalkID) async {
        histories.forget(id)
        wanted.withLock { $0[id] = nil }
        let jobs = (try? await store.read("jobs of an ended walk") { try $0.shards(id) }) ?? []
        let folder = SegmentFolder(of: store)
        for job in jobs {
            shards.remove(job.row)
            folder.remove(job: job.row)
        }
    }

    /// Erases, and tells the Helper that the walk is given up.
    ///
    /// The Helper may be away: it ends the walk by itself when its life is over.
    func release(_ id: WalkID) async {
        let jobs = (try? await store.read("jobs of an ended walk") { try $0.shards(id) }) ?? []
        await erase(id)
        for job in jobs {
            guard let jobID = job.jobID, !Task.isCancelled else { continue }
            do throws(PeerError) {
                try await peer.deleteAggregationJob(task: task.id, id: jobID)
            } catch {
                // What it refuses for one job it may do for the next; if it is away, it is for all of them.
                if case .problem = error { continue }
                logger.notice("the Helper was not told of a walk's end", metadata: ["walk": "\(id)"])
                return
            }
        }
    }

    func removeOrphans(_ walks: [WalkRecord]) async throws(AggregatorError) {
        let folder = SegmentFolder(of: store)
        let names: [String]
        do { names = try folder.names } catch { throw AggregatorError(wrapping: error) }
        let rows = try await reading("segments in use") { try $0.rowsWithSegments() }
        folder.remove(names, but: rows)
    }

    /// Ends walks whose life is over, again and again.
    func sweep() async {
        while !Task.isCancelled {
            await endExpired()
            do { try await clock.sleep(for: settings.sweepInterval) } catch { return }
        }
    }

    /// Ends walks that are too old for any further step and have none running.
    func endExpired() async {
        let (now, limit) = (clock.now, walkTask.rules.greatestAgeSeconds)
        let expired = try? await store.write("end expired walks") { transaction -> [WalkID] in
            var ended: [WalkID] = []
            for var walk in try transaction.walks() where walk.end == nil && walk.age(at: now) > limit {
                // A running step finds out by itself, and tells the Collector.
                if try transaction.isRunning(try transaction.lastStep(walk.id)) { continue }
                try transaction.giveUp(&walk, .expired)
                ended.append(walk.id)
            }
            return ended
        }
        for id in expired ?? [] { await release(id) }
    }
}
