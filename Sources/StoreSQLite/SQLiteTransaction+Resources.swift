import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Collection jobs and aggregate shares.
extension SQLiteTransaction {
    func insertResource(_ resource: ResourceRecord) throws {
        mark.set()
        try run(
            """
            INSERT INTO resource (walk_id, step, batch_selector, request_digest, request, state, closed, created_at,
                last_row, response, failure_status, answered_at, resource_id, task)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, arguments(of: resource))
    }

    func updateResource(_ resource: ResourceRecord) throws {
        mark.set()
        try run(
            """
            UPDATE resource SET walk_id = ?, step = ?, batch_selector = ?, request_digest = ?, request = ?, state = ?,
                closed = ?, created_at = ?, last_row = ?, response = ?, failure_status = ?, answered_at = ?
            WHERE resource_id = ? AND task = ?
            """, arguments(of: resource))
        guard db.changesCount == 1 else { throw StoreError.damaged("there is no resource \(resource.id)") }
    }

    private func arguments(of resource: ResourceRecord) -> StatementArguments {
        var (walk, step, selector): (Data?, Int?, Data?)
        switch resource.subject {
        case .step(let id, let number): (walk, step) = (Data(id.bytes), Int(number))
        case .batch(let encoded): selector = Data(encoded)
        }
        return [
            walk, step, selector, Data(resource.requestDigest), Data(resource.request), resource.state.rawValue,
            resource.isClosed ? 1 : 0, signed(resource.createdAt), resource.lastRow, Data(resource.response),
            resource.failureStatus, resource.answeredAt.map { signed($0) }, Data(resource.id.bytes), task,
        ]
    }

    func resource(_ id: ResourceID) throws -> ResourceRecord? {
        try one(ResourceRecord.byID, [task, Data(id.bytes)], ResourceRecord.init(columns:))
    }

    func latestResource(requestDigest: [UInt8]) throws -> ResourceRecord? {
        try one(ResourceRecord.byRequest, [task, Data(requestDigest)], ResourceRecord.init(columns:))
    }

    func runningResources() throws -> [ResourceRecord] {
        try all(ResourceRecord.running, [task], ResourceRecord.init(columns:))
    }
}

extension ResourceRecord {
    fileprivate static let selection = """
        SELECT resource_id, walk_id, step, batch_selector, request_digest, request, state, closed, created_at, last_row,
            response, failure_status, answered_at FROM resource
        """
    fileprivate static let byID = "\(selection) WHERE task = ? AND resource_id = ?"
    fileprivate static let byRequest = "\(selection) WHERE task = ? AND request_digest = ? ORDER BY id DESC LIMIT 1"
    fileprivate static let running = "\(selection) WHERE task = ? AND state = 'running' ORDER BY id"

    /// In the order of `selection`.
    fileprivate init(columns: inout ColumnReader) throws {
        guard let id = ResourceID(bytes: try columns.bytes()) else { throw StoreError.damaged("column resource_id") }
        let walk = columns.isNull ? columns.skip() : try columns.identifier(WalkID.self)
        let step: UInt16? = columns.isNull ? columns.skip() : try columns.number()
        let selector = columns.isNull ? columns.skip() : try columns.bytes()
        let subject: Subject
        if let walk, let step {
            subject = .step(walk, step)
        } else if let selector {
            subject = .batch(selector)
        } else {
            throw StoreError.damaged("a resource is about nothing")
        }
        let digest = try columns.bytes()
        let request = try columns.bytes()
        let state: State = try columns.named()
        let isClosed = try columns.integer() == 1
        self.init(
            id: id, about: subject, request: request, requestDigest: digest, createdAt: try columns.number())
        self.state = state
        self.isClosed = isClosed
        lastRow = try columns.integer()
        response = try columns.bytes()
        failureStatus = try columns.number()
        answeredAt = columns.isNull ? columns.skip() : try columns.number()
    }
}

/// Batches that the Leader selected.
extension SQLiteTransaction {
    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try run(
            "INSERT INTO selected_batch (parameter, open, claimed, batch_id, task) VALUES (?, ?, ?, ?, ?)",
            arguments(of: batch))
    }

    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try run(
            "UPDATE selected_batch SET parameter = ?, open = ?, claimed = ? WHERE batch_id = ? AND task = ?",
            arguments(of: batch))
    }

    private func arguments(of batch: SelectedBatchRecord) -> StatementArguments {
        [Data(batch.parameter), batch.isOpen ? 1 : 0, batch.isClaimed ? 1 : 0, Data(batch.id.bytes), task]
    }

    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord? {
        try first("SELECT * FROM selected_batch WHERE task = ? AND batch_id = ?", [task, Data(id.bytes)])
            .map(SelectedBatchRecord.init(row:))
    }

    func openSelectedBatches() throws -> [SelectedBatchRecord] {
        let cursor = try rows("SELECT * FROM selected_batch WHERE task = ? AND open = 1 ORDER BY id", [task])
        var batches: [SelectedBatchRecord] = []
        while let row = try cursor.next() { batches.append(try SelectedBatchRecord(row: row)) }
        return batches
    }
}

extension SelectedBatchRecord {
    fileprivate init(row: Row) throws {
        guard let id = try row.identifier("batch_id", as: BatchID.self) else { throw StoreError.damaged("batch_id") }
        self.init(
            id: id, parameter: try row.bytes("parameter"), isOpen: try row.integer("open") == 1,
            isClaimed: try row.integer("claimed") == 1)
    }
}
