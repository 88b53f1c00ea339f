import Aggregator
import GRDB
import PopulusDAP
import PopulusDurableFiles

extension SQLiteDatastore {
    /// Makes the store of a task, once; nothing else does: the file of its role, or a task more in the one that is there.
    ///
    /// A store that came into being by itself, after a slip in a path or on an empty disk, would let every report of its
    /// task be evaluated a second time (rule 1 of the walk).
    ///
    /// - Parameter earliestReportTime: reports of an earlier time are refused for ever, in seconds since the Epoch; for a
    ///   task whose store was lost.
    /// - Parameter sealKeys: what a new file is sealed with, if it is to be; a task more needs none of a sealed file's.
    /// - Returns: the file's real name (a link that leads to nothing may have been given), and whether it was made.
    /// - Throws: `StoreError`: `.exists` if there is a store of the task, or a part of a file; `.lost` if it was brought into a
    ///   file that is not there, unless reports are refused for that. Then nothing was made.
    @discardableResult
    package static func create(
        path: String, role: Role, task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0,
        sealKeys: SealKeys? = nil
    ) throws -> (path: String, isNew: Bool) {
        let files = StoreFiles(try StorePath.real(path, isNew: true))
        try checkEarlier(EarlierFiles(beside: path, role: role), of: task, files, isLost: earliestReportTime > 0)
        if files.databaseExists {
            try checkIsOfSeveral(files, role: role)
            let datastore: SQLiteDatastore
            do {
                datastore = try SQLiteDatastore(
                    path: path, role: role, for: .service, sealKeys == nil ? .ignored : .checked(sealKeys))
            } catch StoreError.notAStore {
                throw StoreError.exists(files.path)
            }
            // Everything that was committed is on disk whatever becomes of this.
            defer { try? datastore.close() }
            try datastore.add(task, configurationDigest: configurationDigest, earliestReportTime: earliestReportTime)
            return (files.path, false)
        }
        if let found = files.found { throw StoreError.exists(found) }
        try make(files, role: role, sealKeys) { db in
            _ = try LedgerTables.create(
                task, configurationDigest: configurationDigest, earliestReportTime: earliestReportTime, in: db)
        }
        return (files.path, true)
    }

    /// Makes a file without tasks, once; they are added by their operator's word.
    ///
    /// - Returns: the file's real name.
    /// - Throws: `StoreError.exists` if there is a file, or a part of one.
    package static func create(path: String, role: Role, sealKeys: SealKeys? = nil) throws -> String {
        let files = StoreFiles(try StorePath.real(path, isNew: true))
        if files.databaseExists { throw StoreError.exists(files.path) }
        if let found = files.found { throw StoreError.exists(found) }
        try make(files, role: role, sealKeys) { _ in }
        return files.path
    }

    /// A store of the task in a file of an earlier version is brought over when it is opened.
    ///
    /// One that was brought over before stays as a note of that. Where the file that it names is lost, only its operator's word
    /// makes a store.
    private static func checkEarlier(
        _ earlier: EarlierFiles?, of task: TaskID, _ files: StoreFiles, isLost: Bool
    ) throws {
        guard let earlier, let found = earlier.found(of: task) else { return }
        guard let superseded = earlier.superseded(of: task) else { throw StoreError.exists(found) }
        guard !isLost else { return }
        // What cannot be read may have it.
        let isHere =
            files.databaseExists
            && (try? StoreInspection.look(at: files) { try FileTables.row(of: task, in: $0) != nil }) ?? true
        throw isHere ? StoreError.exists(files.path) : .lost(note: found, file: superseded.path)
    }

    /// A file of an earlier version is one task's: no other task joins it before a server has brought it to this version.
    private static func checkIsOfSeveral(_ files: StoreFiles, role: Role) throws {
        let found: (version: Int, task: TaskID?)
        do { found = try StoreInspection.look(at: files, { try FileTables.check($0, role: role) }) } catch {
            // What is wrong with it is said when it is opened.
            return
        }
        guard found.version >= Schema.firstOfSeveral else { throw StoreError.exists(files.path) }
    }

    /// Makes a file under a name of its own, and gives it its name when it is whole.
    static func make(
        _ files: StoreFiles, role: Role, _ sealKeys: SealKeys? = nil, filling fill: (Database) throws -> Void
    ) throws {
        let unfinished = try files.makeUnfinished()
        var made: [String] = []
        do {
            // Where it has its name this one is gone; where it has not, nobody takes it for a store.
            defer { _ = try? FileNames.remove(unfinished) }
            let queue = try DatabaseQueue(path: unfinished)
            // As it is going to be opened: that must not change it.
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
            let identity = try queue.write { db in
                try Schema.create(db)
                try FileTables.fill(db, role: role)
                try SealUse.draw(sealKeys, db, role: role)
                try fill(db)
                return try FileTables.identity(db)
            }
            try queue.close()
            let pages = try StoreError.wrapping(unfinished) { () throws(DurableFileError) in
                try OpenFile(unfinished, for: .reading)
            }
            let table = try PageTable.bytes(of: pages)
            for folder in files.folders where try StoreFiles.makeFolder(folder) { made.append(folder) }
            try files.publish(unfinished)
            // From here on there is a store; one without a mark gets it when it is first opened.
            made = []
            try PageTable.make(files.pages, table)
            let mark = try StoreMarkFile(files.mark)
            try mark.write(StoreMark(store: identity, commits: 0, isPaged: true))
            try mark.synchronize()
            try UploadFile.synchronize(folder: files.uploads)
        } catch {
            // An empty folder counts for nothing.
            for folder in made { try? FileNames.remove(folder: folder) }
            throw StoreError(wrapping: error, of: files.path)
        }
    }

    /// Adds the store of a task to the file, once.
    ///
    /// - Throws: `StoreError.exists`.
    package func add(_ task: TaskID, configurationDigest: [UInt8], earliestReportTime: UInt64 = 0) throws {
        try change { db in
            guard try FileTables.row(of: task, in: db) == nil else {
                throw StoreError.exists(self.files.path)
            }
            _ = try LedgerTables.create(
                task, configurationDigest: configurationDigest, earliestReportTime: earliestReportTime, in: db)
        }
    }

    /// Commits a change of the file itself, counted as every other one.
    func change(_ body: (Database) throws -> Void) throws {
        do {
            let commits = try pool.write { db in
                try body(db)
                return try FileTables.raiseCommits(in: db)
            }
            try noteCommit(commits)
        } catch {
            throw StoreError(wrapping: error, of: files.path)
        }
    }
}
