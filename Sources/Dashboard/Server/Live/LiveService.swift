import ServiceLifecycle

/// Tells viewers what is new, keeps their connections alive, and ends them before the server ends.
package struct LiveService: Service {
    private let live: LiveStream
    private let pause: Duration

    /// - Parameter pause: between two signs of life; proxies close what is silent for longer than a minute.
    package init(_ live: LiveStream, pause: Duration = .seconds(15)) {
        (self.live, self.pause) = (live, pause)
    }

    package func run() async throws {
        await withGracefulShutdownHandler {
            await cancelWhenGracefulShutdown {
                var beaten = ContinuousClock.now
                while !Task.isCancelled {
                    // Cancelled, the loop sees that itself.
                    try? await Task.sleep(for: live.tellChanges())
                    guard beaten.duration(to: .now) >= pause else { continue }
                    live.beat()
                    beaten = .now
                }
            }
        } onGracefulShutdown: {
            live.end()
        }
        live.end()
    }
}
