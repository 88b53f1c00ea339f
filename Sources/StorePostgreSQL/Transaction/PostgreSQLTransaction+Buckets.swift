#if PostgreSQL
import Aggregator
import PopulusDAP

/// Batch buckets, and which of them are collected.
extension PostgreSQLTransaction {
    private static let selection =
        "SELECT key, parameter, share, count, checksum, least_time, greatest_time FROM batch_bucket"
    private static let inRange = "task = $1 AND key >= $2 AND key <= $3"

    private func range(_ keys: ClosedRange<BatchBucketKey>) -> [PostgreSQLValue] {
        [.integer(task), .bytes(keys.lowerBound.bytes), .bytes(keys.upperBound.bytes)]
    }

    func bucket(_ key: BatchBucketKey) throws -> BatchBucket? {
        try db.one(
            "\(Self.selection) WHERE task = $1 AND key = $2", [.integer(task), .bytes(key.bytes)],
            bucket(columns:))
    }

    private func bucket(columns: inout PostgreSQLColumns) throws -> BatchBucket {
        var bucket = try BatchBucket(columns: &columns)
        bucket.share = try seal.opening(bucket.share, at: bucket.shareCell)
        return bucket
    }

    func putBucket(_ bucket: BatchBucket) throws {
        try db.run(
            """
            INSERT INTO batch_bucket (task, key, parameter, share, count, checksum, least_time, greatest_time)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (task, key) DO UPDATE SET parameter = excluded.parameter, share = excluded.share,
                count = excluded.count, checksum = excluded.checksum, least_time = excluded.least_time,
                greatest_time = excluded.greatest_time
            """,
            [
                .integer(task), .bytes(bucket.key.bytes), .bytes(bucket.parameter),
                .bytes(try seal.sealing(bucket.share, at: bucket.shareCell)),
                .number(bucket.count), .bytes(bucket.checksum.bytes), .number(bucket.times?.lowerBound),
                .number(bucket.times?.upperBound),
            ])
    }

    /// Buckets that one statement reads: a share may have a megabyte.
    private static let greatestPage = 64

    /// In pages, so that `body` may run other statements.
    func forEachBucket(_ keys: ClosedRange<BatchBucketKey>, _ body: (BatchBucket) throws -> Void) throws {
        var (keys, condition) = (keys, ">=")
        while true {
            let page = try db.all(
                "\(Self.selection) WHERE task = $1 AND key \(condition) $2 AND key <= $3 ORDER BY key LIMIT $4",
                range(keys) + [.number(Self.greatestPage)], bucket(columns:))
            for bucket in page { try body(bucket) }
            guard page.count == Self.greatestPage, let last = page.last?.key, last < keys.upperBound else { return }
            (keys, condition) = (last...keys.upperBound, ">")
        }
    }

    func hasBucket(_ keys: ClosedRange<BatchBucketKey>, parameterOtherThan parameter: [UInt8]) throws -> Bool {
        try db.one(
            "SELECT 1 FROM batch_bucket WHERE \(Self.inRange) AND parameter <> $4 LIMIT 1",
            range(keys) + [.bytes(parameter)]
        ) { try $0.integer() } != nil
    }

    func countCommitted(_ keys: ClosedRange<BatchBucketKey>) throws -> UInt64 {
        let count = try db.one(
            "SELECT coalesce(sum(count), 0)::bigint FROM batch_bucket WHERE \(Self.inRange)", range(keys)
        ) { try $0.integer() }
        return UInt64(clamping: count ?? 0)
    }

    func countUncollected() throws -> (count: UInt64, oldest: UInt64?) {
        try counted(
            """
            SELECT coalesce(sum(count), 0)::bigint, min(least_time) FROM batch_bucket
            WHERE task = $1 AND coalesce(key > (SELECT last_key FROM collected WHERE collected.task = $1
                AND first_key <= key ORDER BY first_key DESC LIMIT 1), true)
            """, [.integer(task)])
    }

    func eraseShares(_ keys: ClosedRange<BatchBucketKey>) throws {
        try db.run("UPDATE batch_bucket SET share = '' WHERE \(Self.inRange)", range(keys))
    }

    func isCollected(_ keys: ClosedRange<BatchBucketKey>) throws -> Bool {
        // Ranges share no bucket, so only the last one that begins before the end can reach into this one.
        let last = try db.one(
            "SELECT last_key FROM collected WHERE task = $1 AND first_key <= $2 ORDER BY first_key DESC LIMIT 1",
            [.integer(task), .bytes(keys.upperBound.bytes)]
        ) { BatchBucketKey(bytes: try $0.bytes()) }
        return last.map { $0 >= keys.lowerBound } ?? false
    }

    func markCollected(_ keys: ClosedRange<BatchBucketKey>) throws {
        guard try !isCollected(keys) else { throw StoreError.damaged("a bucket is collected twice") }
        try markCollected(keys, by: nil)
    }

    /// Has nothing join a range, of which nothing may be collected yet; `walk` has it, if one does.
    func markCollected(_ keys: ClosedRange<BatchBucketKey>, by walk: WalkID?) throws {
        mark.set()
        try db.run(
            "INSERT INTO collected (task, first_key, last_key, walk_id) VALUES ($1, $2, $3, $4)",
            range(keys) + [.id(walk)])
    }
}

extension BatchBucket {
    /// In the order of `selection`; its share as it is kept.
    fileprivate init(columns: inout PostgreSQLColumns) throws {
        let key = BatchBucketKey(bytes: try columns.bytes())
        let (parameter, share): ([UInt8], [UInt8]) = (try columns.bytes(), try columns.bytes())
        let count: UInt64 = try columns.number()
        guard let checksum = BatchChecksum(bytes: try columns.bytes()) else { throw StoreError.damaged("checksum") }
        let least = try columns.optional { try $0.number(UInt64.self) }
        let greatest = try columns.optional { try $0.number(UInt64.self) }
        var times: ClosedRange<UInt64>?
        if let least, let greatest {
            guard least <= greatest else { throw StoreError.damaged("times of a bucket") }
            times = least...greatest
        }
        self.init(
            key: key, parameter: parameter, share: share, count: count, checksum: checksum, times: times)
    }
}

/// Batches that the Leader selected.
extension PostgreSQLTransaction {
    func insertSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try db.run(
            "INSERT INTO selected_batch (batch_id, task, parameter, open, claimed) VALUES ($1, $2, $3, $4, $5)",
            arguments(of: batch))
    }

    func updateSelectedBatch(_ batch: SelectedBatchRecord) throws {
        try db.run(
            "UPDATE selected_batch SET parameter = $3, open = $4, claimed = $5 WHERE batch_id = $1 AND task = $2",
            arguments(of: batch))
    }

    private func arguments(of batch: SelectedBatchRecord) -> [PostgreSQLValue] {
        [
            .id(batch.id), .integer(task), .bytes(batch.parameter), .boolean(batch.isOpen), .boolean(batch.isClaimed),
        ]
    }

    func selectedBatch(_ id: BatchID) throws -> SelectedBatchRecord? {
        try db.one(
            "\(SelectedBatchRecord.selection) WHERE task = $1 AND batch_id = $2", [.integer(task), .id(id)],
            SelectedBatchRecord.init(columns:))
    }

    func openSelectedBatches() throws -> [SelectedBatchRecord] {
        try db.all(
            "\(SelectedBatchRecord.selection) WHERE task = $1 AND open ORDER BY id", [.integer(task)],
            SelectedBatchRecord.init(columns:))
    }
}

extension SelectedBatchRecord {
    fileprivate static let selection = "SELECT batch_id, parameter, open, claimed FROM selected_batch"

    /// In the order of `selection`.
    fileprivate init(columns: inout PostgreSQLColumns) throws {
        self.init(
            id: try columns.identifier(BatchID.self), parameter: try columns.bytes(), isOpen: try columns.boolean(),
            isClaimed: try columns.boolean())
    }
}
#endif
