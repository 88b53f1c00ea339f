import Foundation
import GRDB
import PopulusDurableFiles

extension ResultsError {
    /// What a call threw, as this module's own error.
    ///
    /// - Parameter path: the file, whose disk may be full: SQLite says so only of some of its calls.
    init(wrapping error: any Error, of path: String) {
        switch error {
        case let error as ResultsError: self = error
        case let error as DurableFileError: self.init(error)
        case let error as DatabaseError: self.init(error, path)
        default: self = .database("\(error)")
        }
    }

    init(_ error: DurableFileError) {
        switch error.cause {
        case .full: self = .full(error.description)
        case .missing where error.operation == .open || error.operation == .look: self = .missing
        default: self = .unwritable(error.description)
        }
    }

    private init(_ error: DatabaseError, _ path: String) {
        let what = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full(what)
        case .SQLITE_IOERR, .SQLITE_CANTOPEN: self = Self.isFull(path) ? .full(what) : .unwritable(what)
        case .SQLITE_READONLY, .SQLITE_PERM: self = .unwritable(what)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .damaged("SQLite says: \(what)")
        case .SQLITE_CONSTRAINT where what.contains("below the threshold"): self = .belowThreshold
        default: self = .database(what)
        }
    }

    /// Whether there is no room for a few pages on the disk of `path`.
    private static func isFull(_ path: String) -> Bool {
        var status = statvfs()
        return statvfs(FileNames.folder(of: path), &status) == 0
            && UInt64(status.f_bavail) * UInt64(status.f_frsize) < 32_768
    }
}
