import ServiceLifecycle

/// Ends the work of tasks that requests have brought and that are over, whether or not further ones are taken up.
struct TaskprovPatrol: Service {
    let tasks: OperatedTasks?

    private static let pause = Duration.seconds(60)

    func run() async throws {
        guard let tasks else {
            // A service that returns ends the others.
            try await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await tasks.endOldTasks()
                // Ends early when it is cancelled, which the loop sees.
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
