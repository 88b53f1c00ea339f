import PopulusDAP

/// How a Leader's task ends, by its operator's word.
///
/// Once it is closed every upload is refused. What waits may still be collected. Once its work is over too no walk and no
/// collection goes on, no aggregation job either, and what waits is erased: nobody can collect it any more. The Helper is told
/// afterwards: whether it answers makes no difference here.
extension Leader: TaskEnding {
    package func end(_ kind: TaskEnd.Kind) async throws(AggregatorError) -> TaskEnd {
        let (strategy, now) = (strategy, clock.now)
        let (end, ended, failed) = try await writing("end the task") { transaction -> (TaskEnd, EndedWork, Int) in
            let end = try transaction.end(kind, at: now)
            try transaction.tellOthers()
            guard end.stopped != nil else { return (end, EndedWork(), 0) }
            let walks = try transaction.endWalks { walk throws in try transaction.giveUp(&walk, .abandoned) }
            var failed = 0
            for job in try transaction.runningResources() {
                if try strategy.end(job.id, .taskEnded, in: transaction) { failed += 1 }
            }
            return (end, EndedWork(walks: walks, jobs: try strategy.endJobs(in: transaction)), failed)
        }
        for _ in 0..<failed { core.meter.ended(.failed) }
        guard end.stopped != nil else { return end }
        pollers.notifyAll()
        await strategy.stopped(ended)
        try await eraseWaiting()
        return end
    }

    /// Erases the reports that wait in a task whose work is over: page by page, each in a write of its own.
    ///
    /// Where it was interrupted the next start goes on.
    func eraseWaiting() async throws(AggregatorError) {
        let limit = settings.greatestPageUploads
        let pages = try await reading("reports that wait") { try $0.pages(in: .all, limit: limit) }
        for rows in pages {
            try await writing("erase reports that wait") { transaction in
                guard try transaction.isStopped else { return }
                try transaction.eraseBodies(rows: rows, in: .all, isBound: false)
            }
        }
    }
}

extension StoreTransaction {
    /// Ends every walk that goes on; gives them.
    func endWalks(_ end: (inout WalkRecord) throws -> Void) throws -> [WalkID] {
        var ended: [WalkID] = []
        for var walk in try walks() where walk.end == nil {
            try end(&walk)
            ended.append(walk.id)
        }
        return ended
    }
}
