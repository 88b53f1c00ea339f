import Aggregator
import DAP

extension CommandFailure {
    /// A store's error with its exit code; its sentences are the store's own.
    ///
    /// - Parameter task: whose store it is; nothing where the whole file is meant.
    init(_ error: StoreError, path: String, task: TaskID? = nil) {
        let code: Code =
            switch error {
            case .missing: .noInput
            case .exists: .cannotCreate
            case .notAStore, .belongsToAnother, .unknownVersion, .movedOn, .refused, .incomplete, .damaged: .data
            case .full, .moved, .database: .inputOutput
            case .inUse, .superseded: .temporary
            }
        self.init(code, "\(path): \(task.map { "task \($0): " } ?? "")\(error)")
    }

    /// What opening a store came to; anything but a store's error would be a fault of this program.
    init(opening path: String, task: TaskID? = nil, _ error: any Error) {
        guard let error = error as? StoreError else {
            self.init(.software, "\(path): \(error)")
            return
        }
        self.init(error, path: path, task: task)
    }
}
