import Logging
import PopulusDAP

/// Before a walk's first report is bound: what the Helper would find too early by its clock.
///
/// The Leader's first message about a report is derived from it, so a report that the Helper refused then could never come
/// again (rule 1), and would be lost. A Leader that looks at the Helper's clock first sends nothing of it.
extension WalkLeader {
    /// Leaves what the Helper would find too early to a later walk.
    ///
    /// A Helper that names a wrong time can put reports off, as it can refuse them, and learns nothing.
    ///
    /// - Throws: `Failure.clocksDiffer` where that leaves too little, or the interval is not over by the Helper's clock.
    func leaveTooEarly(_ work: WalkStepWork, _ claim: Claim) async throws {
        let walk = work.walk
        // With shards it was passed before.
        guard try await store.read("shards", { try $0.shards(walk.id).isEmpty }), !walk.buckets.isEmpty else { return }
        // Once a walk, so it costs little; a Helper that was restarted a moment ago may have another clock.
        guard let helper = try await link.clock(for: purpose(of: walk), isAnew: true) else { return }
        guard walk.interval.isEmpty else { return try await waitUntilOver(walk.interval, helper) }
        let first = helper.firstTooEarly(at: clock.now, task.configuration)
        let least = max(1, task.configuration.minBatchSize)
        let early = try await postpone(from: first, of: walk, claim)
        guard early > 0 else { return }
        logger.warning(
            "reports whose time lies ahead of the Helper's clock wait for a later walk",
            metadata: ["walk": "\(walk.id)", "reports": "\(early)", "clocks": "\(helper.words)"])
        let left = UInt64(try await store.read("reports of a walk") { try $0.countReports(in: walk.buckets) })
        guard left < least else { return }
        throw Failure.clocksDiffer(
            "\(helper.words): \(early) reports are of a time that lies ahead of the Helper's, and wait; \(left) are left, "
                + "and the task's least batch is \(task.configuration.minBatchSize). Nothing was spent.")
    }

    /// Waits for what the Helper's clock lacks, if that is a few seconds.
    ///
    /// - Throws: `Failure.clocksDiffer` if it is more.
    private func waitUntilOver(_ interval: Range<UInt64>, _ helper: HelperClock) async throws {
        let seconds = helper.secondsUntilOver(interval, at: clock.now, task.configuration)
        guard seconds > 0 else { return }
        guard seconds <= HelperClock.shortWait else {
            let end = Time(units: interval.upperBound).text(precision: task.configuration.timePrecision)
            throw Failure.clocksDiffer(
                "\(helper.words): by the Helper's the interval, which ends at \(end), is not over. Nothing was spent.")
        }
        try await clock.sleep(for: .seconds(seconds))
    }

    /// Puts off the reports of a time from `first` on, page by page; returns how many.
    ///
    /// The batch is frozen: nothing joins it meanwhile, and what is put off is in no walk's.
    private func postpone(from first: UInt64, of walk: WalkRecord, _ claim: Claim) async throws -> Int {
        let limit = settings.greatestPageUploads
        let pages = try await store.read("uploads of a walk") { try $0.pages(in: walk.buckets, limit: limit) }
        var early = 0
        for rows in pages {
            early += try await claims.write("leave reports to a later walk", claim) { transaction in
                try transaction.checkOpening(walk.id)
                return try transaction.postponeReports(rows: rows, in: walk.buckets, from: first)
            }
        }
        return early
    }
}
