/// The events of a discovery, as they come; the last one has the result.
///
/// - The run begins with the first event that is asked for, and is read once: a second reader is told
///   ``CollectorFailure/Reason/alreadyRead``.
/// - It does not wait for its reader. Events wait in memory; they are a few for each step.
/// - **A result is let go of when its reader asks for what comes after it.** So keep the result inside the loop, at
///   ``DiscoveryEvent/finished(_:)``. Who leaves the loop there, or dies, has the walk unfinished, and `resume` gives
///   the same result once more: nothing is counted again. A result that comes twice has the same
///   ``DiscoveredStrings/walk``.
/// - Cancelling the reader's task ends the run: the sequence throws ``CollectorFailure/Reason/cancelled`` once nothing
///   of it is under way. Leaving the loop ends it too, shortly after. Either way the walk stays, and can be resumed. What
///   the aggregators were asked they go on with by themselves.
/// - A run that cannot go on throws a ``CollectorFailure``, which says what is left.
public struct DiscoveryRun: AsyncSequence, Sendable {
    /// What happens.
    public typealias Element = DiscoveryEvent
    /// Why there is no result.
    public typealias Failure = CollectorFailure

    /// Reads the events of the run.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let reading: RunReading<DiscoveryWork>?

        /// The next event; nothing once the result is let go of.
        public mutating func next() async throws(CollectorFailure) -> DiscoveryEvent? {
            guard let reading else { throw CollectorFailure(.alreadyRead) }
            return try await reading.next()
        }

        /// The same, for a reader with an isolation of its own.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(CollectorFailure) -> DiscoveryEvent? {
            guard let reading else { throw CollectorFailure(.alreadyRead) }
            return try await reading.next()
        }
    }

    private let unread: UnreadRun<DiscoveryWork>

    init(_ work: DiscoveryWork) {
        unread = UnreadRun(work)
    }

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reading: unread.take()) }

    /// Reads to the end, and gives the result, which is let go of.
    public func result() async throws(CollectorFailure) -> DiscoveredStrings {
        var iterator = makeAsyncIterator()
        var found: DiscoveredStrings?
        while let event = try await iterator.next() {
            if case .finished(let result) = event { found = result }
        }
        guard let found else { throw CollectorFailure(.alreadyRead) }
        return found
    }
}
