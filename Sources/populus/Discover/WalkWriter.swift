import PopulusCollector
import PopulusEvents
import Synchronization

/// Writes a walk's result where the command wants it.
final class WalkWriter: EventListener {
    private let output: DiscoverOutput
    private let caught = Mutex<CommandFailure?>(nil)

    init(_ output: DiscoverOutput) {
        self.output = output
    }

    /// Why the result is not written; nothing if it is.
    var failure: CommandFailure? { caught.withLock { $0 } }

    func hear(_ event: WalkEvent) {
        guard case .finished(let record) = event else { return }
        do throws(CommandFailure) {
            try output.write(record)
        } catch {
            caught.withLock { $0 = error }
        }
    }
}
