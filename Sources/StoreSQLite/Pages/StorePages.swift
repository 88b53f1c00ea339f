import Aggregator
import GRDB
import GRDBSQLite
import PopulusDurableFiles
import Synchronization

/// Keeps a digest of each page of a database as it was committed last, and brings the log into the database.
///
/// The digests follow each commit. A start then judges every page by its digest but those whose newest version is in the
/// log, which has checksums of its own. SQLite begins the log anew only when a checkpoint has brought all of it into the
/// database. So it is enough that the digests are on the disk before a checkpoint begins: whatever moment a process is killed
/// at, each page is covered by the one or the other. How far a checkpoint came does not matter.
final class StorePages: Sendable {
    /// Frames of the log after which it is brought into the database.
    private let checkpointFrames: Int
    /// Frames after which that is tried again where readers kept it from its end.
    private let retryFrames: Int
    let files: StoreFiles
    private let observer: PageObserver
    private let state: Mutex<State>

    private struct State {
        /// Nothing in a file of an earlier version, and while one that is not whole is being renewed.
        var table: PageTable?
        /// Open for as long as the database is: it must be read whatever its name is by now.
        var log: OpenFile?
        /// Whether the digests of a commit could not be written, so that the log must stay.
        var isBehind = true
        /// Pages that the log holds since it was begun: in the database they may be older ones.
        var inLog: Set<UInt32> = []
        /// The page that is looked at next.
        var nextPage = 1
        /// How long the log was at the last commit, and must be for the next checkpoint.
        var frames = 0
        var nextCheckpoint: Int
    }

    init(_ files: StoreFiles, _ table: PageTable?, checkpointFrames: Int, observer: @escaping PageObserver) {
        self.files = files
        self.checkpointFrames = checkpointFrames
        self.observer = observer
        retryFrames = max(1, checkpointFrames / 8)
        state = Mutex(State(table: table, nextCheckpoint: checkpointFrames))
    }

    var hasTable: Bool { state.withLock { $0.table != nil } }

    // MARK: The connection that writes

    /// Follows the commits of a connection, in place of SQLite's own checkpoints; this must outlive it.
    func attach(to db: Database) throws {
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        try settle()
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, connection, name, frames in
                // Another database that is attached is only read.
                guard let context, let name, String(cString: name) == "main" else { return SQLITE_OK }
                let pages = Unmanaged<StorePages>.fromOpaque(context).takeUnretainedValue()
                pages.committed(connection, frames: Int(frames))
                // The commit has come about whatever is said here.
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// After a commit, on the connection that made it.
    ///
    /// - Parameter frames: how many of the log hold what is committed.
    private func committed(_ connection: OpaquePointer?, frames: Int) {
        let isDue = state.withLock { state in
            do { try follow(&state, to: frames) } catch { state.isBehind = true }
            // It was begun anew.
            if frames <= state.frames { state.nextCheckpoint = checkpointFrames }
            state.frames = frames
            guard frames >= state.nextCheckpoint else { return false }
            state.nextCheckpoint = frames + retryFrames
            return true
        }
        observer(.followed)
        // Without its digests on the disk the log stays, and grows: what was committed is in it.
        guard isDue, (try? settle()) != nil else { return }
        observer(.settled)
        // Where readers keep it from its end, or the disk does, the next one goes on.
        sqlite3_wal_checkpoint_v2(connection, "main", SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        observer(.checkpointed)
    }

    /// Brings all of the log into the database, and empties it; on the connection that writes.
    func checkpoint(_ db: Database) throws {
        try settle(isWhole: true)
        observer(.settled)
        _ = try db.checkpoint(.truncate)
        observer(.checkpointed)
    }

    /// Makes the digests of a database of which nothing is in the log; on the connection that writes.
    ///
    /// - Parameter database: its file.
    func make(from database: OpenFile) throws(StoreError) {
        try PageTable.make(files.pages, try PageTable.bytes(of: database))
        let table = try PageTable(files.pages)
        state.withLock { ($0.table, $0.isBehind) = (table, false) }
    }

    // MARK: While it is worked with

    /// Where the next look begins; nothing where there are no digests of everything.
    func beginPatrol(of count: Int) -> (first: Int, pageSize: Int)? {
        state.withLock { state in
            guard let table = state.table, !state.isBehind else { return nil }
            defer { state.nextPage += count }
            return (state.nextPage, table.pageSize)
        }
    }

    func restartPatrol() { state.withLock { $0.nextPage = 1 } }

    /// Whether a page in the database is as it was committed last, or may be an older one that the log makes good.
    func isAsCommitted(_ page: UInt32, in database: OpenFile) throws(StoreError) -> Bool {
        let found = state.withLock { state -> Result<Bool, StoreError> in
            do throws(StoreError) {
                guard let table = state.table, !state.isBehind, !state.inLog.contains(page) else {
                    return .success(true)
                }
                let digest = try table.digests(from: Int(page), count: 1)[0]
                let bytes = try StoreError.wrapping(database.path) { () throws(DurableFileError) in
                    try database.read(table.pageSize, at: (Int(page) - 1) * table.pageSize)
                }
                guard digest != 0, bytes.count == table.pageSize else { return .success(true) }
                return .success(bytes.withUnsafeBytes { PageTable.digest(of: $0, page) } == digest)
            } catch {
                return .failure(error)
            }
        }
        return try found.get()
    }

    // MARK: Digests

    /// Has the digests of all that is committed on the disk; while nothing is being committed.
    ///
    /// - Parameter isWhole: whether to read the whole log, whoever wrote to it.
    func settle(isWhole: Bool = false) throws(StoreError) {
        let failure = state.withLock { state -> StoreError? in
            do throws(StoreError) {
                if isWhole || state.isBehind { try catchUp(&state) }
                try state.table?.synchronize()
            } catch {
                return error
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// A digest of all digests, once nothing more is written.
    var digest: UInt64? {
        get throws(StoreError) { try state.withLock { $0.table }?.digest }
    }

    /// Notes the pages of the frames that came after those that were followed.
    private func follow(_ state: inout State, to frames: Int) throws(StoreError) {
        guard let table = state.table, !state.isBehind else { return }
        let log = try open(&state)
        guard let log, let header = try header(of: log) else { throw .incomplete("\(files.log) is no log") }
        let position = try table.position
        let known = position.salts == header.salts ? position.frames : 0
        guard known < frames else { return }
        // What an earlier log held is in the database.
        if known == 0 { state.inLog = [] }
        let digests = try digests(of: Array(known + 1...frames), in: log, header)
        state.inLog.formUnion(digests.keys)
        try table.write(digests, upTo: PageTable.Position(salts: header.salts, frames: frames))
    }

    /// Notes all pages of which the log holds a committed version, as after a kill.
    private func catchUp(_ state: inout State) throws(StoreError) {
        guard let table = state.table else { return }
        if let log = try open(&state) {
            let found = try StoreError.wrapping(files.log) { () throws(DurableFileError) in
                // Not every connection waits for the disk, and what the digests are of must be there.
                try log.synchronize()
                return try WriteAheadLog(log)
            }
            if let found, found.frames > 0 {
                let digests = try digests(of: found.newest.values.sorted(), in: log, found.header)
                state.inLog.formUnion(digests.keys)
                try table.write(
                    digests, upTo: PageTable.Position(salts: found.header.salts, frames: found.frames))
            }
        }
        state.isBehind = false
    }

    private func digests(
        of frames: [Int], in log: OpenFile, _ header: WriteAheadLog.Header
    ) throws(StoreError) -> [UInt32: UInt64] {
        var digests: [UInt32: UInt64] = [:]
        let step = min(16, frames.count)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step * header.frameSize, alignment: 8)
        defer { buffer.deallocate() }
        var done = 0
        while done < frames.count {
            // Those that follow one another are read at once.
            var count = 1
            while count < step, done + count < frames.count, frames[done + count] == frames[done] + count { count += 1 }
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count * header.frameSize)])
            let size = try StoreError.wrapping(files.log) { () throws(DurableFileError) in
                try log.read(into: room, at: header.offset(of: frames[done]))
            }
            guard size == room.count else { throw .incomplete("\(files.log) ends too early") }
            for place in 0..<count {
                let bytes = room[place * header.frameSize..<(place + 1) * header.frameSize]
                let frame = LogFrame(UnsafeRawBufferPointer(rebasing: bytes))
                digests[frame.page] = PageTable.digest(of: frame.content, frame.page)
            }
            done += count
        }
        return digests
    }

    private func header(of log: OpenFile) throws(StoreError) -> WriteAheadLog.Header? {
        try StoreError.wrapping(files.log) { () throws(DurableFileError) in
            WriteAheadLog.Header(try log.read(WriteAheadLog.Header.size, at: 0))
        }
    }

    /// The log, which SQLite keeps for as long as it has the database open; nothing before it has made one.
    private func open(_ state: inout State) throws(StoreError) -> OpenFile? {
        if state.log == nil, FileIdentity(files.log) != nil {
            state.log = try StoreError.wrapping(files.log) { () throws(DurableFileError) in
                try OpenFile(files.log, for: .reading)
            }
        }
        return state.log
    }
}

/// A moment at which the log and the digests have come on; for tests.
package enum PageStep: Sendable, CaseIterable {
    /// The digests of a commit were noted.
    case followed
    /// They are on the disk, and the checkpoint is about to begin.
    case settled
    /// The checkpoint has come as far as it could.
    case checkpointed
}

/// Told of each step.
package typealias PageObserver = @Sendable (PageStep) -> Void
