import Aggregator
import DAP

extension CommandFailure {
    /// A store's error with its exit code; its sentences are the store's own, with the command that makes one.
    ///
    /// - Parameter tasks: whose stores it is about; none where the whole file is meant.
    init(_ error: StoreError, path: String, tasks: [TaskID] = []) {
        let code: Code =
            switch error {
            case .missing: .noInput
            case .exists, .lost: .cannotCreate
            case .notAStore, .belongsToAnother, .unknownVersion, .toMigrate, .movedOn, .refused, .incomplete, .damaged:
                .data
            case .full, .moved, .database, .server: .inputOutput
            case .inUse, .superseded: .temporary
            }
        let names = tasks.map { "\($0)" }.joined(separator: ", ")
        let whose = tasks.isEmpty ? "" : "\(tasks.count == 1 ? "task" : "tasks") \(names): "
        self.init(code, "\(path): \(whose)\(error.words(making: "`populus store create`"))\(Self.advice(on: error))")
    }

    /// Which commands go on after a loss.
    private static func advice(on error: StoreError) -> String {
        guard case .lost = error else { return "" }
        return
            ". To do so run `populus store create --after-loss` here, for every task that the file held, while the other "
            + "aggregator's operator runs `populus store renew`"
    }

    /// What opening a store came to; anything but a store's error would be a fault of this program.
    init(opening path: String, tasks: [TaskID] = [], _ error: any Error) {
        guard let error = error as? StoreError else {
            self.init(.software, "\(path): \(error)")
            return
        }
        self.init(error, path: path, tasks: tasks)
    }
}
