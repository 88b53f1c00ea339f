import PopulusCollector
import PopulusDAP

extension BatchQueryError {
    /// Why the task has no such batch, and which ones it has.
    func explained(_ configuration: TaskConfiguration) -> String {
        let unit = Seconds(configuration.timePrecision.seconds)
        switch self {
        case .intervalMissing:
            return "the task's batches are intervals of time: give --since and --until, on multiples of \(unit), such "
                + "as --since 2026-01-31 --until 2026-02-01"
        case .noInterval:
            return "the task's batches are leader-selected: a batch is all reports at hand; leave out --since and "
                + "--until"
        case .empty: return "--until is not after --since"
        case .notAMultiple(let bound, let before, let after):
            let nearest = [before, after].compactMap { $0 }.map(Moment.text).joined(separator: " and ")
            return "--\(bound) is no multiple of the task's time precision of \(unit); the nearest are \(nearest)"
        }
    }
}
