import Aggregator
import GRDB
import PopulusDAP

/// Whether the uploads and the segments that a task needs are beside the file, as they were written.
///
/// What is wrong with them is one task's: the file itself knows everything that it ever did, so the other tasks are served.
struct TaskCheck {
    /// Bytes of uploads, and bytes of segments, that are read at a start; the rest is checked when it is used.
    static let greatestReading = 8 << 30

    private let db: Database
    private let files: StoreFiles
    private let role: Role
    /// Of its own: what is found here ends no task's service.
    private let uploads: UploadFiles
    /// Where the last body ends that a row names, by file.
    private let ends: [Int64: Int]
    private var left = (uploads: greatestReading, segments: greatestReading)

    init(_ db: Database, _ files: StoreFiles, role: Role) throws {
        (self.db, self.files, self.role) = (db, files, role)
        uploads = UploadFiles(folder: files.uploads)
        ends = try UploadFiles.ends(in: db)
    }

    func end() { uploads.close() }

    /// Looks at a task; what is wrong with its files is a result.
    ///
    /// - Parameter task: its row.
    /// - Throws: what the database says.
    mutating func result(of task: Int64) throws -> Result<Void, StoreError> {
        do {
            let own = try ends.filter { try UploadFiles.owner(of: $0.key, in: db) == task }
            try uploads.check(own)
            for file in own.keys.sorted() {
                try uploads.checkBodies(in: db, UploadPlace.range(of: file), left: &left.uploads)
            }
            try Self.segments(of: task, in: db, uploads, files, role: role, left: &left.segments)
            return .success(())
        } catch let error as StoreError {
            return .failure(error)
        }
    }

    /// Looks at the segments that a task's walks need.
    ///
    /// - Parameter left: bytes after which files are opened and not read to their end; what was read is taken off.
    static func segments(
        of task: Int64, in db: Database, _ uploads: UploadFiles, _ files: StoreFiles, role: Role, left: inout Int
    ) throws {
        let transaction = SQLiteTransaction(db: db, task: task, uploads: uploads, mark: LedgerMark(), seal: nil)
        try SegmentCheck.run(transaction, role: role, folder: files.segments, left: &left)
    }
}
