import PopulusDAP
import PopulusVDAF
import PrefixWalk
import Synchronization

/// A shard in memory: its opened segment and what is carried from step to step.
///
/// A cache: all of it can be rebuilt from the segment and the store.
final class Shard: Sendable {
    let row: Int64
    let evaluator: ShardEvaluator
    /// The segment's reports, in its order.
    let reports: [BoundReport]
    /// The step that is evaluated and not yet committed (Helper).
    let pending = Mutex<Pending?>(nil)
    /// What was answered last (Helper).
    let answers = Mutex(Answers())
    /// The last step whose verdict the Helper is known to have committed (Leader).
    let confirmedSteps = Mutex<UInt16>(0)

    struct Pending: Sendable {
        let step: UInt16
        let evaluated: ShardStep
    }

    struct Answer: Sendable {
        let step: UInt16
        let requestDigest: [UInt8]
        let body: [UInt8]
        let mediaType: MediaType
    }

    /// The latest answers to the first and to the second message of a step.
    struct Answers: Sendable {
        /// So that a repeated request costs nothing.
        var first: Answer?
        var second: Answer?

        /// The answer that was given last.
        var latest: Answer? {
            guard let first, let second else { return first ?? second }
            return first.step > second.step ? first : second
        }
    }

    /// The step that is pending, if it is this one over these reports.
    func evaluated(step: UInt16, live: ReportBitmap) -> ShardStep? {
        guard let pending = pending.withLock({ $0 }), pending.step == step, pending.evaluated.live == live else {
            return nil
        }
        return pending.evaluated
    }

    init(row: Int64, evaluator: ShardEvaluator, reports: [BoundReport]) {
        self.row = row
        self.evaluator = evaluator
        self.reports = reports
    }

    /// Opens a shard from its segment.
    ///
    /// Blocks.
    convenience init(
        job: ShardRecord, reports: [BoundReport], of task: WalkTask, keyID: UInt8, directory: String,
        segmentKey: SegmentKey?, account: WalkAccount, threads: any IdleThreads
    ) throws {
        guard let key = task.verifyKeys[keyID] else {
            throw AggregatorError.internal("verification key \(keyID) is no longer configured")
        }
        let segment = try Segment(opening: Self.path(row: job.row, in: directory), key: segmentKey)
        guard segment.reportCount == reports.count else { throw StoreError.damaged("segment of job \(job.row)") }
        let evaluator = try ShardEvaluator(
            segment: segment, verifyKey: key, ctx: task.context, aggregatorID: task.aggregatorID, account: account,
            threads: threads)
        self.init(row: job.row, evaluator: evaluator, reports: reports)
    }

    /// Evaluates a step after others, and counts the time where that takes what a restart or another process's end has lost.
    ///
    /// Runs for long.
    ///
    /// - Parameter walkReports: how many reports the step before accepted, over all shards.
    func evaluate(
        _ parameter: Poplar1AggregationParameter, history: [Poplar1AggregationParameter], live: ReportBitmap,
        walkReports: UInt64?, counting moved: MovedWork
    ) throws(PrefixWalkError) -> ShardStep {
        let begin = ContinuousClock.now
        let evaluated = try evaluator.evaluate(parameter, history: history, live: live, walkReports: walkReports)
        if evaluated.isAnew { moved.noteRebuilt(since: begin) }
        return evaluated
    }

    static func path(row: Int64, in directory: String) -> String { directory + "/\(row).segment" }
}

/// The shards in memory, by their job's row.
final class ShardRegistry: Sendable {
    private struct State {
        var shards: [Int64: Shard] = [:]
        var rows: [AggregationJobID: Int64] = [:]
        var jobs: [Int64: ShardRecord] = [:]
        var done: [Int64: UInt16] = [:]
    }

    private let state = Mutex(State())

    subscript(row: Int64) -> Shard? {
        get { state.withLock { $0.shards[row] } }
    }

    func insert(_ shard: Shard) { state.withLock { $0.shards[shard.row] = shard } }

    /// Forgets a shard and its job, so that the next one to need them takes them from what is durable.
    func remove(_ row: Int64) {
        state.withLock { state in
            state.shards[row] = nil
            state.done[row] = nil
            if let id = state.jobs.removeValue(forKey: row)?.jobID { state.rows[id] = nil }
        }
    }

    /// The same by a job's identifier (Helper).
    func remove(_ id: AggregationJobID) {
        if let row = state.withLock({ $0.rows[id] }) { remove(row) }
    }

    /// Keeps a job as the store has it (Helper), so that the next request need not read it; only while its shard is in memory.
    ///
    /// It may be behind the store where the walk has just ended: whoever changes the job asks the store again.
    func keep(_ job: ShardRecord) {
        guard let id = job.jobID else { return }
        state.withLock { state in
            guard state.shards[job.row] != nil else { return }
            state.jobs[job.row] = job
            state.rows[id] = job.row
        }
    }

    /// Notes that so many steps of a job are committed on both sides, and that nothing is left to do of them (Leader).
    func done(_ row: Int64, steps: UInt16) { state.withLock { $0.done[row] = steps } }

    func isDone(_ row: Int64, steps: UInt16) -> Bool { state.withLock { $0.done[row].map { $0 >= steps } ?? false } }

    /// The rows of all that is kept.
    var rows: Set<Int64> { state.withLock { Set($0.shards.keys).union($0.done.keys) } }

    /// A job that is kept.
    func job(_ id: AggregationJobID) -> ShardRecord? {
        state.withLock { state in state.rows[id].flatMap { state.jobs[$0] } }
    }
}
