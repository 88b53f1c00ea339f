import Foundation
import GRDB
import PopulusDAP
import PopulusDurableFiles

/// The Collector's own file of results: every walk and every collection of any number of tasks.
///
/// One SQLite file with a rollback journal and `synchronous=EXTRA`: what was recorded outlasts a kill and a power cut
/// when the call returns, and between two calls there is nothing beside the file. All of one walk is one transaction.
/// Several processes may write; each waits for the others: a minute to write, ten seconds to read. What is deleted is
/// overwritten with zeros.
package final class ResultsStore: Sendable {
    /// The absolute path, with every link followed.
    package let path: String
    let queue: DatabaseQueue

    /// What a file is opened for.
    package enum Use: Sendable {
        /// What is not there is not made. A file, or a folder, that this user cannot write is read all the same.
        case reading
        /// A file that is not there, or is empty, is made.
        case recording
        /// What is not there is not made. The whole file is checked, however large it is.
        case pruning

        /// How long others are waited for, in seconds: whoever checks or reads a large file holds a writer up.
        package var patience: Double { self == .reading ? 10 : 60 }
    }

    /// Files of so many bytes at most are checked whenever they are opened: it reads all of one, and nobody can write
    /// meanwhile.
    package static let greatestChecked: Int = 64 << 20

    /// - Parameters:
    ///   - patience: how long others are waited for, in seconds, where that is not what the use asks for.
    ///   - greatestPages: of 4,096 bytes: for tests of a disk without room.
    ///   - greatestChecked: for tests of large files.
    /// - Throws: `ResultsError`; then nothing of what is there was changed.
    package init(
        path: String, for use: Use, patience: Double? = nil, greatestPages: Int? = nil,
        greatestChecked: Int = greatestChecked
    ) throws(ResultsError) {
        let file = try ResultsFile(path, for: use)
        self.path = file.path
        var found = try file.look()
        if case .nothing = found {
            guard use == .recording else { throw .missing }
            try file.make()
            found = .database
        }
        if case .empty = found {
            guard use == .recording else { throw .notResults("it is empty") }
            try file.closeToOthers()
        }
        let mayWrite = use != .reading || !file.isReadOnly
        if use != .reading, let reason = FileNames.whyUnwritable(file.path) { throw .unwritable("\(reason)") }
        if use != .reading, let reason = FileNames.whyNoneCanBeMade(in: FileNames.folder(of: file.path)) {
            throw .unwritable("\(reason), and what is written needs a journal beside the file")
        }
        do {
            queue = try DatabaseQueue(
                path: file.path,
                configuration: Self.configuration(
                    isReadOnly: !mayWrite, patience: patience ?? use.patience, greatestPages: greatestPages))
        } catch {
            throw ResultsError(wrapping: error, of: file.path)
        }
        do {
            try Self.bringToThisVersion(queue, use, mayWrite: mayWrite)
            if use == .pruning || FileIdentity.size(file.path) <= greatestChecked { try Self.check(queue) }
        } catch {
            // It failed already; what closing it says does not matter.
            try? queue.close()
            throw ResultsError(wrapping: error, of: file.path)
        }
    }

    static func configuration(
        isReadOnly: Bool = false, patience: Double = Use.recording.patience, greatestPages: Int? = nil
    ) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.label = "populus.results"
        configuration.readonly = isReadOnly
        configuration.prepareDatabase { db in
            guard !isReadOnly else { return }
            // The journal's end is the commit: EXTRA waits for the folder too.
            try db.execute(sql: "PRAGMA synchronous = EXTRA")
            try db.execute(sql: "PRAGMA secure_delete = ON")
            if let greatestPages { try db.execute(sql: "PRAGMA max_page_count = \(greatestPages)") }
        }
        return configuration
    }

    private static func bringToThisVersion(_ queue: DatabaseQueue, _ use: Use, mayWrite: Bool) throws {
        let found = try queue.read { try ResultsSchema.look($0) }
        guard found != (ResultsSchema.applicationID, ResultsSchema.version) else { return }
        guard mayWrite else {
            try ResultsFile.check(application: found.application, version: found.version)
            throw ResultsError.unwritable("it is of an earlier version, and must be brought to this one first")
        }
        try queue.inTransaction(.immediate) { db in
            // Another process may have been first.
            let found = try ResultsSchema.look(db)
            let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
            if use != .recording || !isEmpty || found != (0, 0) {
                try ResultsFile.check(application: found.application, version: found.version)
            }
            try ResultsSchema.bring(db, from: found.version)
            return .commit
        }
    }

    /// Refuses a file whose pages do not fit together.
    private static func check(_ queue: DatabaseQueue) throws {
        let found = try queue.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        guard found == "ok" else { throw ResultsError.damaged(found ?? "it has no answer") }
    }

    /// Ends the connection.
    package func close() throws(ResultsError) {
        do { try queue.close() } catch { throw ResultsError(wrapping: error, of: path) }
    }

    // MARK: Transactions

    /// Runs one transaction, and returns when it is on disk.
    func write<T>(_ body: (ResultsTables) throws -> T) throws(ResultsError) -> T {
        do {
            var answer: T?
            try queue.inTransaction(.immediate) { db in
                answer = try body(ResultsTables(db: db))
                return .commit
            }
            guard let answer else { throw ResultsError.database("a transaction has not run") }
            return answer
        } catch {
            throw ResultsError(wrapping: error, of: path)
        }
    }

    func read<T>(_ body: (ResultsTables) throws -> T) throws(ResultsError) -> T {
        do { return try queue.read { try body(ResultsTables(db: $0)) } } catch {
            throw ResultsError(wrapping: error, of: path)
        }
    }
}
