import Aggregator
import GRDB

extension StoreError {
    /// What a database call threw, as the store's own error.
    init(wrapping error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            self = .full(error.message ?? "disk full")
        case let error as DatabaseError: self = .database("\(error.resultCode): \(error.message ?? "")")
        default: self = .database("\(error)")
        }
    }

    /// Wraps the database's errors; those that a transaction's body threw itself pass unchanged.
    static func mapped(_ error: any Error) -> any Error {
        error is DatabaseError ? StoreError(wrapping: error) : error
    }
}
