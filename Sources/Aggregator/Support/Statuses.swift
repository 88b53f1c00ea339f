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
    func walkProgress() throws -> WalkProgress? {
        var found: WalkProgress?
        for walk in try walks().sorted(by: { $0.startedAt < $1.startedAt }) where walk.end == nil {
            guard let step = try lastStep(walk.id) else { continue }
            let isRunning = try isRunning(step)
            if found?.isRunning == true, !isRunning { continue }
            guard let level = Poplar1AggregationParameter.level(ofEncoded: step.parameter) else {
                throw StoreError.damaged("aggregation parameter")
            }
            found = WalkProgress(
                step: Int(step.step) + 1, bit: level + 1, isRunning: isRunning, began: walk.startedAt)
        }
        return found
    }
}
