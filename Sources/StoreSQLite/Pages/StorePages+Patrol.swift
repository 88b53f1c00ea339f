import Aggregator
import PopulusDurableFiles

/// A look at pages of the database while it is worked with.
extension StorePages {
    /// Pages that are looked at each time.
    private static let patrolled = 256

    /// Looks at some of the database's pages, after those that were looked at before; on any thread.
    ///
    /// Nobody writes to a page of the database but a checkpoint, and that only to pages that the log holds. So one that it does
    /// not hold is as it was committed last.
    ///
    /// - Parameter database: its file.
    /// - Throws: `StoreError.damaged`.
    func patrol(_ database: OpenFile) throws(StoreError) {
        guard let (first, pageSize) = beginPatrol(of: Self.patrolled) else { return }
        // Read ahead of the questions below, which hold up commits.
        let pages = try StoreError.wrapping(database.path) { () throws(DurableFileError) in
            try database.read(Self.patrolled * pageSize, at: (first - 1) * pageSize)
        }
        let count = pages.count / pageSize
        if count < Self.patrolled { restartPatrol() }
        for page in first..<first + count {
            guard try isAsCommitted(UInt32(page), in: database) else {
                throw .damaged("page \(page) of \(files.path) is not as it was written")
            }
        }
    }
}
