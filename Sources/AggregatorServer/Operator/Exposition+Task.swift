import Aggregator
import PopulusDAP

/// What the metrics say of a task.
extension Exposition {
    /// What is known without the store.
    mutating func add(_ task: ServedTask, isFailing: Bool) {
        let label: Labels = [("task", "\(task.id)")]
        add(.taskUp, label, isTrue: !isFailing)
        if let watch = task.backend.watch {
            let state = watch.status.state
            if state != .unknown { add(.peerUp, label, isTrue: state == .ok) }
            add(.peerFailures, label, watch.failures)
        }
        if let troubles = task.backend.troubles { add(troubles, label) }
        guard let moved = task.moved?.numbers else { return }
        add(.rebuilding, label, (moved.rebuilding / .milliseconds(1)).rounded() / 1000)
    }

    /// The troubles of requests, which belong to no task.
    ///
    /// What follows a colon is left out, so that several may have one name: they are one sample.
    mutating func add(_ troubles: Troubles, _ label: Labels = []) {
        let counts = Dictionary(troubles.counts.map { (String($0.key.prefix { $0 != ":" }), $0.value) }) { $0 + $1 }
        for (trouble, count) in counts { add(.troubles, label + [("trouble", trouble)], count) }
    }

    /// What its store says now, and what this process has seen of it.
    mutating func add(_ figures: TaskFigures, of task: TaskID, now: UInt64) {
        let label: Labels = [("task", "\(task)")]
        for count in figures.turnedAway {
            add(.rejected, label + [("reason", count.error.name)] + Self.labels(of: count.point), count.count)
        }
        for (job, count) in figures.jobs {
            add(.jobs, label + [("kind", job.kind.rawValue), ("state", job.state)], count)
        }
        for (kind, age) in figures.oldest { add(.oldestJob, label + [("kind", kind.rawValue)], age) }
        for (key, count) in figures.keyUse { add(.keyUse, label + [("key", "\(key)")], count) }
        for (key, isOffered) in figures.keys { add(.keyOffered, label + [("key", "\(key)")], isTrue: isOffered) }
        if let isClosed = figures.isClosed { add(.taskClosed, label, isTrue: isClosed) }
        if let waiting = figures.waiting {
            add(.waiting, label, waiting.count)
            add(.leastBatch, label, waiting.least)
            let age = waiting.oldest.map { now - min(now, $0) } ?? 0
            add(.oldestWaiting, label, waiting.count > 0 ? age : 0)
        }
        if let numbers = figures.meter { add(numbers, label, isLeader: figures.waiting != nil) }
    }

    private mutating func add(
        _ numbers: TaskMeter.Numbers, _ label: Labels, isLeader: Bool
    ) {
        if isLeader { add(.accepted, label, numbers.accepted) }
        for (rejection, count) in numbers.rejected {
            add(
                .rejectedByParty, label + [("party", rejection.party.name), ("reason", rejection.reason.name)], count)
        }
        for outcome in [ResourceRecord.State.released, .failed, .deleted] {
            add(.jobsEnded, label + [("outcome", outcome.rawValue)], numbers.ended[outcome] ?? 0)
        }
        for kind in TaskMeter.Expired.allCases {
            add(.expired, label + [("kind", kind.rawValue)], numbers.expired[kind] ?? 0)
        }
        for (work, histogram) in numbers.collections {
            add(.collectionDuration, label + [("kind", work.rawValue)], histogram)
        }
        for (work, histogram) in numbers.shards {
            add(.shardDuration, label + [("kind", work.rawValue)], histogram)
        }
        add(.stepCandidates, label, numbers.candidates)
        add(.stepReports, label, numbers.reports)
    }

    private static func labels(of point: RejectionPoint) -> Labels {
        switch point {
        case .upload: [("point", "upload")]
        case .opening: [("point", "opening")]
        case .verification(let step, let level):
            [("point", "verification"), ("step", "\(step)"), ("level", "\(level)")]
        case .deletion: [("point", "deletion")]
        }
    }
}
