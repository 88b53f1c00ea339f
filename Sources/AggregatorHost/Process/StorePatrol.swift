import ServiceLifecycle

/// Looks after the store's files while nobody asks for anything.
struct StorePatrol: Service {
    private static let interval = Duration.seconds(2)

    let look: @Sendable () -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                look()
                // Ends early when it is cancelled, which the loop sees.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
