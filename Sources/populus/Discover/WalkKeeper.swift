import PopulusCollector
import PopulusEvents
import Synchronization

/// Keeps a walk's result, and lets go of the walk's state once it is kept.
final class WalkKeeper: EventListener {
    private let kept: KeptResults
    private let statePath: String
    private let display: ProgressDisplay
    private let isDone = Mutex(false)

    init(_ kept: KeptResults, statePath: String, _ display: ProgressDisplay) {
        (self.kept, self.statePath, self.display) = (kept, statePath, display)
    }

    /// Whether there was a result, and it is kept.
    var hasKept: Bool { isDone.withLock { $0 } }

    func hear(_ event: WalkEvent) {
        guard case .finished(let record) = event else { return }
        do throws(CommandFailure) {
            try kept.keep(record)
            StateFile.remove(ofWalk: statePath, display)
            isDone.withLock { $0 = true }
        } catch {
            display.error("the result cannot be kept beside the task: \(error.message)")
        }
    }
}
