import DAP
import Logging

extension AggregatorPart {
    /// Removes the segments that a crash left behind.
    func removeOrphans() async throws(AggregatorError) {
        let folder = SegmentFolder(of: store)
        let names: [String]
        do { names = try folder.names } catch { throw AggregatorError(wrapping: error) }
        let rows = try await reading("segments in use") { try $0.rowsWithSegments() }
        folder.remove(names, but: rows)
    }
}

extension ShardRegistry {
    /// Erases what is left of an ended walk outside the store; gives its jobs.
    func erase(_ walk: WalkID, of core: AggregatorCore, _ histories: WalkHistories) async -> [ShardRecord] {
        histories.forget(walk)
        let jobs: [ShardRecord]
        do { jobs = try await core.store.read("jobs of an ended walk") { try $0.shards(walk) } } catch {
            // The next start finds the segments that nothing needs any more.
            core.machine.logger.notice(
                "segments of an ended walk stay until the next start",
                metadata: ["walk": "\(walk)", "reason": "\(error)"])
            return []
        }
        let folder = SegmentFolder(of: core.store)
        for job in jobs {
            remove(job.row)
            folder.remove(job: job.row)
        }
        return jobs
    }
}
