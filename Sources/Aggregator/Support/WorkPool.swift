import Foundation

/// Threads for long computations, so that those do not occupy the cooperative pool on which requests are answered.
package final class WorkPool: Sendable {
    private let queue = OperationQueue()

    /// - Parameter threads: how many computations may run at the same time, at least one.
    package init(threads: Int = ProcessInfo.processInfo.activeProcessorCount) {
        queue.name = "populus.work"
        queue.maxConcurrentOperationCount = max(1, threads)
    }

    /// Runs `body` on one of the pool's threads.
    ///
    /// It is not cancelled with the calling task.
    package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.addOperation {
                continuation.resume(with: Result(catching: body))
            }
        }
    }
}
