import Aggregator
import Foundation
import GRDB
import PopulusDAP

/// What a task's status is counted from.
extension SQLiteTransaction {
    func remainingUploads(
        in buckets: Range<UInt64>, isBound: Bool
    ) throws -> (count: UInt64, oldest: UInt64?) {
        let unbound = isBound ? "" : "AND job IS NULL"
        return try counted(
            """
            SELECT count(*) AS count, min(time) AS oldest FROM report
            WHERE task = ? AND bucket >= ? AND bucket < ? AND place IS NOT NULL \(unbound)
            """, [task, signed(buckets.lowerBound), signed(buckets.upperBound)])
    }

    func countUncollected() throws -> (count: UInt64, oldest: UInt64?) {
        try counted(
            """
            SELECT ifnull(sum(count), 0) AS count, min(least_time) AS oldest FROM batch_bucket
            WHERE task = ?1 AND NOT EXISTS
            (SELECT 1 FROM collected WHERE collected.task = ?1 AND first_key <= key AND last_key >= key)
            """, [task])
    }

    private func counted(
        _ query: String, _ arguments: StatementArguments
    ) throws -> (count: UInt64, oldest: UInt64?) {
        guard let row = try first(query, arguments) else { return (0, nil) }
        return (try row.unsigned("count"), row.hasNull("oldest") ? nil : try row.unsigned("oldest"))
    }
}
