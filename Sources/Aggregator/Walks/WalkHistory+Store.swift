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
