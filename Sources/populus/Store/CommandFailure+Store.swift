import Aggregator

extension CommandFailure {
    /// A store's error with its exit code; its sentences are the store's own.
    init(_ error: StoreError, path: String) {
        let code: Code =
            switch error {
            case .missing: .noInput
            case .exists: .cannotCreate
            case .notAStore, .belongsToAnother, .unknownVersion, .movedOn, .refused, .incomplete, .damaged: .data
            case .full, .moved, .database: .inputOutput
            case .inUse, .superseded: .temporary
            }
        self.init(code, "\(path): \(error)")
    }
}
