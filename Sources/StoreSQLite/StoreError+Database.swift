import Aggregator
import Foundation
import GRDB
import PopulusDurableFiles

extension StoreError {
    /// What a database call threw, as the store's own error.
    ///
    /// - Parameter path: the database, whose disk may be full: SQLite says so only of some of its files.
    init(wrapping error: any Error, of path: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as DurableFileError: self = StoreError(error.path, error)
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            self = .full("the database: \(error.message ?? "no room")")
        case let error as DatabaseError
        where [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode.primaryResultCode) && Self.isFull(path):
            self = .full("the database: \(error.message ?? "no room")")
        case let error as DatabaseError
        where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode.primaryResultCode):
            self = .damaged("SQLite says: \(error.message ?? "\(error.resultCode)")")
        case let error as DatabaseError: self = .database("\(error.resultCode): \(error.message ?? "")")
        default: self = .database("\(error)")
        }
    }

    /// Wraps the database's errors; those that a transaction's body threw itself pass unchanged.
    static func mapped(_ error: any Error, of path: String) -> any Error {
        error is DatabaseError ? StoreError(wrapping: error, of: path) : error
    }

    /// Whether there is no room for a page on the disk of `path`.
    private static func isFull(_ path: String) -> Bool {
        var status = statvfs()
        return statvfs((path as NSString).deletingLastPathComponent, &status) == 0
            && UInt64(status.f_bavail) * UInt64(status.f_frsize) < 32_768
    }
}
