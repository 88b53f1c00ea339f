import DAP
import Logging
import PrefixWalk
import VDAF

/// The driver: what makes walks go on, whatever interrupted them.
extension WalkLeader {
    /// Drives walks until the calling task is cancelled; first of all those that a restart left unfinished.
    ///
    /// Call it once. What is in flight at the cancellation stays as the store knows it and goes on after a restart.
    package func run() async throws(AggregatorError) {
        let walks = try await reading("unfinished walks") { try $0.walks() }
        try await removeOrphans(walks)
        await withDiscardingTaskGroup { group in
            for walk in walks where walk.end == nil { group.addTask { await self.drive(walk.id) } }
            group.addTask { await self.sweep() }
            for await walk in wakes.stream { group.addTask { await self.drive(walk) } }
        }
    }

    /// Works until the walk has no running step.
    ///
    /// Never throws: a step ends released, failed or, when the calling task is cancelled, as it is.
    private func drive(_ id: WalkID) async {
        await walkLocks.withLock(id) {
            while !Task.isCancelled {
                do {
                    guard let work = try await nextStep(of: id) else { return }
                    do {
                        try await advance(work)
                    } catch let failure as StepFailure {
                        try await fail(work, failure)
                    }
                    troubles.end("a step cannot go on for now", about: "\(id)", metadata: ["walk": "\(id)"])
                } catch is CancellationError {
                    return
                } catch {
                    // The store, or the disk: nothing is lost, so try again. What ended the store was said already.
                    if store.outage == nil {
                        troubles.note(
                            "a step cannot go on for now", about: "\(id)", reason: "\(error)",
                            metadata: ["walk": "\(id)"])
                    }
                    try? await clock.sleep(for: settings.longestRetryPause)
                }
            }
        }
    }

    private func nextStep(of id: WalkID) async throws -> StepWork? {
        let histories = histories
        return try await store.read("next step") { transaction in
            guard let walk = try transaction.walk(id), walk.end == nil else { return nil }
            guard let step = try transaction.lastStep(id),
                let job = try step.resource.flatMap({ try transaction.resource($0) }),
                job.state == .running
            else { return nil }
            let steps = try histories.steps(id, in: transaction)
            histories.keep(steps, of: id)
            guard let parameter = steps.last?.parameter else { return nil }
            return StepWork(
                walk: walk, step: step, job: job, parameter: parameter, history: steps.dropLast().map(\.parameter))
        }
    }

    /// One step of one walk: every shard, then the aggregate share.
    ///
    /// Goes on where the store says that it stopped.
    private func advance(_ work: StepWork) async throws {
        // Also where it is this side's disk or store that fails again and again.
        try await checkAlive(work.walk)
        if work.step.step == 0 {
            try await leaveTooEarly(work)
            try await checkEnoughOpen(work)
            try await planShards(work)
        }
        let jobs = try await store.read("shards") { try $0.shards(work.walk.id) }.filter { job in
            // A shard that this very step emptied may still owe the Helper its verdict.
            job.phase != .finished || (job.committedSteps == work.step.step + 1 && job.jobID != nil)
        }
        let inFlight = max(1, work.step.step == 0 ? settings.shardsInFlight : settings.laterShardsInFlight)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, job) in jobs.enumerated() {
                if index >= inFlight { try await group.next() }
                group.addTask { try await self.advance(job, work) }
            }
            try await group.waitForAll()
        }
        try await finish(work)
    }

    private func advance(_ job: ShardRecord, _ work: StepWork) async throws {
        do {
            if work.step.step == 0 {
                try await initialize(job, work)
            } else {
                try await evaluate(job, work)
            }
        } catch {
            // What is in memory may be ahead of the store.
            shards.remove(job.row)
            throw error
        }
    }

    /// A step that cannot succeed: the Collector learns why, the walk ends, its shares are erased.
    private func fail(_ work: StepWork, _ failure: StepFailure) async throws {
        let problem = failure.problem(task: task.id)
        logger.warning(
            "a step failed",
            metadata: [
                "walk": "\(work.walk.id)", "step": "\(work.step.step)", "problem": "\(problem.type?.uri ?? "")",
                "detail": "\(problem.detail ?? "")",
            ])
        try await store.write("step failed") { transaction in
            guard var walk = try transaction.walk(work.walk.id), var job = try transaction.resource(work.job.id),
                job.state == .running
            else { return }
            job.state = .failed
            job.response = problem.encoded()
            job.failureStatus = failure.status
            try transaction.updateResource(job)
            switch failure {
            case .tooFewOpen(let opening): try transaction.free(&walk, refusing: opening)
            case .clocksDiffer: try transaction.free(&walk, refusing: WalkOpening(least: 0))
            default: try transaction.giveUp(&walk, failure.end)
            }
        }
        if let jobID = CollectionJobID(bytes: work.job.id.bytes) { waiters.notify(jobID) }
        await release(work.walk.id)
    }
}

/// A step that waits to be worked on.
struct StepWork: Sendable {
    let walk: WalkRecord
    let step: StepRecord
    /// The collection job that asked for it.
    let job: ResourceRecord
    let parameter: Poplar1AggregationParameter
    /// The parameters of the walk's earlier steps, oldest first.
    let history: [Poplar1AggregationParameter]
}

/// Why a step fails for good.
enum StepFailure: Error {
    /// A safety rule says so.
    case refused(WalkRefusal)
    /// Too few of the batch's reports open here: nothing was bound or sent.
    case tooFewOpen(WalkOpening)
    /// The Helper's clock does not permit the batch: nothing was bound or sent.
    case clocksDiffer(String)
    /// The Helper refused, with a problem document.
    case refusedByHelper(ProblemDocument, status: Int)
    /// The Helper answered what it must not answer.
    case helperMisbehaved(ProblemType, String)
    /// This aggregator cannot go on: its segment or its keys do not fit any more.
    case failedHere(String)

    func problem(task: TaskID) -> ProblemDocument {
        switch self {
        case .refused(let refusal):
            ProblemDocument(
                type: refusal.problemType, status: status, detail: refusal.description, taskID: task, party: .leader)
        case .tooFewOpen(let opening):
            ProblemDocument(
                type: opening.problemType, status: status, detail: opening.description, taskID: task, party: .leader)
        case .clocksDiffer(let detail):
            ProblemDocument(type: .clocksDiffer, status: status, detail: detail, taskID: task, party: .leader)
        case .refusedByHelper(let problem, let status):
            ProblemDocument(
                type: problem.type, title: problem.title, status: status,
                detail: "The Helper refused: " + (problem.detail ?? problem.title ?? "status \(status)"), taskID: task,
                party: .helper)
        case .helperMisbehaved(let type, let detail):
            ProblemDocument(
                type: type, status: status, detail: "The Helper's answer: " + detail, taskID: task, party: .helper)
        case .failedHere(let detail):
            ProblemDocument(
                type: nil, title: "The step failed.", status: status, detail: detail, taskID: task, party: .leader)
        }
    }

    var status: Int {
        if case .refusedByHelper(_, let status) = self { status } else { 400 }
    }

    var end: WalkEnd {
        switch self {
        case .refused(let refusal): refusal.end ?? .failed
        case .tooFewOpen, .clocksDiffer: .notBegun
        case .refusedByHelper, .helperMisbehaved, .failedHere: .failed
        }
    }
}
