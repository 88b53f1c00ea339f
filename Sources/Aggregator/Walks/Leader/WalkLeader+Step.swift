import PopulusDAP
import PopulusVDAF

/// One step of one walk: every shard, then the aggregate share.
extension WalkLeader {
    /// Goes on where the store says that the step stopped.
    ///
    /// - Parameter claim: whoever has it begins the step and finishes it; any process works at shards.
    func advance(_ job: ResourceRecord, _ claim: Claim?) async throws -> Turn<Void> {
        let changes = store.changes()
        guard let work = try await work(of: job) else { return .ended }
        if let claim {
            // Also where it is this side's disk or store that fails again and again.
            try checkAge(work.walk)
            if work.step.step == 0 {
                try await leaveTooEarly(work, claim)
                try await checkEnoughOpen(work, claim)
                try await planShards(work, claim)
            }
        }
        var (isCommitted, held, after) = try await workAtShards(work, finishing: claim != nil)
        if claim != nil, !isCommitted { isCommitted = try await isCommittedEverywhere(work, but: held) }
        guard let claim, isCommitted else { return .wait(for: changes, upTo: settings.replicaPause) }
        try await finish(work, held, after, claim)
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
                walk: walk, step: step, job: job, parameter: parameter, history: steps.dropLast().map(\.parameter),
                reportsBefore: steps.dropLast().last?.reportCount,
                shards: step.step == 0 ? [] : try transaction.shards(id))
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
    /// How many reports the step before accepted.
    let reportsBefore: UInt64?
    /// The walk's shards as they were when the step was begun; none of the first step, which makes them.
    let shards: [ShardRecord]
}
