import Aggregator

extension CommandFailure {
    /// A store's error with its exit code; its sentences are the store's own.
    init(_ error: StoreError, path: String) {
        let code: Code =
            switch error {
            case .missing: .noInput
            case .exists: .cannotCreate
            case .belongsToAnother, .unknownVersion, .refused, .damaged: .data
            case .full, .database: .inputOutput
            case .inUse, .superseded: .temporary
            }
        self.init(code, "\(path): \(error)")
    }
}
