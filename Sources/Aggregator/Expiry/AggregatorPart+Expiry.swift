import PopulusDAP

/// Where reports, uploads and results are forgotten that are too old: page by page, each in a write of its own, so that uploads of
/// all tasks wait for one page at most.
///
/// Rules 1 and 8 of the walk: an ID goes only in the transaction that has every report of its time refused for ever
/// (``StoreExpiry``), and only once nothing is derived from the report any more. What was asked, which intervals were collected
/// and which batches were released stays. Where it is interrupted it goes on at the next turn, or after a restart.
extension AggregatorPart {
    /// Forgets what is too old, again and again, until the calling task is cancelled; nothing in a task without such a limit.
    func forgetExpired() async {
        guard settings.reportExpiry != nil else { return }
        let subject = DrivenSubject(what: "expired reports cannot be forgotten")
        await driver.repeating(subject, every: settings.expiryInterval) {
            do { try await forgetExpiredOnce() } catch is ClaimLost {
                // Another process does it.
                claims.drop(.expiry)
            }
        }
    }

    /// Forgets what is too old now, unless another process of the role is at it.
    package func forgetExpiredOnce() async throws {
        guard let age = settings.reportExpiry, let claim = try await claims.take(.expiry) else { return }
        let now = clock.now
        try await forgetReports(before: try await firstNeeded(at: now), claim)
        try await discardResults(before: now - min(now, max(age, leastResultAge)), claim)
    }

    /// Reports of an earlier time are refused here.
    ///
    /// A Helper takes further shards of a walk as it took its first (``StoreTransaction/firstTaken(_:at:)``).
    private func firstNeeded(at now: UInt64) async throws -> UInt64 {
        let expiry = ReportExpiry(settings, task)
        guard task.role == .helper else { return expiry.firstFresh(at: now) }
        let began = try await store.read("walks that begin") { transaction in
            try transaction.walks().lazy.filter { $0.end == nil && !$0.isFrozen }.map(\.startedAt).min()
        }
        return expiry.firstFresh(at: min(now, began ?? now))
    }

    private func forgetReports(before end: UInt64, _ claim: Claim) async throws {
        let limit = settings.greatestPageUploads
        var last: ExpiredPage.End?
        repeat {
            // What is left is forgotten later.
            try Task.checkCancellation()
            let from = last
            let page = try await store.read("expired reports") {
                try $0.expiredReports(before: end, after: from, limit: limit)
            }
            if !page.reports.isEmpty {
                let forgotten = try await claims.write("forget expired reports", claim) { [task] transaction in
                    let wanted = task.role == .leader ? try transaction.timesOfRunningBatches() : []
                    let page = try transaction.expiredReports(before: end, after: from, limit: limit)
                    let reports = page.reports.filter { report in
                        !report.waits || !wanted.contains { $0.contains(report.time) }
                    }
                    try transaction.forgetReports(reports)
                    return reports
                }
                core.meter.forgot(reports: forgotten.count, uploads: forgotten.count { $0.waits })
            }
            last = page.end
        } while last != nil
        // Also where nothing was forgotten now: whoever did so before was interrupted, or some of the room was in use.
        try await claims.write("return forgotten room", claim) { try $0.returnForgottenRoom() }
    }

    /// Discards answers, as their Collector or Leader could: what they are about stays history.
    ///
    /// - Parameter time: those that were given before it, in seconds since the Epoch.
    private func discardResults(before time: UInt64, _ claim: Claim) async throws {
        while true {
            try Task.checkCancellation()
            let count = try await claims.write("discard expired results", claim) { transaction in
                let expired = try transaction.expiredResources(before: time, limit: greatestDiscardedResults)
                for id in expired {
                    guard var resource = try transaction.resource(id) else { continue }
                    (resource.state, resource.response) = (.deleted, [])
                    try transaction.updateResource(resource)
                    try transaction.forget(.resource(id))
                }
                return expired.count
            }
            core.meter.discarded(results: count)
            if count < greatestDiscardedResults { return }
        }
    }
}

/// For how long an answer is kept at least after it was given, in seconds: whoever asked may be away for a while.
private let leastResultAge: UInt64 = 86_400

/// Answers that one write discards: each may be as long as the shares of a step with all candidates.
private let greatestDiscardedResults = 16

extension StoreTransaction {
    /// Reports of an earlier time are refused, in units of the task's time precision: they are expired, or were forgotten.
    ///
    /// - Parameter time: by which they are judged, in seconds since the Epoch.
    func firstTaken(_ expiry: ReportExpiry, at time: UInt64) throws -> UInt64 {
        max(try forgottenBefore(), expiry.firstFresh(at: time))
    }

    /// The times of batches that a collection is to be of, in a task without walks: what waits is still theirs.
    fileprivate func timesOfRunningBatches() throws -> [Range<UInt64>] {
        try runningResources().compactMap { job in
            guard case .batch = job.subject else { return nil }
            return try CollectedBatch(job).times
        }
    }
}
