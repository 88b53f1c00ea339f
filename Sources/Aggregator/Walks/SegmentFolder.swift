import Foundation
import PopulusDurableFiles
import PrefixWalk

/// The segment files beside a store, of which one task's are meant.
struct SegmentFolder: Sendable {
    let path: String
    /// The rows of the task's jobs: other files are other tasks'.
    let rows: ClosedRange<Int64>
    private let isCache: Bool

    init(of store: any TaskStore) {
        path = store.segmentsDirectory
        rows = store.jobRows
        isCache = store.segmentsAreCache
    }

    /// Makes the folder where it is a cache and was removed as a whole.
    func provide() {
        // Whoever writes into it is told why it is not there.
        if isCache { _ = try? FileNames.makeFolder(path) }
    }

    func remove(job row: Int64) { Segment.remove(at: Shard.path(row: row, in: path)) }

    /// What is there of the task.
    ///
    /// To be read before the rows that are in use, so that nothing newer is taken for a leftover.
    ///
    /// - Throws: what the system says of the folder.
    var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: path).filter { name in
                Int64(name.prefix { $0 != "." }).map { rows.contains($0) } ?? false
            }
        }
    }

    /// Removes those of `names` that belong to no job in `kept`: what a crash left behind.
    func remove(_ names: [String], but kept: Set<Int64>) {
        // What was not finished is made anew.
        let kept = Set(kept.map { "\($0).segment" })
        // What cannot be removed takes room, and is tried again at the next start.
        for name in names where !kept.contains(name) { try? FileManager.default.removeItem(atPath: path + "/" + name) }
    }
}

extension StoreTransaction {
    /// Rows of the jobs whose segments are still of use.
    func rowsWithSegments() throws -> Set<Int64> {
        var rows: Set<Int64> = []
        for walk in try walks() where walk.end == nil {
            for job in try shards(walk.id) where job.phase != .planned && !job.isOver { rows.insert(job.row) }
        }
        return rows
    }
}

extension ShardRecord {
    /// Whether nothing is sent or answered for the shard any more.
    ///
    /// One that its last step emptied is not over: its verdict may have to be sent once more. What was deleted has no sum.
    var isOver: Bool { phase == .finished && self.sum.isEmpty }
}
