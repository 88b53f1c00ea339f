import Foundation
import GRDB
import PopulusDurableFiles

/// The file of results as a file: looked at before SQLite touches it, and made under a name of its own.
struct ResultsFile {
    /// The absolute path, with every link followed.
    let path: String

    /// - Throws: `missing` for a folder that is not there, unless a file is to be made in it.
    init(_ path: String, for use: ResultsStore.Use) throws(ResultsError) {
        do throws(RealPath.Failure) { self.path = try RealPath.of(path) } catch {
            switch error {
            case .noName(let path): throw .notResults(path.isEmpty ? "it has no name" : "\(path) is no name of a file")
            case .tooManyLinks(let path): throw .unwritable("\(path) leads through too many links")
            case .folder(let error) where use != .recording && [.missing, .notAFolder].contains(error.cause):
                throw .missing
            case .folder(let error): throw .unwritable("\(error)")
            }
        }
    }

    /// What is there.
    enum Content {
        case nothing
        /// Somebody has made room.
        case empty
        /// A database, by its first bytes, or one whose first transaction was interrupted.
        case database
    }

    /// Looks, and writes nothing.
    ///
    /// - Throws: `notResults`, `newerVersion`, `unreadable`.
    func look() throws(ResultsError) -> Content {
        let status: FileStatus
        do throws(DurableFileError) { status = try FileStatus(of: path) } catch {
            guard [.missing, .notAFolder].contains(error.cause) else { throw .unreadable(error.description) }
            return .nothing
        }
        switch status.kind {
        case .file: break
        case .folder: throw .notResults("it is a folder")
        case .link, .stream, .other: throw .notResults("it is a pipe or a device")
        }
        guard status.size > 0 else { return .empty }
        let header: [UInt8]
        do throws(DurableFileError) { header = try OpenFile(path, for: .reading).read(100, at: 0) } catch {
            throw .unreadable(error.description)
        }
        // One that was interrupted while it was written is put right by SQLite; what is none stays as it is.
        let isInterrupted = FileIdentity.size(path + "-journal") > 0
        guard header.starts(with: Self.magic) || isInterrupted && header.count < 100 else {
            throw .notResults("it is no database of SQLite")
        }
        guard !isInterrupted else { return .database }
        guard header.count == 100 else { throw .notResults("it is no database of SQLite") }
        try Self.check(application: Self.number(header, at: 68), version: Int(Self.number(header, at: 60)))
        return .database
    }

    /// Refuses what is another program's, or a later version's.
    static func check(application: Int32, version: Int) throws(ResultsError) {
        guard application == ResultsSchema.applicationID else { throw .notResults("it is another program's database") }
        guard version <= ResultsSchema.version else {
            throw .newerVersion(found: version, known: ResultsSchema.version)
        }
        guard version > 0 else { throw .damaged("it has no version") }
    }

    private static let magic = Array("SQLite format 3\0".utf8)

    /// A number of the header, big-endian.
    ///
    /// Spec: SQLite's file format, §1.3
    private static func number(_ header: [UInt8], at offset: Int) -> Int32 {
        Int32(bitPattern: header[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// Makes the file for its owner only: under another name until it is whole.
    ///
    /// Where another process is first its file stays, and is as good.
    func make() throws(ResultsError) {
        if let reason = FileNames.whyNoneCanBeMade(in: FileNames.folder(of: path)) {
            throw .unwritable("\(reason)")
        }
        let unfinished = path + ".\(UInt64.random(in: 0 ... .max)).new"
        do {
            defer { for suffix in ["", "-journal"] { _ = try? FileNames.remove(unfinished + suffix) } }
            try DurableFile.make([], at: unfinished)
            let queue = try DatabaseQueue(path: unfinished, configuration: ResultsStore.configuration())
            try queue.inTransaction(.immediate) { db in
                try ResultsSchema.bring(db, from: 0)
                return .commit
            }
            try queue.close()
            do throws(DurableFileError) { try FileNames.link(unfinished, to: path) } catch {
                guard error.cause == .exists else { throw error }
            }
            try FileNames.synchronize(folder: FileNames.folder(of: path))
        } catch {
            throw ResultsError(wrapping: error, of: path)
        }
    }

    /// Takes an empty file for its owner only.
    func closeToOthers() throws(ResultsError) {
        guard chmod(path, 0o600) == 0 else { throw .unwritable(String(cString: strerror(errno))) }
    }

    /// Whether this process may not write there.
    var isReadOnly: Bool {
        FileNames.whyUnwritable(path) != nil || FileNames.whyNoneCanBeMade(in: FileNames.folder(of: path)) != nil
    }
}
