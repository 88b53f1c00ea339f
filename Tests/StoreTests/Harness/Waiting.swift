import Dispatch

/// Runs what may wait, on a thread that may: waiting on the concurrency pool's threads, of which there are few, could keep
/// from running what is waited for.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

/// Lets others go on in the middle of a transaction, whose thread may wait.
func pause(milliseconds: Int) { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(milliseconds)) }

/// Waits at most 20 s, on a thread that may.
func waitInBackground(for semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        DispatchQueue.global().async {
            _ = semaphore.wait(timeout: .now() + 20)
            continuation.resume()
        }
    }
}
