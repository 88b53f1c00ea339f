import Aggregator
import PopulusDAP

/// Walks, their batches and their history.
extension MemoryTransaction {
    func insertWalk(_ walk: WalkRecord) throws {
        guard tables.walks[walk.id] == nil else { throw Self.taken("walk_id") }
        try checkSelector(of: walk)
        try change { $0.walks[walk.id] = walk }
    }

    private func checkSelector(of walk: WalkRecord) throws {
        guard let other = try self.walk(batchSelector: walk.batchSelector), other.id != walk.id else { return }
        throw Self.taken("batch_selector")
    }

    func updateWalk(_ walk: WalkRecord) throws {
        try change(marking: true) { _ in }
        guard tables.walks[walk.id] != nil else { throw Self.missing("walk is missing") }
        try checkSelector(of: walk)
        try change { $0.walks[walk.id] = walk }
    }

    func walk(_ id: WalkID) throws -> WalkRecord? { tables.walks[id] }

    func walkEnd(_ id: WalkID) throws -> WalkEnd? {
        guard let walk = tables.walks[id] else { throw Self.missing("walk is missing") }
        return walk.end
    }

    func walks() throws -> [WalkRecord] { tables.walks.values.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) } }

    func walk(batchSelector: [UInt8]) throws -> WalkRecord? {
        batchSelector.isEmpty ? nil : tables.walks.values.first { $0.batchSelector == batchSelector }
    }

    // MARK: The batch of a walk

    func freeBuckets() throws -> Range<UInt64> {
        let taken = tables.walks.values.filter { !$0.buckets.isEmpty }.map(\.buckets.upperBound).max() ?? 0
        guard taken <= tables.openBucket else { throw StoreError.damaged("buckets of walks") }
        return taken..<tables.openBucket + 1
    }

    func freeze(_ walk: WalkRecord) throws -> Bool {
        if walk.interval.isEmpty {
            guard try !walk.buckets.isEmpty && walk.buckets == freeBuckets() else { return false }
            // What comes from now on waits in a bucket of its own.
            try change { $0.openBucket = walk.buckets.upperBound }
        } else {
            let keys = walk.interval.keys
            guard try walk.buckets == walk.interval && !isCollected(keys) else { return false }
            try change { $0.collected.append(CollectedRange(keys: keys, walk: walk.id)) }
        }
        try insertWalk(walk)
        try change(marking: true) { _ in }
        return true
    }

    func thaw(_ walk: inout WalkRecord) throws {
        let selected = walk.interval.isEmpty ? walk.buckets : 0..<0
        // Neither buckets nor a batch that the next walk could have in common with it.
        (walk.batchSelector, walk.buckets, walk.interval) = ([], 0..<0, 0..<0)
        let thawed = walk
        try change { $0.collected.removeAll { $0.walk == thawed.id } }
        try updateWalk(thawed)
        // Behind a later walk's buckets nobody would take them.
        guard !selected.isEmpty, try selected.lowerBound < freeBuckets().lowerBound,
            let rows = try rowSpan(of: selected)
        else { return }
        _ = try postponeReports(rows: rows, in: selected, from: 0)
    }

    func bucketsToErase() throws -> [Range<UInt64>] {
        tables.walks.values.filter { walk in
            walk.end != nil && tables.reports.contains { $0.body != nil && walk.buckets.contains($0.bucket) }
        }
        .map(\.buckets).sorted { $0.lowerBound < $1.lowerBound }
    }

    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool {
        try change { tables in
            guard let owner = tables.claims[time] else {
                tables.claims[time] = walk
                return true
            }
            return owner == walk
        }
    }

    // MARK: Steps

    func insertStep(_ step: StepRecord) throws {
        try change(marking: true) { tables in
            guard tables.steps[step.walk]?[step.step] == nil else { throw Self.taken("step") }
            tables.steps[step.walk, default: [:]][step.step] = step
        }
    }

    func updateStep(_ step: StepRecord) throws {
        try change(marking: true) { tables in
            guard tables.steps[step.walk]?[step.step] != nil else { throw Self.missing("a step is missing") }
            tables.steps[step.walk]?[step.step] = step
        }
    }

    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord? { tables.steps[walk]?[step] }

    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord] {
        (tables.steps[walk] ?? [:]).values.filter { $0.step >= first }.sorted { $0.step < $1.step }
    }

    func lastStep(_ walk: WalkID) throws -> StepRecord? { tables.steps[walk]?.values.max { $0.step < $1.step } }
}

extension Range<UInt64> {
    /// The buckets of these times, which are not empty.
    fileprivate var keys: ClosedRange<BatchBucketKey> {
        BatchBucketKey(Time(units: lowerBound))...BatchBucketKey(Time(units: upperBound - 1))
    }
}
