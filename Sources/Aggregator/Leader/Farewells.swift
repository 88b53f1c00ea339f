import Logging
import PopulusDAP

/// Aggregation jobs that the Helper is to be told the end of, while nobody waits for that.
///
/// A Helper that takes a request and never answers holds up whoever waits for it. An operator's word must not.
final class Farewells: Sendable {
    private let jobs = AsyncStream.makeStream(of: [AggregationJobID].self)

    /// Has the Helper told of them; it ends by itself what it is never told of.
    func add(_ jobs: [AggregationJobID]) {
        guard !jobs.isEmpty else { return }
        self.jobs.continuation.yield(jobs)
    }

    /// Tells the Helper until the calling task is cancelled; call it once.
    func tell(_ peer: any HelperPeer, task: TaskID, logger: Logger) async {
        for await jobs in jobs.stream {
            for job in jobs {
                do throws(PeerError) { try await peer.deleteAggregationJob(task: task, id: job) } catch {
                    // What it refuses for one job it may do for the next; if it is away, it is for all of them.
                    if case .problem = error { continue }
                    logger.notice("the Helper was not told of a task's end", metadata: ["task": "\(task)"])
                    break
                }
            }
        }
    }
}

/// What the end of a task's work has ended.
struct EndedWork: Sendable {
    var walks: [WalkID] = []
    /// Of batches, as they were.
    var jobs: [BatchJobRecord] = []
}
