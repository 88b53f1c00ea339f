import Dispatch
import PrefixWalk
import Synchronization

/// Four threads at once, of which each that helps leaves after its first part.
final class ComingThreads: IdleThreads {
    private let calls = Atomic<Int>(0)

    /// How many have come so far.
    var count: Int { calls.load(ordering: .relaxed) }

    func join(most: Int, _ body: @escaping @Sendable (_ goesOn: () -> Bool) -> Void) {
        DispatchQueue.concurrentPerform(iterations: min(most, 4)) { thread in
            calls.add(1, ordering: .relaxed)
            body { thread == 0 }
        }
    }
}
