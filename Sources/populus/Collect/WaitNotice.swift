import Synchronization

/// Tells a person who waits for a batch why that may take long.
final class WaitNotice: Sendable {
    private let display: ProgressDisplay
    private let least: UInt64
    private let task = Mutex<Task<Void, any Error>?>(nil)

    /// - Parameter least: the fewest reports of a batch.
    init(_ display: ProgressDisplay, least: UInt64) {
        self.display = display
        self.least = least
    }

    /// The Leader has the request, and no result yet.
    func begin() {
        if display.isTerminal { display.update("waiting for the batch…") }
        let (display, least) = (display, least)
        task.withLock {
            $0 = Task {
                try await Task.sleep(for: .seconds(8))
                display.line(
                    "the Leader waits: fewer than \(least) valid reports may have come so far, or the Helper is away. "
                        + "Ctrl-C is safe: the same command goes on with this batch")
            }
        }
    }

    func end() {
        task.withLock { $0?.cancel() }
    }
}
