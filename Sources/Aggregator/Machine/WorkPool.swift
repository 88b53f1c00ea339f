import Dispatch
import Foundation
import PopulusKernels
import Synchronization

/// Threads for long computations, so that those do not occupy the cooperative pool on which requests are answered.
///
/// Each is a queue of the system's with a thread of its own while it works: the queues that are common to all would share
/// their few threads with the cooperative pool.
package final class WorkPool: Sendable {
    private typealias Work = @Sendable () -> Void

    private struct State {
        /// What no thread has taken yet, by urgency.
        var urgent: [Work] = []
        var ordinary: [Work] = []
        /// Work under way that more threads may join.
        var shared: [SharedWork] = []
        /// Threads without work.
        var idle: [Int]
    }

    private let threads: [DispatchQueue]
    private let state: Mutex<State>

    /// - Parameter threads: how many computations may run at the same time, at least one.
    package init(threads: Int = ProcessInfo.processInfo.activeProcessorCount) {
        self.threads = (0..<max(1, threads)).map { DispatchQueue(label: "populus.work.\($0)") }
        state = Mutex(State(idle: Array(self.threads.indices.reversed())))
    }

    /// How many computations run at the same time at most.
    package var threadCount: Int { threads.count }

    /// Runs `body` on one of the pool's threads.
    ///
    /// It is not cancelled with the calling task, which has `body` and what that holds for itself again when it goes on.
    ///
    /// - Parameter urgent: goes before what waits and is not; for short work that ends something.
    package func run<T: Sendable>(
        urgent: Bool = false, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        let computation = Computation(body)
        return try await withCheckedThrowingContinuation { continuation in
            add(urgent: urgent) { continuation.resume(with: computation.run()) }
        }
    }

    /// A computation that lets go of what it holds before anyone hears of its result: who gives a buffer back that it worked
    /// with must be the last who has that.
    private final class Computation<T: Sendable>: Sendable {
        private let body: Mutex<(@Sendable () throws -> T)?>

        init(_ body: @escaping @Sendable () throws -> T) { self.body = Mutex(body) }

        func run() -> Result<T, any Error> {
            guard let body = body.withLock({ $0.take() }) else { preconditionFailure("a computation runs once") }
            return Result(catching: body)
        }
    }

    /// Lets idle threads join, and those that become idle before it is withdrawn.
    func offer(_ shared: SharedWork) {
        let woken = state.withLock { state in
            state.shared.append(shared)
            let woken = Array(state.idle.suffix(shared.most))
            state.idle.removeLast(woken.count)
            return woken
        }
        for thread in woken { threads[thread].async { [self] in drain(thread) } }
    }

    /// Lets no more threads join.
    func withdraw(_ shared: SharedWork) { state.withLock { $0.shared.removeAll { $0 === shared } } }

    /// Whether work waits for a thread.
    var isWanted: Bool { state.withLock { !$0.urgent.isEmpty || !$0.ordinary.isEmpty } }

    private func add(urgent: Bool, _ work: @escaping Work) {
        let thread = state.withLock { state in
            if urgent { state.urgent.append(work) } else { state.ordinary.append(work) }
            return state.idle.popLast()
        }
        if let thread { threads[thread].async { [self] in drain(thread) } }
    }

    /// Works under the pool's name, so that an operator sees who evaluates.
    private func drain(_ thread: Int) {
        ThreadName.with("populus.work") {
            while let work = next(for: thread) { work() }
        }
    }

    /// Nothing where the thread may rest.
    private func next(for thread: Int) -> Work? {
        state.withLock { state in
            if !state.urgent.isEmpty { return state.urgent.removeFirst() }
            if !state.ordinary.isEmpty { return state.ordinary.removeFirst() }
            if let shared = state.shared.first(where: { $0.enter() }) { return { [self] in join(shared) } }
            state.idle.append(thread)
            return nil
        }
    }
}
