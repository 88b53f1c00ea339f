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
        try first("SELECT * FROM walk WHERE walk_id = ?", [Data(id.bytes)]).map(WalkRecord.init(row:))
    }

    func walks() throws -> [WalkRecord] {
        let cursor = try rows("SELECT * FROM walk ORDER BY started_at, walk_id", [])
        var walks: [WalkRecord] = []
        while let row = try cursor.next() { walks.append(try WalkRecord(row: row)) }
        return walks
    }

    func walk(batchSelector: [UInt8]) throws -> WalkRecord? {
        try first(
            "SELECT * FROM walk WHERE length(batch_selector) > 0 AND batch_selector = ?", [Data(batchSelector)]
        ).map(WalkRecord.init(row:))
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
        try run(
            """
            INSERT INTO step (parameter, resource_id, request, state, report_count, response, failure_status, walk_id,
                step) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, arguments(of: step))
    }

    func updateStep(_ step: StepRecord) throws {
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
        try first("SELECT * FROM step WHERE walk_id = ? AND step = ?", [Data(walk.bytes), Int(step)]).map(
            StepRecord.init(row:))
    }

    func step(resourceID: [UInt8]) throws -> StepRecord? {
        try first("SELECT * FROM step WHERE resource_id = ?", [Data(resourceID)]).map(StepRecord.init(row:))
    }

    func steps(_ walk: WalkID, from first: UInt16) throws -> [StepRecord] {
        let cursor = try rows(
            "SELECT * FROM step WHERE walk_id = ? AND step >= ? ORDER BY step", [Data(walk.bytes), Int(first)])
        var steps: [StepRecord] = []
        while let row = try cursor.next() { steps.append(try StepRecord(row: row)) }
        return steps
    }

    func lastStep(_ walk: WalkID) throws -> (step: UInt16, state: StepRecord.State)? {
        try first(
            "SELECT step, state FROM step WHERE walk_id = ? ORDER BY step DESC LIMIT 1", [Data(walk.bytes)]
        ).map { (try $0.number("step"), try $0.named("state")) }
    }
}

extension WalkRecord {
    fileprivate init(row: Row) throws {
        guard let id = WalkID(bytes: try row.bytes("walk_id")) else { throw StoreError.damaged("walk_id") }
        self.init(
            id: id, batchSelector: try row.bytes("batch_selector"), startedAt: try row.unsigned("started_at"),
            verificationKeyID: try row.number("key_id"))
        firstRow = try row.integer("first_row")
        lastRow = try row.integer("last_row")
        intervalStart = try row.unsigned("interval_start")
        intervalEnd = try row.unsigned("interval_end")
        isFrozen = try row.integer("frozen") == 1
        initialCount = try row.unsigned("initial_count")
        end = row.hasNull("ended") ? nil : try row.named("ended")
    }
}

extension StepRecord {
    fileprivate init(row: Row) throws {
        guard let walk = WalkID(bytes: try row.bytes("walk_id")) else { throw StoreError.damaged("walk_id") }
        self.init(
            walk: walk, step: try row.number("step"), parameter: try row.bytes("parameter"),
            resourceID: row.hasNull("resource_id") ? nil : try row.bytes("resource_id"),
            request: try row.bytes("request"))
        state = try row.named("state")
        reportCount = try row.unsigned("report_count")
        response = try row.bytes("response")
        failureStatus = try row.number("failure_status")
    }
}

extension Row {
    func hasNull(_ name: String) -> Bool {
        let value: DatabaseValue? = self[name]
        return value?.isNull ?? true
    }
}
