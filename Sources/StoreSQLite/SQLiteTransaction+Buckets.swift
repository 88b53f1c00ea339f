import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// Batch buckets, and which of them are collected.
extension SQLiteTransaction {
    func bucket(_ key: BatchBucketKey) throws -> BatchBucket? {
        try first("SELECT * FROM batch_bucket WHERE task = ? AND key = ?", [task, Data(key.bytes)]).map(
            bucket(of:))
    }

    func putBucket(_ bucket: BatchBucket) throws {
        try run(
            """
            INSERT INTO batch_bucket (task, key, parameter, share, count, checksum, least_time, greatest_time)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET parameter = excluded.parameter, share = excluded.share, count = excluded.count,
                checksum = excluded.checksum, least_time = excluded.least_time, greatest_time = excluded.greatest_time
            """,
            [
                task, Data(bucket.key.bytes), Data(bucket.parameter),
                Data(try seal.sealing(bucket.share, at: bucket.shareCell)), signed(bucket.count),
                Data(bucket.checksum.bytes), bucket.times.map { signed($0.lowerBound) },
                bucket.times.map { signed($0.upperBound) },
            ])
    }

    func forEachBucket(_ keys: ClosedRange<BatchBucketKey>, _ body: (BatchBucket) throws -> Void) throws {
        let cursor = try rows(
            "SELECT * FROM batch_bucket WHERE task = ? AND key >= ? AND key <= ? ORDER BY key",
            [task, Data(keys.lowerBound.bytes), Data(keys.upperBound.bytes)])
        while let row = try cursor.next() { try body(try bucket(of: row)) }
    }

    private func bucket(of row: Row) throws -> BatchBucket {
        var bucket = try BatchBucket(row: row)
        bucket.share = try seal.opening(bucket.share, at: bucket.shareCell)
        return bucket
    }

    func hasBucket(_ keys: ClosedRange<BatchBucketKey>, parameterOtherThan parameter: [UInt8]) throws -> Bool {
        try first(
            "SELECT 1 FROM batch_bucket WHERE task = ? AND key >= ? AND key <= ? AND parameter <> ? LIMIT 1",
            [task, Data(keys.lowerBound.bytes), Data(keys.upperBound.bytes), Data(parameter)]) != nil
    }

    func countCommitted(_ keys: ClosedRange<BatchBucketKey>) throws -> UInt64 {
        let count = try integer(
            "SELECT sum(count) FROM batch_bucket WHERE task = ? AND key >= ? AND key <= ?",
            [task, Data(keys.lowerBound.bytes), Data(keys.upperBound.bytes)])
        return UInt64(clamping: count ?? 0)
    }

    func eraseShares(_ keys: ClosedRange<BatchBucketKey>) throws {
        try run(
            "UPDATE batch_bucket SET share = x'' WHERE task = ? AND key >= ? AND key <= ?",
            [task, Data(keys.lowerBound.bytes), Data(keys.upperBound.bytes)])
    }

    func isCollected(_ keys: ClosedRange<BatchBucketKey>) throws -> Bool {
        // Ranges share no bucket, so only the last one that begins before the end can reach into this one.
        let last = try first(
            "SELECT last_key FROM collected WHERE task = ? AND first_key <= ? ORDER BY first_key DESC LIMIT 1",
            [task, Data(keys.upperBound.bytes)])
        guard let last else { return false }
        return BatchBucketKey(bytes: try last.bytes("last_key")) >= keys.lowerBound
    }

    func markCollected(_ keys: ClosedRange<BatchBucketKey>) throws {
        guard try !isCollected(keys) else { throw StoreError.damaged("a bucket is collected twice") }
        try markCollected(keys, by: nil)
    }

    /// Has nothing join a range, of which nothing may be collected yet; `walk` has it, if one does.
    func markCollected(_ keys: ClosedRange<BatchBucketKey>, by walk: WalkID?) throws {
        mark.set()
        known.collected = [:]
        try run(
            "INSERT INTO collected (task, first_key, last_key, walk_id) VALUES (?, ?, ?, ?)",
            [task, Data(keys.lowerBound.bytes), Data(keys.upperBound.bytes), walk.map { Data($0.bytes) }])
    }
}

extension BatchBucket {
    /// Its share as it is kept.
    fileprivate init(row: Row) throws {
        guard let checksum = BatchChecksum(bytes: try row.bytes("checksum")) else {
            throw StoreError.damaged("checksum")
        }
        var times: ClosedRange<UInt64>?
        if !row.hasNull("least_time"), !row.hasNull("greatest_time") {
            let (least, greatest) = (try row.unsigned("least_time"), try row.unsigned("greatest_time"))
            guard least <= greatest else { throw StoreError.damaged("times of a bucket") }
            times = least...greatest
        }
        self.init(
            key: BatchBucketKey(bytes: try row.bytes("key")), parameter: try row.bytes("parameter"),
            share: try row.bytes("share"), count: try row.unsigned("count"), checksum: checksum, times: times)
    }
}
