import Aggregator
import PopulusDAP

extension CommandFailure {
    /// A store's error with its exit code; its sentences are the store's own, with the command that makes one.
    ///
    /// - Parameter tasks: whose stores it is about; none where the whole place is meant.
    init(_ error: StoreError, at location: StoreLocation, tasks: [TaskID] = []) {
        let code: Code =
            switch error {
            case .missing: .noInput
            case .exists, .lost: .cannotCreate
            case .notAStore, .belongsToAnother, .unknownVersion, .movedOn, .refused, .incomplete, .damaged, .toMigrate,
                .unfit, .putBack, .seal:
                .data
            case .full, .moved, .database, .server: .inputOutput
            case .unreachable: .unavailable
            case .inUse, .superseded, .uncertain: .temporary
            }
        let names = tasks.map { "\($0)" }.joined(separator: ", ")
        let whose = tasks.isEmpty ? "" : "\(tasks.count == 1 ? "task" : "tasks") \(names): "
        let what = error.words(making: "`populus store create`", in: location.place)
        self.init(code, "\(location.name): \(whose)\(what)\(Self.advice(on: error, in: location.place))")
    }

    /// Which command goes on.
    private static func advice(on error: StoreError, in place: StorePlace) -> String {
        switch error {
        case .inUse where place == .database:
            ". Servers of a role share a database only where each of them has --internal-listen, and a --cache of its own"
        case .lost:
            ". To do so run `populus store create --after-loss` here, for every task that the file held, while the other "
                + "aggregator's operator runs `populus store renew`"
        case .toMigrate: " by `populus store migrate`"
        case .seal(.locked): ". It goes with --seal-key FILE, or in $\(SealOptions.variable)"
        case .seal(.unsealed), .seal(.unfinished): ": `populus store seal`"
        case .seal(.sealed): ": `populus store reseal`"
        default: ""
        }
    }

    /// What opening a store came to; anything but a store's error, or a failure with words of its own, would be a fault of this
    /// program.
    init(opening location: StoreLocation, tasks: [TaskID] = [], _ error: any Error) {
        switch error {
        case let error as CommandFailure: self = error
        case let error as StoreError: self.init(error, at: location, tasks: tasks)
        default: self.init(.software, "\(location.name): \(error)")
        }
    }
}
