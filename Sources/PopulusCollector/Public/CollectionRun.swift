/// The events of a collection, as they come; the last one has the result.
///
/// It is read as a ``DiscoveryRun`` is: once, not waited for, ended by cancellation and by leaving the loop. **A result is
/// let go of when its reader asks for what comes after it**; until then asking for the same batch gives the same
/// result again, with the same ``CollectedNumbers/job``. In a task whose Leader selects the batches the Leader is told so
/// then. Where it cannot be told, the next collection does that first.
public struct CollectionRun: AsyncSequence, Sendable {
    /// What happens.
    public typealias Element = CollectionEvent
    /// Why there is no result.
    public typealias Failure = CollectorFailure

    /// Reads the events of the run.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let reading: RunReading<CollectionWork>?

        /// The next event; nothing once the result is let go of.
        public mutating func next() async throws(CollectorFailure) -> CollectionEvent? {
            guard let reading else { throw CollectorFailure(.alreadyRead) }
            return try await reading.next()
        }

        /// The same, for a reader with an isolation of its own.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(CollectorFailure) -> CollectionEvent? {
            guard let reading else { throw CollectorFailure(.alreadyRead) }
            return try await reading.next()
        }
    }

    private let unread: UnreadRun<CollectionWork>

    init(_ work: CollectionWork) {
        unread = UnreadRun(work)
    }

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: unread.take()) }

    /// Reads to the end, and gives the result, which is let go of.
    public func result() async throws(CollectorFailure) -> CollectedNumbers {
        var iterator = makeAsyncIterator()
        var found: CollectedNumbers?
        while let event = try await iterator.next() {
            if case .finished(let result) = event { found = result }
        }
        guard let found else { throw CollectorFailure(.alreadyRead) }
        return found
    }
}
