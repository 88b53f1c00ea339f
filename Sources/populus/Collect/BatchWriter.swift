import PopulusCollector
import PopulusEvents
import Synchronization

/// Writes a collection's result where the command wants it.
final class BatchWriter: EventListener {
    private let output: CollectOutput
    private let caught = Mutex<CommandFailure?>(nil)

    init(_ output: CollectOutput) {
        self.output = output
    }

    /// Why the result is not written; nothing if it is.
    var failure: CommandFailure? { caught.withLock { $0 } }

    func hear(_ event: BatchEvent) {
        guard case .finished(let record) = event else { return }
        do throws(CommandFailure) {
            try output.write(record.report, record.facts)
        } catch {
            caught.withLock { $0 = error }
        }
    }
}
