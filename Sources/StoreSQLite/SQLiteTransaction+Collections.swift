import Aggregator
import DAP
import Foundation
import GRDB

/// Leader-selected batches, collection jobs and aggregate shares of batch tasks.
extension SQLiteTransaction {
    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try run(
            "INSERT INTO selected_batch (parameter, open, claimed, batch_id) VALUES (?, ?, ?, ?)",
            arguments(of: batch))
    }

    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try run(
            "UPDATE selected_batch SET parameter = ?, open = ?, claimed = ? WHERE batch_id = ?", arguments(of: batch))
    }

    private func arguments(of batch: SelectedBatchRecord) -> StatementArguments {
        [Data(batch.parameter), batch.isOpen ? 1 : 0, batch.isClaimed ? 1 : 0, Data(batch.id.bytes)]
    }

    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord? {
        try first("SELECT * FROM selected_batch WHERE batch_id = ?", [Data(id.bytes)])
            .map(SelectedBatchRecord.init(row:))
    }

    func openSelectedBatches() throws -> [SelectedBatchRecord] {
        let cursor = try rows("SELECT * FROM selected_batch WHERE open = 1 ORDER BY id", [])
        var batches: [SelectedBatchRecord] = []
        while let row = try cursor.next() { batches.append(try SelectedBatchRecord(row: row)) }
        return batches
    }
}

extension SQLiteTransaction {
    func insertCollection(_ collection: BatchCollectionRecord) throws {
        try run(
            """
            INSERT INTO collection (request, request_digest, batch_selector, state, created_at, last_row, response,
                failure_status, collection_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, arguments(of: collection))
    }

    func updateCollection(_ collection: BatchCollectionRecord) throws {
        mark.set()
        try run(
            """
            UPDATE collection SET request = ?, request_digest = ?, batch_selector = ?, state = ?, created_at = ?,
                last_row = ?, response = ?, failure_status = ? WHERE collection_id = ?
            """, arguments(of: collection))
    }

    private func arguments(of collection: BatchCollectionRecord) -> StatementArguments {
        [
            Data(collection.request), Data(collection.requestDigest), Data(collection.batchSelector),
            collection.state.rawValue,
            signed(collection.createdAt), collection.lastRow, Data(collection.response), collection.failureStatus,
            Data(collection.id.bytes),
        ]
    }

    func collection(_ id: CollectionJobID) throws -> BatchCollectionRecord? {
        try first("SELECT * FROM collection WHERE collection_id = ?", [Data(id.bytes)])
            .map(BatchCollectionRecord.init(row:))
    }

    func latestCollection(requestDigest: [UInt8]) throws -> BatchCollectionRecord? {
        try first(
            "SELECT * FROM collection WHERE request_digest = ? ORDER BY id DESC LIMIT 1", [Data(requestDigest)]
        ).map(BatchCollectionRecord.init(row:))
    }

    func openCollections() throws -> [BatchCollectionRecord] {
        let cursor = try rows("SELECT * FROM collection WHERE state IN ('waiting', 'closed') ORDER BY id", [])
        var collections: [BatchCollectionRecord] = []
        while let row = try cursor.next() { collections.append(try BatchCollectionRecord(row: row)) }
        return collections
    }
}

extension SQLiteTransaction {
    func insertAggregateShare(_ share: AggregateShareRecord) throws {
        mark.set()
        try run(
            """
            INSERT INTO aggregate_share (request_digest, request, state, response, failure_status, share_id)
            VALUES (?, ?, ?, ?, ?, ?)
            """, arguments(of: share))
    }

    func updateAggregateShare(_ share: AggregateShareRecord) throws {
        mark.set()
        try run(
            """
            UPDATE aggregate_share SET request_digest = ?, request = ?, state = ?, response = ?, failure_status = ?
            WHERE share_id = ?
            """, arguments(of: share))
    }

    private func arguments(of share: AggregateShareRecord) -> StatementArguments {
        [
            Data(share.requestDigest), Data(share.request), share.state.rawValue, Data(share.response),
            share.failureStatus, Data(share.id.bytes),
        ]
    }

    func aggregateShare(_ id: AggregateShareID) throws -> AggregateShareRecord? {
        try first("SELECT * FROM aggregate_share WHERE share_id = ?", [Data(id.bytes)])
            .map(AggregateShareRecord.init(row:))
    }

    func runningAggregateShares() throws -> [AggregateShareRecord] {
        let cursor = try rows("SELECT * FROM aggregate_share WHERE state = 'running' ORDER BY share_id", [])
        var shares: [AggregateShareRecord] = []
        while let row = try cursor.next() { shares.append(try AggregateShareRecord(row: row)) }
        return shares
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

extension BatchCollectionRecord {
    fileprivate init(row: Row) throws {
        guard let id = try row.identifier("collection_id", as: CollectionJobID.self) else {
            throw StoreError.damaged("collection_id")
        }
        self.init(
            id: id, request: try row.bytes("request"), requestDigest: try row.bytes("request_digest"),
            batchSelector: try row.bytes("batch_selector"),
            createdAt: try row.unsigned("created_at"), lastRow: try row.integer("last_row"))
        state = try row.named("state")
        response = try row.bytes("response")
        failureStatus = try row.number("failure_status")
    }
}

extension AggregateShareRecord {
    fileprivate init(row: Row) throws {
        guard let id = try row.identifier("share_id", as: AggregateShareID.self) else {
            throw StoreError.damaged("share_id")
        }
        self.init(id: id, requestDigest: try row.bytes("request_digest"))
        request = try row.bytes("request")
        state = try row.named("state")
        response = try row.bytes("response")
        failureStatus = try row.number("failure_status")
    }
}
