import PopulusDAP
import Synchronization

/// What a Helper has accepted and not answered yet, each item once, in the order in which it came.
///
/// It is bounded: what finds no room is durable all the same, and comes back when the Leader repeats its request, or with
/// a restart.
package final class BackgroundQueue: Sendable {
    package enum Item: Sendable, Hashable {
        case job(AggregationJobID)
        case share(AggregateShareID)
    }

    package let items: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation
    private let queued = Mutex<Set<Item>>([])

    package init(capacity: Int = 10_000) {
        (items, continuation) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingOldest(capacity))
    }

    /// Adds an item that is durable already, unless it is queued.
    package func add(_ item: Item) {
        queued.withLock { queued in
            guard queued.insert(item).inserted else { return }
            if case .enqueued = continuation.yield(item) { return }
            queued.remove(item)
        }
    }

    /// To be called before an item is worked at: from here on it may be added again.
    package func begin(_ item: Item) { queued.withLock { _ = $0.remove(item) } }
}
