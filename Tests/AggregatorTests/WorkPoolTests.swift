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

    /// Threads that have nothing to do join, and the call returns after the last of them.
    @Test func idleThreadsJoin() async throws {
        let pool = WorkPool(threads: 3)
        let observed = Observed()
        let running = try await pool.run {
            pool.join(most: 5) { _ in
                observed.running.withLock { $0 = ($0.now + 1, $0.most + 1) }
                // Until all three are here.
                for _ in 0..<1000 where observed.running.withLock({ $0.most < 3 }) {
                    DispatchSemaphore(value: 0).waitBriefly()
                }
                observed.running.withLock { $0.now -= 1 }
            }
            return observed.running.withLock { $0 }
        }
        #expect(running.now == 0)
        #expect(running.most >= 3 && running.most <= 5)
        // Nobody joins what has ended, and the threads are there for others.
        #expect(try await pool.map(count: 6, rangeLength: 1) { $0.lowerBound } == Array(0..<6))
        #expect(observed.running.withLock { $0.most } == running.most)
    }

    /// Whoever helps leaves when other work comes; a thread that began the work stays.
    @Test func otherWorkGoesBeforeHelp() async throws {
        let pool = WorkPool(threads: 2)
        let observed = Observed()
        let came = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await pool.run {
                    let owner = ObjectIdentifier(Thread.current)
                    pool.join(most: 2) { goesOn in
                        guard ObjectIdentifier(Thread.current) != owner else {
                            observed.gate.wait()
                            observed.order.withLock { $0.append("owner \(goesOn())") }
                            return
                        }
                        came.continuation.yield()
                        while goesOn() { DispatchSemaphore(value: 0).waitBriefly() }
                        observed.order.withLock { $0.append("helper") }
                    }
                }
            }
            for await _ in came.stream { break }
            // The owner of the work holds the one thread, so only the helper's is left for this.
            try await pool.run { observed.order.withLock { $0.append("other") } }
            observed.gate.signal()
            try await group.waitForAll()
        }
        #expect(observed.order.withLock { $0 } == ["helper", "other", "owner true"])
    }

    /// With one thread there is nobody to join.
    @Test func oneThreadWorksAlone() async throws {
        let pool = WorkPool(threads: 1)
        let calls = try await pool.run {
            let calls = Mutex(0)
            pool.join(most: 9) { _ in calls.withLock { $0 += 1 } }
            return calls.withLock { $0 }
        }
        #expect(calls == 1)
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
