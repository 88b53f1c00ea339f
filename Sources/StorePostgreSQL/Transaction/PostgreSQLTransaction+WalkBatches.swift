#if PostgreSQL
import Aggregator
import PopulusDAP

/// The batches of walks: uploads have the task's lock along with others, and each of these has it alone.
extension PostgreSQLTransaction {
    func freeBuckets() throws -> Range<UInt64> {
        let buckets = try db.one(
            """
            SELECT coalesce((SELECT max(end_bucket) FROM walk WHERE task = $1 AND end_bucket > first_bucket), 0), open_bucket
            FROM task WHERE id = $1
            """, [.integer(task)]
        ) { (taken: try $0.number(UInt64.self), open: try $0.number(UInt64.self)) }
        guard let buckets, buckets.taken <= buckets.open else { throw StoreError.damaged("buckets of walks") }
        return buckets.taken..<buckets.open + 1
    }

    func freeze(_ walk: WalkRecord) throws -> Bool {
        mark.set()
        if walk.interval.isEmpty {
            guard try !walk.buckets.isEmpty && walk.buckets == freeBuckets() else { return false }
            try db.run(
                "UPDATE task SET open_bucket = $1 WHERE id = $2", [.number(walk.buckets.upperBound), .integer(task)])
        } else {
            guard let keys = Self.keys(of: walk.interval), walk.buckets == walk.interval, try !isCollected(keys) else {
                return false
            }
            try markCollected(keys, by: walk.id)
        }
        try insertWalk(walk)
        return true
    }

    private static func keys(of interval: Range<UInt64>) -> ClosedRange<BatchBucketKey>? {
        guard let last = interval.last else { return nil }
        return BatchBucketKey(Time(units: interval.lowerBound))...BatchBucketKey(Time(units: last))
    }

    func thaw(_ walk: inout WalkRecord) throws {
        if !walk.interval.isEmpty {
            try db.run("DELETE FROM collected WHERE task = $1 AND walk_id = $2", [.integer(task), .id(walk.id)])
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
        try db.all(
            """
            SELECT first_bucket, end_bucket FROM walk
            WHERE task = $1 AND end_bucket > first_bucket AND ended IS NOT NULL AND EXISTS
            (SELECT FROM kept WHERE kept.task = $1 AND bucket >= first_bucket AND bucket < end_bucket)
            ORDER BY first_bucket
            """, [.integer(task)]
        ) { try $0.range() }
    }
}
#endif
