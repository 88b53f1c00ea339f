#if PostgreSQL
import Aggregator
import Foundation
import Synchronization

/// The threads that wait for the database: a bounded number, each with a connection of its own.
///
/// What is to be done waits in two rows, reads and writes; the older of the first two is taken. Reads never have all threads,
/// so that long ones hold up no write.
///
/// - Invariant: everything that changes is only touched by whoever has locked `condition`.
final class PostgreSQLPool: @unchecked Sendable {
    enum Kind { case read, write }

    typealias Job = @Sendable (PostgreSQLWorker) -> Void

    private struct Waiting {
        let number: Int
        let job: Job
    }

    private let connector: PostgreSQLConnector
    private let size: Int
    private let condition = NSCondition()
    private var (reads, writes): ([Waiting], [Waiting]) = ([], [])
    private var count = 0
    private var (threads, idle, reading) = (0, 0, 0)
    private let closing = Atomic(false)

    init(_ connector: PostgreSQLConnector, size: Int) {
        self.connector = connector
        self.size = max(1, size)
    }

    private var greatestReading: Int { max(1, size - 2) }

    /// Whether no further job is taken: who waits for the server to come back need not wait on.
    var isClosing: Bool { closing.load(ordering: .relaxed) }

    /// Has a thread do something; false where the pool is closed.
    func submit(_ kind: Kind, _ job: @escaping Job) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosing else { return false }
        count += 1
        let waiting = Waiting(number: count, job: job)
        switch kind {
        case .read: reads.append(waiting)
        case .write: writes.append(waiting)
        }
        if idle < reads.count + writes.count, threads < size { startThread() }
        condition.broadcast()
        return true
    }

    private func startThread() {
        threads += 1
        let thread = Thread { [self] in run(PostgreSQLWorker(connector)) }
        thread.name = "populus.pg"
        thread.start()
    }

    private func run(_ worker: PostgreSQLWorker) {
        while let (kind, job) = next() {
            job(worker)
            guard kind == .read else { continue }
            condition.lock()
            reading -= 1
            condition.broadcast()
            condition.unlock()
        }
        // Before anyone is told that the thread has ended.
        worker.disconnect()
        condition.lock()
        threads -= 1
        condition.broadcast()
        condition.unlock()
    }

    /// Waits for something to do; nothing once the pool is closed and everything is done.
    private func next() -> (Kind, Job)? {
        condition.lock()
        defer { condition.unlock() }
        idle += 1
        defer { idle -= 1 }
        while true {
            let mayRead = !reads.isEmpty && reading < greatestReading
            if mayRead, writes.first.map({ $0.number > reads[0].number }) ?? true {
                reading += 1
                return (.read, reads.removeFirst().job)
            }
            if !writes.isEmpty { return (.write, writes.removeFirst().job) }
            if isClosing, reads.isEmpty { return nil }
            condition.wait()
        }
    }

    /// Takes no further job, and waits until those that were taken are done.
    ///
    /// - Returns: whether they are.
    func close(within seconds: Double) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        closing.store(true, ordering: .relaxed)
        condition.broadcast()
        let end = Date(timeIntervalSinceNow: seconds)
        while threads > 0 { if !condition.wait(until: end) { return threads == 0 } }
        return true
    }
}
#endif
