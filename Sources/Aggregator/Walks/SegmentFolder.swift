import Foundation
import PrefixWalk

/// The segment files beside a store.
struct SegmentFolder: Sendable {
    let path: String

    func remove(job row: Int64) { Segment.remove(at: Shard.path(row: row, in: path)) }

    /// What is there.
    ///
    /// To be read before the rows that are in use, so that nothing newer is taken for a leftover.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    /// Removes those of `names` that belong to no job in `rows`: what a crash left behind.
    func remove(_ names: [String], but rows: Set<Int64>) {
        let kept = Set(rows.flatMap { ["\($0).segment", "\($0).segment.new"] })
        for name in names where !kept.contains(name) {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }
}

extension StoreTransaction {
    /// Rows of the jobs whose segments are still of use.
    ///
    /// A shard that its last step emptied is one of them: its verdict may have to be sent once more. What was deleted
    /// has no sum.
    func rowsWithSegments() throws -> Set<Int64> {
        var rows: Set<Int64> = []
        for walk in try walks() where walk.end == nil {
            for job in try jobs(walk.id) where job.phase != .planned && (job.phase != .ended || !job.sum.isEmpty) {
                rows.insert(job.row)
            }
        }
        return rows
    }
}
