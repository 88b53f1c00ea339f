import DAP
import Logging

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
    func leaveTooEarly(_ work: WalkStepWork) async throws {
        let walk = work.walk
        // With shards it was passed before.
        guard try await store.read("shards", { try $0.shards(walk.id).isEmpty }), !walk.buckets.isEmpty else { return }
        guard let helper = try await link.clock(for: purpose(of: walk)) else { return }
        guard walk.interval.isEmpty else { return try await waitUntilOver(walk.interval, helper) }
        let first = helper.firstTooEarly(at: clock.now, task.configuration)
        let least = max(1, task.configuration.minBatchSize)
        let early = try await store.write("leave reports to a later walk") { transaction in
            try transaction.checkRunning(walk.id)
            let early = try transaction.postponeReports(in: walk.buckets, from: first)
            return (early, early > 0 ? UInt64(try transaction.countReports(in: walk.buckets)) : least)
        }
        guard early.0 > 0 else { return }
        logger.warning(
            "reports whose time lies ahead of the Helper's clock wait for a later walk",
            metadata: ["walk": "\(walk.id)", "reports": "\(early.0)", "clocks": "\(helper.words)"])
        guard early.1 < least else { return }
        throw Failure.clocksDiffer(
            "\(helper.words): \(early.0) reports are of a time that lies ahead of the Helper's, and wait; \(early.1) are left, "
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
}
