import Aggregator
import PopulusDAP

extension BrokenTransaction {
    func insertWalk(_ walk: WalkRecord) throws { try writing { try $0.insertWalk(walk) } }

    func updateWalk(_ walk: WalkRecord) throws {
        elsewhere(.updateOthers) { try $0.updateWalk(walk) }
        try writing { try $0.updateWalk(walk) }
    }

    func walk(_ id: WalkID) throws -> WalkRecord? { try reading { try $0.walk(id) } }

    func walkEnd(_ id: WalkID) throws -> WalkEnd? { try reading { try $0.walkEnd(id) } }

    func walks() throws -> [WalkRecord] { try reading { try $0.walks() } }

    func walk(batchSelector: [UInt8]) throws -> WalkRecord? {
        try reading { try $0.walk(batchSelector: batchSelector) }
    }

    // MARK: The batch of a walk

    func freeBuckets() throws -> Range<UInt64> { try reading { try $0.freeBuckets() } }

    func freeze(_ walk: WalkRecord) throws -> Bool {
        var walk = walk
        if fault == .freezeRest, !walk.interval.isEmpty {
            walk.interval = walk.interval.lowerBound..<walk.interval.upperBound + 1
            walk.buckets = walk.interval
        }
        let isFrozen = try writing { [walk] in try $0.freeze(walk) }
        if fault == .freezePart, isFrozen, walk.interval.isEmpty {
            _ = try writing { [walk] in try $0.postponeReports(in: walk.buckets, from: 2) }
        }
        guard fault == .freezeTwice, !isFrozen else { return isFrozen }
        walk.batchSelector = []
        try writing { [walk] in try $0.insertWalk(walk) }
        return true
    }

    func thaw(_ walk: inout WalkRecord) throws {
        var thawed = walk
        if fault == .keepThawed {
            (thawed.batchSelector, thawed.buckets, thawed.interval) = ([], 0..<0, 0..<0)
            try writing { [thawed] in try $0.updateWalk(thawed) }
        } else {
            thawed = try writing { [thawed] transaction in
                var changed = thawed
                try transaction.thaw(&changed)
                return changed
            }
        }
        walk = thawed
    }

    func bucketsToErase() throws -> [Range<UInt64>] {
        switch fault {
        case .forgetLeftovers: []
        case .eraseRunning:
            try reading { transaction in
                try transaction.walks().map(\.buckets).filter { try transaction.countReports(in: $0) > 0 }
            }
        default: try reading { try $0.bucketsToErase() }
        }
    }

    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool {
        let isClaimed = try writing { try $0.claimBucket(time, walk: walk) }
        return fault == .shareTimes ? true : isClaimed
    }

    // MARK: Steps

    func insertStep(_ step: StepRecord) throws {
        let isOverwritten = try fault == .overwriteSteps && self.step(step.walk, step.step) != nil
        try writing { try isOverwritten ? $0.updateStep(step) : $0.insertStep(step) }
    }

    func updateStep(_ step: StepRecord) throws {
        elsewhere(.updateOthers) { try $0.updateStep(step) }
        try writing { try $0.updateStep(step) }
    }

    /// Whether nothing is known of a walk any more.
    private func isForgotten(_ walk: WalkID) throws -> Bool {
        guard fault == .forgetHistory else { return false }
        return try reading { try $0.walk(walk)?.end != nil }
    }

    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord? {
        try isForgotten(walk) ? nil : try reading { try $0.step(walk, step) }
    }

    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord] {
        try isForgotten(walk) ? [] : try reading { try $0.steps(walk, from: first) }
    }

    func lastStep(_ walk: WalkID) throws -> StepRecord? {
        try isForgotten(walk) ? nil : try reading { try $0.lastStep(walk) }
    }
}

// MARK: - The task's end

extension BrokenTransaction {
    func taskEnd() throws -> TaskEnd? {
        let end = try reading { try $0.taskEnd() }
        return fault == .forgetStops ? end.map { TaskEnd(closed: $0.closed) } : end
    }

    func setTaskEnd(_ end: TaskEnd) throws {
        elsewhere(.endOthers) { try $0.setTaskEnd(end) }
        try writing { try $0.setTaskEnd(end) }
    }
}
