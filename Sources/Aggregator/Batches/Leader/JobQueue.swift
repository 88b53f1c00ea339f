import Synchronization

/// The jobs that a restart left unfinished, first come first served.
final class JobQueue: Sendable {
    private let jobs: Mutex<[BatchJobRecord]>

    init(_ jobs: [BatchJobRecord]) { self.jobs = Mutex(jobs.reversed()) }

    func next() -> BatchJobRecord? { jobs.withLock { $0.popLast() } }
}
