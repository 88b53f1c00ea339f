import Aggregator
import ServiceLifecycle

/// Takes up what other processes of the role have added, and hears of tasks that they have ended.
struct TaskPatrol: Service {
    let tasks: OperatedTasks?
    /// Those of the process.
    let troubles: Troubles

    func run() async throws {
        guard let tasks, tasks.isShared else {
            // A service that returns ends the others.
            try await gracefulShutdown()
            return
        }
        let text = "tasks that other processes have added cannot be looked for"
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Ends early when it is cancelled, which the loop sees.
                try? await Task.sleep(for: OperatedTasks.pause)
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
