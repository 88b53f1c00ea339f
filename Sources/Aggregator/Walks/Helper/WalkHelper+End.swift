import DAP
import Logging

/// How a walk ends on the Helper's side (rule 8).
extension WalkHelper {
    /// Ends walks whose life is over, until the calling task is cancelled; clears what a restart left behind.
    package func run() async throws(AggregatorError) {
        let folder = SegmentFolder(of: store)
        let names: [String]
        do { names = try folder.names } catch { throw AggregatorError(wrapping: error) }
        let rows = try await reading("segments in use") { try $0.rowsWithSegments() }
        folder.remove(names, but: rows)
        while !Task.isCancelled {
            await endExpired()
            do { try await clock.sleep(for: settings.sweepInterval) } catch { return }
        }
    }

    /// Ends walks that are too old for any further step.
    func endExpired() async {
        let (now, limit) = (clock.now, walkTask.rules.greatestAgeSeconds)
        let expired = try? await store.write("end expired walks") { transaction -> [WalkID] in
            var ended: [WalkID] = []
            for var walk in try transaction.walks() where walk.end == nil && walk.age(at: now) > limit {
                try transaction.end(&walk, .expired)
                ended.append(walk.id)
            }
            return ended
        }
        for id in expired ?? [] {
            logger.notice("a walk's life is over", metadata: ["walk": "\(id)"])
            await erase(id)
        }
    }

    /// Erases what is left of an ended walk outside the store.
    func erase(_ id: WalkID) async {
        histories.forget(id)
        let jobs = (try? await store.read("jobs of an ended walk") { try $0.shards(id) }) ?? []
        let folder = SegmentFolder(of: store)
        for job in jobs {
            shards.remove(job.row)
            folder.remove(job: job.row)
        }
    }
}
