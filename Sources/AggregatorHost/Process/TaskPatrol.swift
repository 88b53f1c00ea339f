import Aggregator
import ServiceLifecycle

/// Takes up what other processes of the role have added or changed, hears of tasks that they have ended, tries again to serve
/// what could not be served, and has keys and tokens come and go when their time has come.
struct TaskPatrol: Service {
    let tasks: OperatedTasks?
    /// Those of the process.
    let troubles: Troubles

    /// After how many looks the schedule of keys is looked at.
    private static let looksPerSchedule = 10

    func run() async throws {
        guard let tasks else {
            // A service that returns ends the others.
            try await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                // Ends early when it is cancelled, which the loop sees.
                try? await Task.sleep(for: OperatedTasks.pause)
                looks += 1
                if looks % OperatedTasks.pausesBetweenTries == 0 { await tasks.tryAgain() }
                if tasks.isShared {
                    await note(troubles, "tasks that other processes have added cannot be looked for") {
                        try await tasks.lookAtOthers()
                    }
                }
                tasks.advance()
                guard looks % Self.looksPerSchedule == 0 else { continue }
                await note(troubles, "keys cannot be replaced, or erased, as their times say") {
                    try await tasks.keepSchedule()
                }
            }
        }
    }

    private func note(_ troubles: Troubles, _ text: String, _ body: () async throws -> Void) async {
        do {
            try await body()
            troubles.end(text)
        } catch {
            troubles.note(text, reason: "\(error)")
        }
    }
}
