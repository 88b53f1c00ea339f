import DAP

/// What a Helper has accepted and not answered yet, in the order in which it came.
struct BackgroundQueue: Sendable {
    enum Item: Sendable, Hashable {
        case job(AggregationJobID)
        case share(AggregateShareID)
    }

    let items: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation

    init() {
        (items, continuation) = AsyncStream.makeStream(of: Item.self)
    }

    /// Adds an item that is durable already.
    func add(_ item: Item) { continuation.yield(item) }
}
