import Aggregator
import Foundation
import GRDB
import PopulusDAP

extension SQLiteTransaction {
    func insertWalk(_ walk: WalkRecord) throws {
        try run(
            """
            INSERT INTO walk (batch_selector, started_at, key_id, first_bucket, end_bucket, interval_start, interval_end,
                frozen, initial_count, ended, walk_id, task) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, arguments(of: walk))
    }

    func updateWalk(_ walk: WalkRecord) throws {
        mark.set()
        try run(
            """
            UPDATE walk SET batch_selector = ?, started_at = ?, key_id = ?, first_bucket = ?, end_bucket = ?,
                interval_start = ?, interval_end = ?, frozen = ?, initial_count = ?, ended = ?
            WHERE walk_id = ? AND task = ?
            """, arguments(of: walk))
        guard db.changesCount == 1 else { throw StoreError.damaged("walk is missing") }
    }

    private func arguments(of walk: WalkRecord) -> StatementArguments {
        [
            Data(walk.batchSelector), signed(walk.startedAt), Int(walk.verificationKeyID),
            signed(walk.buckets.lowerBound), signed(walk.buckets.upperBound), signed(walk.interval.lowerBound),
            signed(walk.interval.upperBound), walk.isFrozen ? 1 : 0, signed(walk.initialCount), walk.end?.rawValue,
            Data(walk.id.bytes), task,
        ]
    }

    func walk(_ id: WalkID) throws -> WalkRecord? {
        try one(WalkRecord.byID, [task, Data(id.bytes)], WalkRecord.init(columns:))
    }

    func walkEnd(_ id: WalkID) throws -> WalkEnd? {
        let end = try one("SELECT ended FROM walk WHERE task = ? AND walk_id = ?", [task, Data(id.bytes)]) {
            columns -> WalkEnd? in columns.isNull ? nil : try columns.named()
        }
        guard let end else { throw StoreError.damaged("walk is missing") }
        return end
    }

    func walks() throws -> [WalkRecord] {
        try all(
            "\(WalkRecord.selection) WHERE task = ? ORDER BY started_at, walk_id", [task], WalkRecord.init(columns:))
    }

    func walk(batchSelector: [UInt8]) throws -> WalkRecord? {
        try one(
            "\(WalkRecord.selection) WHERE task = ? AND length(batch_selector) > 0 AND batch_selector = ?",
            [task, Data(batchSelector)], WalkRecord.init(columns:))
    }
}

/// The batches of walks.
extension SQLiteTransaction {
    func freeBuckets() throws -> Range<UInt64> {
        let taken = try integer(
            "SELECT max(end_bucket) FROM walk WHERE task = ? AND end_bucket > first_bucket", [task])
        let (first, open) = (UInt64(clamping: taken ?? 0), UInt64(clamping: try openBucket()))
        guard first <= open else { throw StoreError.damaged("buckets of walks") }
        return first..<open + 1
    }

    func freeze(_ walk: WalkRecord) throws -> Bool {
        mark.set()
        if walk.interval.isEmpty {
            guard try !walk.buckets.isEmpty && walk.buckets == freeBuckets() else { return false }
            try run("UPDATE task SET open_bucket = ? WHERE id = ?", [signed(walk.buckets.upperBound), task])
            known.openBucket = nil
        } else {
            guard let keys = Self.keys(of: walk.interval), walk.buckets == walk.interval, try !isCollected(keys) else {
                return false
            }
            try markCollected(keys, by: walk.id)
        }
        try insertWalk(walk)
        return true
    }

    func thaw(_ walk: inout WalkRecord) throws {
        if !walk.interval.isEmpty {
            try run("DELETE FROM collected WHERE task = ? AND walk_id = ?", [task, Data(walk.id.bytes)])
            known.collected = [:]
        }
        let selected = walk.interval.isEmpty ? walk.buckets : 0..<0
        // Neither buckets nor an interval nor a batch that the next one could have in common with it.
        walk.batchSelector = []
        (walk.buckets, walk.interval) = (0..<0, 0..<0)
        try updateWalk(walk)
        // Behind a later walk's buckets nobody would take them.
        guard !selected.isEmpty, try selected.lowerBound < freeBuckets().lowerBound,
            let rows = try rowSpan(of: selected)
        else { return }
        _ = try postponeReports(rows: rows, in: selected, from: 0)
    }

    func bucketsToErase() throws -> [Range<UInt64>] {
        try all(
            """
            SELECT first_bucket, end_bucket FROM walk
            WHERE task = ? AND end_bucket > first_bucket AND ended IS NOT NULL AND EXISTS
            (SELECT 1 FROM report WHERE report.task = walk.task AND bucket >= first_bucket AND bucket < end_bucket
            AND place IS NOT NULL)
            ORDER BY first_bucket
            """, [task]
        ) { try $0.range() }
    }

    private static func keys(of interval: Range<UInt64>) -> ClosedRange<BatchBucketKey>? {
        guard let last = interval.last else { return nil }
        return BatchBucketKey(Time(units: interval.lowerBound))...BatchBucketKey(Time(units: last))
    }

    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool {
        try run(
            "INSERT INTO walk_bucket (task, time, walk_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [task, signed(time), Data(walk.bytes)])
        if db.changesCount == 1 { return true }
        return try integer(
            "SELECT 1 FROM walk_bucket WHERE task = ? AND time = ? AND walk_id = ?",
            [task, signed(time), Data(walk.bytes)]) != nil
    }
}

/// Steps.
extension SQLiteTransaction {
    func insertStep(_ step: StepRecord) throws {
        mark.set()
        try run(
            "INSERT INTO step (parameter, report_count, resource_id, task, walk_id, step) VALUES (?, ?, ?, ?, ?, ?)",
            arguments(of: step))
    }

    func updateStep(_ step: StepRecord) throws {
        mark.set()
        try run(
            """
            UPDATE step SET parameter = ?, report_count = ?, resource_id = ? WHERE task = ? AND walk_id = ? AND step = ?
            """, arguments(of: step))
        guard db.changesCount == 1 else { throw StoreError.damaged("a step is missing") }
    }

    private func arguments(of step: StepRecord) -> StatementArguments {
        [
            Data(step.parameter), step.reportCount.map(signed), step.resource.map { Data($0.bytes) }, task,
            Data(step.walk.bytes), Int(step.step),
        ]
    }

    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord? {
        try one(StepRecord.byNumber, [task, Data(walk.bytes), Int(step)], StepRecord.init(columns:))
    }

    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord] {
        try all(StepRecord.from, [task, Data(walk.bytes), Int(first)], StepRecord.init(columns:))
    }

    func lastStep(_ walk: WalkID) throws -> StepRecord? {
        try one(StepRecord.last, [task, Data(walk.bytes)], StepRecord.init(columns:))
    }
}

extension WalkRecord {
    fileprivate static let selection = """
        SELECT walk_id, batch_selector, started_at, key_id, first_bucket, end_bucket, interval_start, interval_end, frozen,
            initial_count, ended FROM walk
        """
    fileprivate static let byID = "\(selection) WHERE task = ? AND walk_id = ?"

    /// In the order of `selection`.
    fileprivate init(columns: inout ColumnReader) throws {
        self.init(
            id: try columns.identifier(WalkID.self), batchSelector: try columns.bytes(),
            startedAt: try columns.number(), verificationKeyID: try columns.number())
        buckets = try columns.range()
        interval = try columns.range()
        isFrozen = try columns.integer() == 1
        initialCount = try columns.number()
        end = columns.isNull ? columns.skip() : try columns.named()
    }
}

extension ColumnReader {
    /// Two columns: the first number and the one after the last.
    fileprivate mutating func range() throws -> Range<UInt64> {
        let (first, end): (UInt64, UInt64) = (try number(), try number())
        guard first <= end else { throw StoreError.damaged("a range of a walk") }
        return first..<end
    }
}

extension StepRecord {
    fileprivate static let selection = "SELECT walk_id, step, parameter, report_count, resource_id FROM step"
    fileprivate static let byNumber = "\(selection) WHERE task = ? AND walk_id = ? AND step = ?"
    fileprivate static let from = "\(selection) WHERE task = ? AND walk_id = ? AND step >= ? ORDER BY step"
    fileprivate static let last = "\(selection) WHERE task = ? AND walk_id = ? ORDER BY step DESC LIMIT 1"

    /// In the order of `selection`.
    fileprivate init(columns: inout ColumnReader) throws {
        self.init(
            walk: try columns.identifier(WalkID.self), step: try columns.number(), parameter: try columns.bytes())
        reportCount = columns.isNull ? columns.skip() : try columns.number()
        guard !columns.isNull else { return }
        guard let id = ResourceID(bytes: try columns.bytes()) else { throw StoreError.damaged("column resource_id") }
        resource = id
    }
}
