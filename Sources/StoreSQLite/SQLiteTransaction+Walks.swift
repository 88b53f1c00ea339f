import Aggregator
import DAP
import Foundation
import GRDB

extension SQLiteTransaction {
    func insertWalk(_ walk: WalkRecord) throws {
        try run(
            """
            INSERT INTO walk (batch_selector, started_at, key_id, first_row, last_row, interval_start, interval_end,
                frozen, initial_count, ended, walk_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, arguments(of: walk))
    }

    func updateWalk(_ walk: WalkRecord) throws {
        mark.set()
        try run(
            """
            UPDATE walk SET batch_selector = ?, started_at = ?, key_id = ?, first_row = ?, last_row = ?,
                interval_start = ?, interval_end = ?, frozen = ?, initial_count = ?, ended = ? WHERE walk_id = ?
            """, arguments(of: walk))
    }

    private func arguments(of walk: WalkRecord) -> StatementArguments {
        [
            Data(walk.batchSelector), signed(walk.startedAt), Int(walk.verificationKeyID), walk.firstRow, walk.lastRow,
            signed(walk.intervalStart), signed(walk.intervalEnd), walk.isFrozen ? 1 : 0, signed(walk.initialCount),
            walk.end?.rawValue, Data(walk.id.bytes),
        ]
    }

    func walk(_ id: WalkID) throws -> WalkRecord? {
        try one(WalkRecord.byID, [Data(id.bytes)], WalkRecord.init)
    }

    func walkEnd(_ id: WalkID) throws -> WalkEnd? {
        let end = try one("SELECT ended FROM walk WHERE walk_id = ?", [Data(id.bytes)]) { columns -> WalkEnd? in
            columns.isNull ? nil : try columns.named()
        }
        guard let end else { throw StoreError.damaged("walk is missing") }
        return end
    }

    func walks() throws -> [WalkRecord] {
        try all("\(WalkRecord.selection) ORDER BY started_at, walk_id", [], WalkRecord.init)
    }

    func walk(batchSelector: [UInt8]) throws -> WalkRecord? {
        try one(
            "\(WalkRecord.selection) WHERE length(batch_selector) > 0 AND batch_selector = ?", [Data(batchSelector)],
            WalkRecord.init)
    }

    func claimBucket(_ time: UInt64, walk: WalkID) throws -> Bool {
        try run(
            "INSERT INTO bucket (time, walk_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [signed(time), Data(walk.bytes)])
        if db.changesCount == 1 { return true }
        return try integer(
            "SELECT 1 FROM bucket WHERE time = ? AND walk_id = ?", [signed(time), Data(walk.bytes)]) != nil
    }
}

extension SQLiteTransaction {
    func insertStep(_ step: StepRecord) throws {
        mark.set()
        try run(
            """
            INSERT INTO step (parameter, resource_id, request, state, report_count, response, failure_status, walk_id,
                step) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, arguments(of: step))
    }

    func updateStep(_ step: StepRecord) throws {
        mark.set()
        try run(
            """
            UPDATE step SET parameter = ?, resource_id = ?, request = ?, state = ?, report_count = ?, response = ?,
                failure_status = ? WHERE walk_id = ? AND step = ?
            """, arguments(of: step))
    }

    private func arguments(of step: StepRecord) -> StatementArguments {
        [
            Data(step.parameter), step.resourceID.map { Data($0) }, Data(step.request), step.state.rawValue,
            signed(step.reportCount), Data(step.response), step.failureStatus, Data(step.walk.bytes), Int(step.step),
        ]
    }

    func step(_ walk: WalkID, _ step: UInt16) throws -> StepRecord? {
        try one(StepRecord.byNumber, [Data(walk.bytes), Int(step)], StepRecord.init)
    }

    func step(resourceID: [UInt8]) throws -> StepRecord? {
        try one(StepRecord.byResource, [Data(resourceID)], StepRecord.init)
    }

    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord] {
        try all(StepRecord.from, [Data(walk.bytes), Int(first)], StepRecord.init)
    }

    func lastStep(_ walk: WalkID) throws -> (step: UInt16, state: StepRecord.State)? {
        try first(
            "SELECT step, state FROM step WHERE walk_id = ? ORDER BY step DESC LIMIT 1", [Data(walk.bytes)]
        ).map { (try $0.number("step"), try $0.named("state")) }
    }
}

extension WalkRecord {
    fileprivate static let selection = """
        SELECT walk_id, batch_selector, started_at, key_id, first_row, last_row, interval_start, interval_end, frozen,
            initial_count, ended FROM walk
        """
    fileprivate static let byID = "\(selection) WHERE walk_id = ?"

    /// In the order of `selection`.
    fileprivate init(_ columns: inout ColumnReader) throws {
        self.init(
            id: try columns.identifier(WalkID.self), batchSelector: try columns.bytes(),
            startedAt: try columns.number(), verificationKeyID: try columns.number())
        firstRow = try columns.integer()
        lastRow = try columns.integer()
        intervalStart = try columns.number()
        intervalEnd = try columns.number()
        isFrozen = try columns.integer() == 1
        initialCount = try columns.number()
        end = columns.isNull ? columns.skip() : try columns.named()
    }
}

extension StepRecord {
    fileprivate static let selection = """
        SELECT walk_id, step, parameter, resource_id, request, state, report_count, response, failure_status FROM step
        """
    fileprivate static let byNumber = "\(selection) WHERE walk_id = ? AND step = ?"
    fileprivate static let byResource = "\(selection) WHERE resource_id = ?"
    fileprivate static let from = "\(selection) WHERE walk_id = ? AND step >= ? ORDER BY step"

    /// In the order of `selection`.
    fileprivate init(_ columns: inout ColumnReader) throws {
        let walk = try columns.identifier(WalkID.self)
        let step = try columns.number(UInt16.self)
        let parameter = try columns.bytes()
        let resourceID = columns.isNull ? columns.skip() : try columns.bytes()
        self.init(walk: walk, step: step, parameter: parameter, resourceID: resourceID, request: try columns.bytes())
        state = try columns.named()
        reportCount = try columns.number()
        response = try columns.bytes()
        failureStatus = try columns.number()
    }
}

extension Row {
    func hasNull(_ name: String) -> Bool {
        let value: DatabaseValue? = self[name]
        return value?.isNull ?? true
    }
}
