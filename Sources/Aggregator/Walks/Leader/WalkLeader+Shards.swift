import PopulusDAP

/// Which shards of a step this process works at: those that it has, and those that nobody has, as it finds room.
///
/// A process keeps its shards for the walk's later steps. Those of one that has died are taken over by whoever is there.
extension WalkLeader {
    /// Brings all shards of a step that are this process's to their end there.
    ///
    /// - Parameter finishing: whether this process asks for the step's share, so that the last verdicts may go with that.
    /// - Returns: whether there are no others; the shards whose verdict the Helper is still to be sent; and all shards of the walk
    ///   right after the commit of these.
    /// - Throws: `WorkFailed`.
    func workAtShards(
        _ work: WalkStepWork, finishing: Bool
    ) async throws -> (isCommitted: Bool, held: [ShardRecord], after: [ShardRecord]?) {
        let (rows, jobs) = try await shardsToWorkAt(work)
        let kind = TaskMeter.Work(work.job.subject)
        let inFlight = shardsInFlight(step: work.step.step)
        defer { spareBodies.removeAll() }
        // The earlier ones' verdicts leave while the later ones are evaluated.
        let firstHeld = finishing && mayHoldVerdicts(of: work) ? jobs.count - inFlight : jobs.count
        // Those whose verdict goes with the request for the share have nobody to tell of their commit before.
        let commits = JointWrites()
        let (walk, store) = (work.walk.id, store)
        let (held, after) = try await withThrowingTaskGroup(of: ShardOutcome.self) { group in
            defer { commits.abandon() }
            var (running, held, after) = (0, [ShardRecord](), [ShardRecord]?.none)
            func take(_ outcome: ShardOutcome) {
                switch outcome {
                case .done: break
                case .held(let job): held.append(job)
                case .committed(let jobs): after = jobs
                }
            }
            for (place, job) in jobs.enumerated() {
                if running >= inFlight, let next = try await group.next() {
                    running -= 1
                    take(next)
                }
                guard let (job, claim) = try await taken(job) else { continue }
                running += 1
                let seat = place >= firstHeld ? commits.seat() : nil
                group.addTask {
                    defer { seat?.leave() }
                    let held = try await self.core.meter.timing(kind) {
                        try await self.advance(job, work, claim, in: seat)
                    }
                    return held.map { .held($0) } ?? .done
                }
            }
            // Beside the shards: the first one that fails ends the others.
            group.addTask {
                .committed(
                    await store.write("commit a step of a shard", await commits.gathered()) { try $0.shards(walk) })
            }
            for try await next in group { take(next) }
            return (held, after)
        }
        if claims.isShared { try await tellOfCommits(work) }
        let heldRows = Set(held.map(\.row))
        let isCommitted = rows.allSatisfy { heldRows.contains($0) || shards.isDone($0, steps: work.step.step + 1) }
        return (isCommitted, held, after)
    }

    /// How many shards of a step are at work at once: of a later one two for each thread at least, of which one waits for the
    /// Helper.
    private func shardsInFlight(step: UInt16) -> Int {
        step == 0 ? max(1, settings.shardsInFlight) : max(settings.laterShardsInFlight, 2 * self.work.threadCount)
    }

    /// The shards that take part in a step, and those of them that are to be worked at here: what is not another process's, first
    /// what is this one's already.
    private func shardsToWorkAt(_ work: WalkStepWork) async throws -> (rows: [Int64], toDo: [ShardRecord]) {
        let (claims, shards, steps) = (claims, shards, work.step.step + 1)
        if !claims.isShared, work.step.step > 0 {
            let jobs = work.shards.filter { $0.takesPart(in: work) }
            return (jobs.map(\.row), jobs)
        }
        let (rows, jobs) = try await store.read("shards") { transaction in
            let jobs = try transaction.shardsOfStep(work)
            let toDo = try jobs.filter { job in
                guard claims.isShared, !shards.isDone(job.row, steps: steps) else { return !claims.isShared }
                if claims[.row(job.row)] != nil { return true }
                return try transaction.isElsewhere(.row(job.row), than: claims.replica) == nil
            }
            return (jobs.map(\.row), toDo)
        }
        guard claims.isShared else { return (rows, jobs) }
        return (rows, jobs.filter { claims[.row($0.row)] != nil } + jobs.filter { claims[.row($0.row)] == nil })
    }

    /// A shard that this process has, or takes now; as it is then.
    private func taken(_ job: ShardRecord) async throws -> (ShardRecord, Claim)? {
        let work = Work.row(job.row)
        if let claim = claims[work] { return (job, claim) }
        let replica = claims.replica
        let taken = try await store.write("take a shard") { transaction -> (job: ShardRecord, work: TakenWork)? in
            guard try transaction.walkEnd(job.walk) == nil, let taken = try transaction.takeOver(work, as: replica),
                let job = try transaction.shard(row: job.row)
            else { return nil }
            return (job, taken)
        }
        guard let taken, let claim = claims.keep(taken.work) else { return nil }
        return (taken.job, claim)
    }

    /// - Parameter seat: for the commit, where the verdict is to go with the request for the step's share.
    /// - Returns: the shard, where the Helper is still to be sent its verdict.
    private func advance(
        _ shard: ShardRecord, _ work: WalkStepWork, _ claim: Claim, in seat: JointWrites.Seat?
    ) async throws -> ShardRecord? {
        var job = shard
        let step = work.step.step
        do {
            if job.committedSteps == step {
                try await step == 0 ? exchangeInit(&job, work, claim) : exchangeEvaluate(&job, work, claim, in: seat)
            }
            guard job.committedSteps == step + 1 else {
                throw Failure.failedHere("shard \(job.ordinal) is at another step")
            }
            if step == 0 { try await eraseUploads(of: job, in: work.walk) }
            // Of a shard without reports the Helper was told nothing.
            if job.jobID != nil {
                if seat != nil, try await !isConfirmed(job) { return job }
                try await confirmOnce(job, work)
            }
            shards.done(job.row, steps: step + 1)
            return nil
        } catch {
            // What is in memory may be ahead of the store.
            shards.remove(job.row)
            guard let failure = error as? Failure else { throw error }
            // Where another process has brought the shard further, what was refused is of no account.
            if claims.isShared, try await isFurther(job.row, than: shard.committedSteps) { throw NotNeeded() }
            throw WorkFailed(failure: failure, claim: claim)
        }
    }
}

/// What comes of a part of a step.
private enum ShardOutcome: Sendable {
    /// The Helper has the shard's verdict.
    case done
    /// It is still to be sent.
    case held(ShardRecord)
    /// All shards of the walk right after those that are held committed together, if they did.
    case committed([ShardRecord]?)
}

extension WalkLeader {
    private func isFurther(_ row: Int64, than steps: UInt16) async throws -> Bool {
        try await store.read("a shard's progress") { transaction in
            guard let shard = try transaction.shard(row: row) else { return true }
            return shard.committedSteps > steps
        }
    }

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

/// Several processes on one store: who finishes the step has to know what the others have done.
extension WalkLeader {
    /// Notes which of this process's shards have committed the step on both sides: what the Helper knows stands nowhere else.
    ///
    /// Whoever drives the step alone has nothing to note.
    private func tellOfCommits(_ work: WalkStepWork) async throws {
        guard claims[.resource(work.job.id)] == nil else { return }
        let (claims, shards, steps) = (claims, shards, work.step.step + 1)
        let mine = try await store.read("shards") { transaction in
            try transaction.shardsOfStep(work).compactMap { job -> Claim? in
                guard shards.isDone(job.row, steps: steps), let claim = claims[.row(job.row)],
                    let owner = try transaction.owner(of: claim.work), owner.progress < Int(steps)
                else { return nil }
                return claim
            }
        }
        guard !mine.isEmpty else { return }
        try await store.write("tell of commits") { transaction in
            // What was taken over whoever has it now tells of.
            for claim in mine { _ = try transaction.note(claim, progress: Int(steps)) }
            try transaction.tellOthers()
        }
    }

    /// Whether every shard of a step has committed it on both sides, whoever has it.
    ///
    /// - Parameter held: those of which the Helper is still to be sent the verdict.
    func isCommittedEverywhere(_ work: WalkStepWork, but held: [ShardRecord]) async throws -> Bool {
        let (shards, steps, held) = (shards, work.step.step + 1, Set(held.map(\.row)))
        return try await store.read("shards") { transaction in
            try transaction.shardsOfStep(work).allSatisfy { job in
                guard job.committedSteps == steps else { return false }
                if held.contains(job.row) || shards.isDone(job.row, steps: steps) { return true }
                return try transaction.owner(of: .row(job.row)).map { $0.progress >= Int(steps) } ?? false
            }
        }
    }

    /// Lets go of the shards of walks that others have ended.
    func lookAtOthers() async throws { try await dropEnded() }
}

extension StoreTransaction {
    /// The shards that take part in a step.
    ///
    /// One that this very step emptied may still owe the Helper its verdict, and have uploads.
    fileprivate func shardsOfStep(_ work: WalkStepWork) throws -> [ShardRecord] {
        try shards(work.walk.id).filter { $0.takesPart(in: work) }
    }
}

extension ShardRecord {
    fileprivate func takesPart(in work: WalkStepWork) -> Bool {
        phase != .finished || self.committedSteps == work.step.step + 1
    }
}
