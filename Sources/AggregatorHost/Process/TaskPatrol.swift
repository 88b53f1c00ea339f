import Aggregator
import Logging
import ServiceLifecycle

/// Takes up what other processes of the role have added, hears of tasks that they have ended, and tries again to serve what
/// could not be served.
struct TaskPatrol: Service {
    let tasks: OperatedTasks?

    func run() async throws {
        guard let tasks else {
            // A service that returns ends the others.
            try await gracefulShutdown()
            return
        }
        let troubles = tasks.host.troubles
        let text = "tasks that other processes have added cannot be looked for"
        await cancelWhenGracefulShutdown {
            var turn = 0
            while !Task.isCancelled {
                // Ends early when it is cancelled, which the loop sees.
                try? await Task.sleep(for: OperatedTasks.pause)
                turn += 1
                if turn % OperatedTasks.pausesBetweenTries == 0 { await tasks.tryAgain() }
                guard tasks.isShared else { continue }
                do {
                    try await tasks.lookAtOthers()
                    troubles.end(text)
                } catch {
                    troubles.note(text, reason: "\(error)")
                }
            }
        }
    }
}
