import Dispatch

/// A thread for a client's files and sealing, so that neither waits on a thread of the app's tasks.
final class DiskExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "populus.client", qos: .utility)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}
