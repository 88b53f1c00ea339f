import PopulusCollector
import PopulusEvents

/// Shows how a collection goes on.
final class CollectView: EventListener {
    private let display: ProgressDisplay
    private let waiting: WaitingView

    /// - Parameter leastBatch: the task's smallest batch.
    init(_ display: ProgressDisplay, leastBatch: UInt64) {
        self.display = display
        waiting = WaitingView(
            display,
            unknown:
                "the Leader waits: fewer than \(leastBatch) valid reports may have come so far, or the Helper is away. "
                + "Ctrl-C is safe: the same command goes on with this batch")
    }

    /// What is waited for, if the Leader said so last.
    var waitReason: String? { waiting.reason }

    func hear(_ event: BatchEvent) {
        switch event {
        case .started: break
        case .waiting(let what): waiting.show(what)
        case .waitIsOver(let what): waiting.showEnd(what)
        case .asked: if display.isTerminal { display.update("waiting for the batch…") }
        case .finished, .failed: display.clear()
        }
    }
}
