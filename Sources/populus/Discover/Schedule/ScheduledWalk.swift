import PopulusCollector
import PopulusEvents
import Synchronization

/// Hears how the walk of a scheduled batch ends.
///
/// It hears after the file of results, and before the walk's state goes: what is told then is told though the process is
/// killed in between.
final class ScheduledWalk: EventListener {
    private let batch: ResultFacts.Span
    private let notifier: Notifier?
    private let caught = Mutex<CollectorError?>(nil)

    init(_ batch: ResultFacts.Span, _ notifier: Notifier?) {
        (self.batch, self.notifier) = (batch, notifier)
    }

    /// Why there is no result.
    var error: CollectorError? { caught.withLock { $0 } }

    func hear(_ event: WalkEvent) {
        switch event {
        case .finished(let record): notifier?.tell(walk: record.walk, of: batch)
        case .failed(let error): caught.withLock { $0 = error }
        default: break
        }
    }
}
