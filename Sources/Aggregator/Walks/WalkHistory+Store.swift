import PopulusDAP

extension StoreTransaction {
    /// Ends a walk: its shares are of no more use, so they are erased; bindings and history stay (rule 8).
    ///
    /// The end is one small commit. It says that the uploads of the walk's buckets are to be erased, also those that no shard has
    /// taken (``StoreWalks/bucketsToErase()``): a million of them would keep other tasks' uploads waiting for seconds.
    func end(_ walk: inout WalkRecord, _ reason: WalkEnd) throws {
        guard walk.end == nil else { return }
        walk.end = reason
        try updateWalk(walk)
        for var job in try shards(walk.id) {
            try forget(.row(job.row))
            if let id = job.jobID { try forget(.job(id)) }
            guard job.phase != .finished else { continue }
            job.phase = .finished
            job.sum = []
            try updateJob(job)
        }
    }

    /// Ends a walk before anything of it was bound or sent: another walk may have its batch.
    ///
    /// What stays of it is the history: its ID is used up (rules 2 and 8).
    func free(_ walk: inout WalkRecord) throws {
        guard walk.end == nil else { return }
        walk.end = .notBegun
        try thaw(&walk)
    }

    /// Ends a Leader's walk that does not come to its end: what nothing was bound to is free again.
    func giveUp(_ walk: inout WalkRecord, _ reason: WalkEnd) throws {
        if try isOpening(walk) {
            try free(&walk)
        } else {
            try end(&walk, reason)
        }
    }

    /// Whether a step has no answer yet; a Helper's has none before its share is asked for.
    func isRunning(_ step: StepRecord?) throws -> Bool {
        guard let step else { return false }
        guard let resource = step.resource else { return true }
        return try self.resource(resource)?.state == .running
    }

    /// Whether a walk's reports are still being opened, so that they may be free again in a moment.
    func isOpening(_ walk: WalkRecord) throws -> Bool {
        guard walk.end == nil, walk.initialCount == 0 else { return false }
        return try shards(walk.id).isEmpty
    }

    /// Before anything is done to a batch that may be given back, or that reports may be taken out of: another process may
    /// have planned its shards meanwhile, and sent what is in them.
    ///
    /// - Throws: `NotNeeded`; `Failure.refused` where the walk has ended.
    func checkOpening(_ id: WalkID) throws {
        try checkRunning(id)
        guard let walk = try walk(id), try isOpening(walk) else { throw NotNeeded() }
    }
}

extension WalkRecord {
    /// Seconds since step 0 became durable here.
    func age(at now: UInt64) -> UInt64 { now > startedAt ? now - startedAt : 0 }
}

extension AggregatorError {
    init(_ refusal: WalkRefusal) {
        self = .problem(refusal.problemType, detail: refusal.description)
    }
}
