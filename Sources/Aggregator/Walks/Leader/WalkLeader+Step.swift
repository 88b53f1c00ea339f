import DAP
import VDAF

/// One step of one walk: every shard, then the aggregate share.
extension WalkLeader {
    /// Goes on where the store says that the step stopped.
    func advance(_ job: ResourceRecord) async throws -> Turn<Void> {
        guard let work = try await work(of: job) else { return .ended }
        // Also where it is this side's disk or store that fails again and again.
        try await checkAlive(work.walk)
        if work.step.step == 0 {
            try await leaveTooEarly(work)
            try await checkEnoughOpen(work)
            try await planShards(work)
        }
        let jobs = try await store.read("shards") { try $0.shards(work.walk.id) }.filter { job in
            // A shard that this very step emptied may still owe the Helper its verdict, and have uploads.
            job.phase != .finished || job.committedSteps == work.step.step + 1
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
        return .ended
    }

    /// What there is to do for a collection job; nothing where it has ended.
    private func work(of job: ResourceRecord) async throws -> WalkStepWork? {
        guard case .step(let id, _) = job.subject else { throw StoreError.damaged("collection job") }
        let histories = histories
        return try await store.read("next step") { transaction in
            guard let walk = try transaction.walk(id), walk.end == nil,
                let step = try transaction.lastStep(id), step.resource == job.id,
                let job = try transaction.resource(job.id), job.state == .running
            else { return nil }
            let steps = try histories.steps(id, in: transaction)
            histories.keep(steps, of: id)
            guard let parameter = steps.last?.parameter else { return nil }
            return WalkStepWork(
                walk: walk, step: step, job: job, parameter: parameter, history: steps.dropLast().map(\.parameter))
        }
    }

    private func advance(_ shard: ShardRecord, _ work: WalkStepWork) async throws {
        var job = shard
        let step = work.step.step
        do {
            if job.committedSteps == step {
                try await step == 0 ? exchangeInit(&job, work) : exchangeEvaluate(&job, work)
            }
            guard job.committedSteps == step + 1 else {
                throw Failure.failedHere("shard \(job.ordinal) is at another step")
            }
            if step == 0 { try await eraseUploads(of: job, in: work.walk) }
            // Of a shard without reports the Helper was told nothing.
            if job.jobID != nil { try await confirmOnce(job, work) }
        } catch {
            // What is in memory may be ahead of the store.
            shards.remove(job.row)
            throw error
        }
    }
}

extension WalkLeader {
    /// Confirms a step, unless the Helper has ended the walk along with its share of the last one.
    ///
    /// Where it was asked for that before, by a process that has died since, it takes no verdict any more, and gives the share
    /// again.
    private func confirmOnce(_ job: ShardRecord, _ work: WalkStepWork) async throws {
        do { try await confirm(job, work) } catch Failure.refusedByHelper(let problem, let status) {
            guard work.parameter.level == walkTask.rules.leafLevel else {
                throw Failure.refusedByHelper(problem, status: status)
            }
        }
    }
}

/// A step that waits to be worked on.
struct WalkStepWork: Sendable {
    let walk: WalkRecord
    let step: StepRecord
    /// The collection job that asked for it.
    let job: ResourceRecord
    let parameter: Poplar1AggregationParameter
    /// The parameters of the walk's earlier steps, oldest first.
    let history: [Poplar1AggregationParameter]
}
