import DAP

extension StoreTransaction {
    /// Ends a walk: its shares are of no more use, so they are erased; bindings and history stay (rule 8).
    func end(_ walk: inout WalkRecord, _ reason: WalkEnd) throws {
        guard walk.end == nil else { return }
        walk.end = reason
        try updateWalk(walk)
        // All of the batch, also what no shard has taken.
        if walk.lastRow >= walk.firstRow { try eraseBodies(rows: walk.firstRow...walk.lastRow, times: walk.times) }
        for var job in try jobs(walk.id) where job.phase != .ended {
            job.phase = .ended
            job.sum = []
            try updateJob(job)
        }
    }

    /// Ends a walk before anything of it was bound or sent: another walk may have its batch, but for the reports that
    /// did not open, which are refused for good.
    ///
    /// What stays of it is the history: its ID is used up (rules 2 and 8).
    func free(_ walk: inout WalkRecord, refusing opening: WalkOpening) throws {
        guard walk.end == nil else { return }
        for rows in opening.refusedRows { try eraseBodies(rows: rows, times: walk.times) }
        for (error, count) in opening.refused { try addCount(error, at: .opening, count) }
        walk.end = .notBegun
        // Neither rows nor an interval nor a batch that the next one could have in common with it.
        walk.batchSelector = []
        (walk.firstRow, walk.lastRow) = (0, -1)
        (walk.intervalStart, walk.intervalEnd) = (0, 0)
        try updateWalk(walk)
    }

    /// Ends a Leader's walk that does not come to its end: what nothing was bound to is free again.
    func giveUp(_ walk: inout WalkRecord, _ reason: WalkEnd) throws {
        if try isOpening(walk) {
            try free(&walk, refusing: WalkOpening(least: 0))
        } else {
            try end(&walk, reason)
        }
    }

    /// Whether a walk's reports are still being opened, so that they may be free again in a moment.
    func isOpening(_ walk: WalkRecord) throws -> Bool {
        guard walk.end == nil, walk.initialCount == 0 else { return false }
        return try jobs(walk.id).isEmpty
    }
}

extension WalkRecord {
    /// Times of the batch's reports: all of them in a leader-selected batch.
    var times: Range<UInt64> {
        intervalEnd > intervalStart ? intervalStart..<intervalEnd : 0..<UInt64.max
    }

    /// Seconds since step 0 became durable here.
    func age(at now: UInt64) -> UInt64 { now > startedAt ? now - startedAt : 0 }
}

extension AggregatorError {
    init(_ refusal: WalkRefusal) {
        self = .problem(refusal.problemType, detail: refusal.description)
    }
}
