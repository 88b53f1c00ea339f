/// Work that is begun anew whenever it fails, until the calling task is cancelled.
///
/// Work that fails in turns fails: that it goes on again is said only when it has done so for twice the pause.
package struct RestartedWork: Sendable {
    package enum News: Sendable, Equatable {
        /// The reason, for the log.
        case failed(String)
        /// Again, after it had failed; or it has come to its end.
        case goesOn
    }

    /// Before it is begun anew.
    private let pause: Duration
    private let body: @Sendable () async throws -> Void
    private let tell: @Sendable (News) -> Void

    package init(
        pause: Duration, body: @escaping @Sendable () async throws -> Void, tell: @escaping @Sendable (News) -> Void
    ) {
        (self.pause, self.body, self.tell) = (pause, body, tell)
    }

    /// Runs until the work has come to its end, or the calling task is cancelled.
    package func run() async {
        var failed = false
        while !Task.isCancelled {
            let settled = failed ? settling() : nil
            do {
                try await withTaskCancellationHandler {
                    try await body()
                } onCancel: {
                    settled?.cancel()
                }
                settled?.cancel()
                if failed, !Task.isCancelled { tell(.goesOn) }
                return
            } catch {
                settled?.cancel()
                // Told to stop, in whatever words the work says so.
                if Task.isCancelled { return }
                failed = true
                tell(.failed("\(error)"))
            }
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// Says that the work goes on again, unless it fails before that.
    private func settling() -> Task<Void, any Error> {
        let (time, tell) = (pause * 2, tell)
        return Task {
            try await Task.sleep(for: time)
            tell(.goesOn)
        }
    }
}
