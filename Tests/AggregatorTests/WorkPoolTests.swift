import Aggregator
import Dispatch
import Foundation
import Synchronization
import Testing

/// Threads for long computations: so many at once, what is urgent first.
@Suite struct WorkPoolTests {
    private struct Trouble: Error {}

    private final class Observed: Sendable {
        let running = Mutex((now: 0, most: 0))
        let order = Mutex<[String]>([])
        let gate = DispatchSemaphore(value: 0)
    }

    @Test func noMoreAtOnceThanThreads() async throws {
        let pool = WorkPool(threads: 2)
        let observed = Observed()
        let results = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<20 {
                group.addTask {
                    try await pool.run(urgent: number % 3 == 0) {
                        observed.running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        // Long enough for the others to come, had they the right.
                        DispatchSemaphore(value: 0).waitBriefly()
                        observed.running.withLock { $0.now -= 1 }
                        return number
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.sorted() == Array(0..<20))
        #expect(observed.running.withLock { $0.most } == 2)
    }

    /// A buffer that the pool's thread has a moment longer would not be used again, but made anew.
    @Test func aComputationHoldsNothingWhenItsCallerGoesOn() async throws {
        final class Held: Sendable {}
        let pool = WorkPool(threads: 2)
        for _ in 0..<1000 {
            weak var seen: Held?
            do {
                let held = Held()
                seen = held
                _ = try await pool.run { ObjectIdentifier(held).hashValue }
            }
            #expect(seen == nil)
        }
    }

    @Test func whatIsUrgentGoesFirst() async throws {
        let pool = WorkPool(threads: 1)
        let observed = Observed()
        let started = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await pool.run {
                    started.continuation.yield()
                    observed.gate.wait()
                }
            }
            for await _ in started.stream { break }
            for (name, isUrgent) in [("ordinary", false), ("urgent", true)] {
                group.addTask { try await pool.run(urgent: isUrgent) { observed.order.withLock { $0.append(name) } } }
                // The pool takes them in one after the other.
                try await Task.sleep(for: .milliseconds(50))
            }
            observed.gate.signal()
            try await group.waitForAll()
        }
        #expect(observed.order.withLock { $0 } == ["urgent", "ordinary"])
    }

    /// A thread of the system's has the pool's name while it works for it.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/thread-self/comm")))
    func itsThreadsHaveItsName() async throws {
        let pool = WorkPool(threads: 1)
        let name = try await pool.run { try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8) }
        #expect(name == "populus.work\n")
    }

    @Test func errorsComeBack() async throws {
        let pool = WorkPool(threads: 1)
        await #expect(throws: Trouble.self) { try await pool.run { throw Trouble() } }
        #expect(try await pool.run { 7 } == 7)
    }
}

extension DispatchSemaphore {
    fileprivate func waitBriefly() { _ = wait(timeout: .now() + .milliseconds(5)) }
}
