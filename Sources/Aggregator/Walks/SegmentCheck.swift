import PopulusDAP
import PopulusDurableFiles
import PrefixWalk

/// Whether the segments beside a store are those that its walks need.
package enum SegmentCheck {
    /// Looks at every segment without which a walk cannot go on.
    ///
    /// Blocks.
    ///
    /// - Parameter left: bytes after which files are opened and not read to their end; what was read is taken off.
    /// - Throws: `StoreError.incomplete`.
    package static func run(
        _ transaction: any StoreTransaction, role: Role, folder: String, left: inout Int
    ) throws {
        for walk in try transaction.walks() where walk.end == nil {
            for job in try transaction.shards(walk.id) where job.needsSegment(role) {
                let reports = try job.enteredReports(in: transaction)
                if !reports.isEmpty { try check(Shard.path(row: job.row, in: folder), reports, left: &left) }
            }
        }
    }

    private static func check(_ path: String, _ reports: [BoundReport], left: inout Int) throws(StoreError) {
        let found: (ids: [[UInt8]], size: Int)
        do throws(PrefixWalkError) {
            let segment = try Segment(checking: path)
            found = (try segment.reportIDs(), segment.fileCount)
            if left > 0 { try segment.verify() }
        } catch {
            switch error {
            case .file(let error) where [.missing, .notAFolder].contains(error.cause):
                throw .incomplete("\(path) is missing, and a walk needs it")
            case .file(let error): throw StoreError("\(path), \(error.operation)", error)
            default: throw .incomplete("\(path) is damaged, and a walk needs it")
            }
        }
        guard found.ids == reports.map(\.id.bytes) else {
            throw .incomplete("\(path) holds the shares of others than it should")
        }
        left -= found.size
    }
}

extension ShardRecord {
    /// Whether the job's shard cannot go on without its segment.
    ///
    /// Before its first commit the Leader has the uploads still, and writes it once more.
    fileprivate func needsSegment(_ role: Role) -> Bool {
        switch phase {
        case .planned: false
        case .bound: role == .leader && self.committedSteps > 0
        case .opened: true
        case .finished, .abandoned: !self.sum.isEmpty
        }
    }
}
