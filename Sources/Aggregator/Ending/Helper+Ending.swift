import PopulusDAP

/// How a Helper's task ends, by its operator's word.
///
/// Once it is closed no walk begins, and no report joins a batch; walks that run go on, and what is counted may be asked for.
/// Once its work is over too every walk has ended, and no share leaves any more.
extension Helper: TaskEnding {
    package func end(_ kind: TaskEnd.Kind) async throws(AggregatorError) -> TaskEnd {
        let (task, now) = (task, clock.now)
        let (end, walks, failed) = try await writing("end the task") { transaction -> (TaskEnd, [WalkID], Int) in
            let end = try transaction.end(kind, at: now)
            try transaction.tellOthers()
            guard end.stopped != nil else { return (end, [], 0) }
            let walks = try transaction.endWalks { walk throws in try transaction.end(&walk, .abandoned) }
            let shares = try transaction.runningResources()
            for share in shares { try transaction.end(share, of: task, at: now) }
            return (end, walks, shares.count)
        }
        for _ in 0..<failed { core.meter.ended(.failed) }
        if end.stopped != nil { await strategy.stopped(walks) }
        return end
    }
}

extension StoreTransaction {
    /// Ends a share that was to be summed later.
    fileprivate func end(_ share: ResourceRecord, of task: AggregatorTask, at now: UInt64) throws {
        guard case .problem(let type, let detail) = task.hasEnded else { return }
        var share = share
        (share.state, share.request, share.failureStatus) = (.failed, [], 409)
        share.answeredAt = now
        share.response =
            ProblemDocument(
                type: type, title: nil, status: share.failureStatus, detail: detail, taskID: task.id, party: .helper
            ).encoded()
        try updateResource(share)
        try forget(.resource(share.id))
    }
}
