import DAP

/// How far each kind of aggregator is with its task.
///
/// Spec: <doc:TaskStatuses>
extension WalkLeader {
    package func status() async throws(AggregatorError) -> TaskStatus {
        var status = TaskStatus(task)
        let isByTime = task.configuration.batchMode == .timeInterval
        status.walk = try await reading("status of walks") { try $0.walkProgress() }
        status.reports = try await waiting.value(at: clock.now, least: task.configuration.minBatchSize) {
            () async throws(AggregatorError) in
            let found = try await reading("waiting reports") { transaction in
                // By time a walk has those that it has bound; otherwise all of its buckets.
                try transaction.remainingUploads(
                    in: isByTime ? Range.all : try transaction.freeBuckets(), isBound: false)
            }
            return (found.count, task.seconds(found.oldest))
        }
        status.peer = watch.status
        return status
    }
}

extension BatchLeader {
    package func status() async throws(AggregatorError) -> TaskStatus {
        var status = TaskStatus(task)
        status.collections = try await reading("open collections") { try $0.runningResources().count }
        status.reports = try await waiting.value(at: clock.now, least: task.configuration.minBatchSize) {
            () async throws(AggregatorError) in
            let (uploads, aggregated) = try await reading("waiting reports") { transaction in
                (
                    try transaction.remainingUploads(in: Range.all, isBound: true),
                    try transaction.countUncollected()
                )
            }
            let oldest = [uploads.oldest, aggregated.oldest].compactMap { $0 }.min()
            return (uploads.count + aggregated.count, task.seconds(oldest))
        }
        status.peer = watch.status
        return status
    }
}

extension WalkHelper {
    package func status() async throws(AggregatorError) -> TaskStatus {
        var status = TaskStatus(task)
        status.walk = try await reading("status of walks") { try $0.walkProgress() }
        return status
    }
}

extension BatchHelper {
    package func status() async throws(AggregatorError) -> TaskStatus { TaskStatus(task) }
}

extension TaskStatus {
    fileprivate init(_ task: AggregatorTask) {
        self.init(role: task.role, task: task.id, configuration: task.configurationDigest)
    }
}

extension AggregatorTask {
    /// The beginning of a unit of time, in seconds since the Epoch.
    fileprivate func seconds(_ units: UInt64?) -> UInt64? {
        units.map { Time(units: $0).secondsSinceEpoch(precision: configuration.timePrecision) }
    }
}

extension StoreTransaction {
    /// The walk that is under way: one that is being worked at, or else the latest.
    fileprivate func walkProgress() throws -> WalkProgress? {
        var found: WalkProgress?
        for walk in try walks().sorted(by: { $0.startedAt < $1.startedAt }) where walk.end == nil {
            guard let step = try lastStep(walk.id) else { continue }
            let isRunning = try isRunning(step)
            if found?.isRunning == true, !isRunning { continue }
            // The parameter begins with the level.
            let level = step.parameter.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            found = WalkProgress(
                step: Int(step.step) + 1, bit: level + 1, isRunning: isRunning, began: walk.startedAt)
        }
        return found
    }
}
