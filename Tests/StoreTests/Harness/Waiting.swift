import Dispatch
import Foundation

/// Runs what may wait, on a thread of its own.
///
/// Neither the concurrency pool nor a global queue has many threads: what waits there could keep from running what it waits
/// for, or for a second each until the queue has one more.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// Lets others go on in the middle of a transaction, whose thread may wait.
func pause(milliseconds: Int) { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(milliseconds)) }

/// Waits at most 20 s, on a thread that may.
func waitInBackground(for semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        Thread.detachNewThread {
            _ = semaphore.wait(timeout: .now() + 20)
            continuation.resume()
        }
    }
}
