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
    func collectionProgress() throws -> CollectionProgress? {
        guard let oldest = try runningResources().min(by: { $0.createdAt < $1.createdAt }) else { return nil }
        return CollectionProgress(state: oldest.takesReports ? .open : .working, began: oldest.createdAt)
    }
}

extension ResourceRecord {
    /// Whether it is a Leader's batch that is open.
    var takesReports: Bool { if case .batch = subject { isWaiting } else { false } }
}
