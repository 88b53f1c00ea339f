import PopulusDAP
import PopulusVDAF

extension TaskStatus {
    init(_ task: AggregatorTask) {
        self.init(role: task.role, task: task.id, configuration: task.configurationDigest)
    }
}

extension AggregatorTask {
    /// The beginning of a unit of time, in seconds since the Epoch.
    func seconds(_ units: UInt64?) -> UInt64? {
        units.map { Time(units: $0).secondsSinceEpoch(precision: configuration.timePrecision) }
    }
}

extension StoreTransaction {
    /// The walk that is under way: one that is being worked at, or else the latest.
    func walkProgress() throws -> (id: WalkID, progress: WalkProgress)? {
        var found: (id: WalkID, progress: WalkProgress)?
        for walk in try walks().sorted(by: { $0.startedAt < $1.startedAt }) where walk.end == nil {
            guard let step = try lastStep(walk.id) else { continue }
            let isRunning = try isRunning(step)
            if found?.progress.isRunning == true, !isRunning { continue }
            guard let level = Poplar1AggregationParameter.level(ofEncoded: step.parameter) else {
                throw StoreError.damaged("aggregation parameter")
            }
            var progress = WalkProgress(
                step: Int(step.step) + 1, bit: level + 1, isRunning: isRunning, began: walk.startedAt)
            progress.asked = try step.resource.flatMap { try resource($0)?.createdAt }
            found = (walk.id, progress)
        }
        guard found?.progress.isRunning == true, let id = found?.id else { return found }
        // Those that a step has emptied, and no other one, are at an end.
        let step = (found?.progress.step ?? 1) - 1
        let shards = try shards(id).filter { $0.phase != .finished || Int($0.committedSteps) > step }
        found?.progress.shards = shards.count
        found?.progress.shardsDone = shards.count { Int($0.committedSteps) > step }
        return found
    }

    /// The oldest collection without a result (Leader).
    ///
    /// - Parameter least: how many reports the least batch has.
    func collectionProgress(least: UInt64) throws -> CollectionProgress? {
        guard let oldest = try runningResources().min(by: { $0.createdAt < $1.createdAt }) else { return nil }
        guard oldest.takesReports else { return CollectionProgress(state: .working, began: oldest.createdAt) }
        return CollectionProgress(
            state: .open, began: oldest.createdAt, lacksReports: try lacksReports(CollectedBatch(oldest), least))
    }

    /// Whether an open batch has fewer reports than the least one: committed, in jobs, and waiting for it.
    private func lacksReports(_ batch: CollectedBatch, _ least: UInt64) throws -> Bool {
        let waiting = try countWaitingReports(times: batch.times, throughRow: .max, limit: Int(clamping: least))
        let open = try openBatchJobs(of: batch).reduce(UInt64(waiting)) { $0 + UInt64($1.reportCount) }
        return try open + countCommitted(batch.keys) < least
    }

    /// How far the task's operator has ended it.
    func statusOfEnd() throws -> TaskStatus.End? {
        try taskEnd().map { $0.stopped == nil ? .closing : .ended }
    }
}

extension ResourceRecord {
    /// Whether it is a Leader's batch that is open.
    var takesReports: Bool { if case .batch = subject { isWaiting } else { false } }
}
