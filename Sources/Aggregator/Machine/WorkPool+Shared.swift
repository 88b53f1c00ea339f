import Dispatch
import PrefixWalk
import Synchronization

/// Threads without work help those that evaluate.
extension WorkPool: IdleThreads {
    package func join(most: Int, _ body: @escaping @Sendable (_ goesOn: () -> Bool) -> Void) {
        guard most > 1, threadCount > 1 else { return body { true } }
        let shared = SharedWork(most: most - 1, body)
        offer(shared)
        body { true }
        withdraw(shared)
        shared.wait()
    }

    /// Until there is other work, which comes first.
    func join(_ shared: SharedWork) {
        shared.body { [self] in !isWanted }
        shared.leave()
    }
}

/// Work that several threads do together.
final class SharedWork: Sendable {
    /// How many may join.
    let most: Int
    let body: @Sendable (_ goesOn: () -> Bool) -> Void
    private let room: Mutex<Int>
    private let inside = DispatchGroup()

    init(most: Int, _ body: @escaping @Sendable (_ goesOn: () -> Bool) -> Void) {
        self.most = most
        self.body = body
        room = Mutex(most)
    }

    /// Takes a place; false where there is none.
    func enter() -> Bool {
        room.withLock { room in
            guard room > 0 else { return false }
            room -= 1
            inside.enter()
            return true
        }
    }

    func leave() { inside.leave() }

    /// Until all who have entered have left.
    func wait() { inside.wait() }
}
