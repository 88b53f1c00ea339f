import PopulusDAP

/// What `/metrics` shows of one task: what its store says now, and what this process has seen since it began.
package struct TaskFigures: Sendable {
    /// Jobs of one kind that are in one state.
    package struct JobCount: Hashable, Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            /// The Collector's question: a step of a walk, or a batch (Leader).
            case collection
            /// The Leader's question for a sum (Helper).
            case aggregateShare = "aggregate_share"
            case walk
            /// A part of a walk's reports.
            case shard
            /// A part of a batch's reports.
            case aggregationJob = "aggregation_job"
        }

        package let kind: Kind
        /// Such as `at_work`.
        package let state: String

        package init(kind: Kind, state: String) { (self.kind, self.state) = (kind, state) }
    }

    /// Reports that were turned away.
    package var turnedAway: [ReportCount]
    package var jobs: [JobCount: Int] = [:]
    /// Seconds since the oldest of them that has no end was begun.
    package var oldest: [JobCount.Kind: UInt64] = [:]
    /// As coarse as the Collector learns it (Leader).
    package var waiting: WaitingReports?
    package var meter: TaskMeter.Numbers?
    /// Whether no further report is taken: its operator has closed it, or its time is over; nothing where that is not known.
    package var isClosed: Bool?
    package var keyUse: [UInt8: UInt64] = [:]
    /// The task's own keys, by configuration ID: whether clients are told of it.
    package var keys: [UInt8: Bool] = [:]

    package init(turnedAway: [ReportCount]) { self.turnedAway = turnedAway }

    fileprivate mutating func count(_ kind: JobCount.Kind, _ state: String) {
        jobs[JobCount(kind: kind, state: state), default: 0] += 1
    }

    fileprivate mutating func age(_ kind: JobCount.Kind, since began: UInt64, now: UInt64) {
        oldest[kind] = max(oldest[kind] ?? 0, now - min(now, began))
    }
}

extension AggregatorService {
    /// Of an aggregator that measures none.
    package var storeMeter: StoreMeter? { nil }

    /// Of an aggregator that knows no more.
    package func figures() async throws(AggregatorError) -> TaskFigures {
        TaskFigures(turnedAway: try await reportCounts())
    }
}

extension AggregatorPart {
    /// What the store says of the task's work, in one look at it.
    func storedFigures() async throws(AggregatorError) -> TaskFigures {
        let (meter, role, now, isOver) = (core.meter, task.role, clock.now, task.isOver(at: clock.now))
        var (figures, settlement) = try await reading("figures") { transaction in
            var figures = TaskFigures(turnedAway: try transaction.reportCounts())
            figures.isClosed = try isOver || transaction.isClosed
            try figures.countResources(role, now: now, in: transaction)
            try figures.countWalks(now: now, in: transaction)
            for job in try transaction.openBatchJobs() { figures.count(.aggregationJob, job.phase.rawValue) }
            return (figures, try meter.settle(in: transaction))
        }
        meter.take(settlement)
        figures.meter = meter.numbers
        figures.keyUse = task.keyUse.counts
        // Of several keys with one ID clients are told of one at most.
        figures.keys = Dictionary(task.receiver.keys.map { ($0.keyPair.config.id, $0.isOffered) }) { $0 || $1 }
        return figures
    }
}

extension TaskFigures {
    fileprivate mutating func countResources(
        _ role: Role, now: UInt64, in transaction: any StoreTransaction
    ) throws {
        let kind: JobCount.Kind = role == .leader ? .collection : .aggregateShare
        for resource in try transaction.runningResources() {
            count(kind, role == .leader && resource.takesReports ? "open" : "at_work")
            age(kind, since: resource.createdAt, now: now)
        }
    }

    fileprivate mutating func countWalks(now: UInt64, in transaction: any StoreTransaction) throws {
        for walk in try transaction.walks() where walk.end == nil {
            count(.walk, try transaction.isRunning(try transaction.lastStep(walk.id)) ? "at_work" : "answered")
            age(.walk, since: walk.startedAt, now: now)
            for shard in try transaction.shards(walk.id) { count(.shard, shard.phase.rawValue) }
        }
    }
}
