import Foundation
import PrefixWalk

/// The segment files beside a store.
struct SegmentFolder: Sendable {
    let path: String

    func remove(job row: Int64) { Segment.remove(at: Shard.path(row: row, in: path)) }

    /// Removes what belongs to no job in `rows`: what a crash left behind.
    func removeAll(but rows: Set<Int64>) {
        let kept = Set(rows.map { "\($0).segment" })
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where !kept.contains(name) {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }
}

extension StoreTransaction {
    /// Rows of the jobs whose segments are still of use.
    func rowsWithSegments() throws -> Set<Int64> {
        var rows: Set<Int64> = []
        for walk in try walks() where walk.end == nil {
            for job in try jobs(walk.id) where job.phase == .bound || job.phase == .opened { rows.insert(job.row) }
        }
        return rows
    }
}
