import Logging
import ServiceLifecycle

/// Runs what commands start and do not wait for: the drivers of tasks, the polling of collections.
package struct BackgroundWork: Service {
    package typealias Item = @Sendable () async -> Void

    private let items = AsyncStream.makeStream(of: Item.self)

    package init() {}

    package func start(_ item: @escaping Item) {
        items.continuation.yield(item)
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await item in items.stream { group.addTask { await item() } }
                group.cancelAll()
            }
        }
    }
}
