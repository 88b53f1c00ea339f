import Aggregator
import PopulusDAP
import Testing

/// The order in which a Helper works at what it answers later.
@Suite struct BackgroundQueueTests {
    private let items = (0..<3).map { _ in BackgroundQueue.Item.job(.random()) }

    /// What is in the queue, which is empty afterwards.
    private func drained(_ queue: BackgroundQueue, count: Int) async -> [BackgroundQueue.Item] {
        var found: [BackgroundQueue.Item] = []
        let end = BackgroundQueue.Item.share(.random())
        for await item in queue.items {
            queue.begin(item)
            if item == end { break }
            found.append(item)
            if found.count == count { queue.add(end) }
        }
        return found
    }

    /// However often the Leader repeats its request.
    @Test func anItemIsQueuedOnce() async {
        let queue = BackgroundQueue()
        for item in [items[0], items[1], items[0], items[1], items[2]] { queue.add(item) }
        #expect(await drained(queue, count: 3) == items)
        // It may come again once it is worked at.
        queue.add(items[1])
        #expect(await drained(queue, count: 1) == [items[1]])
    }

    /// What found no room comes back with the Leader's next request.
    @Test func aFullQueueTakesNothing() async {
        let queue = BackgroundQueue(capacity: 2)
        for item in items { queue.add(item) }
        #expect(await drained(queue, count: 2) == [items[0], items[1]])
        queue.add(items[2])
        #expect(await drained(queue, count: 1) == [items[2]])
    }
}
