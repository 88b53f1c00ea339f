/// The events of a run as an async sequence for one reader, who may be slower than the run.
package final class EventStream<Event: Sendable>: EventListener, AsyncSequence {
    package typealias Element = Event
    package typealias Failure = Never

    private let stream: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    package init() {
        (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .unbounded)
    }

    package func hear(_ event: Event) { continuation.yield(event) }

    /// The sequence ends once its reader has all that was heard.
    package func finish() { continuation.finish() }

    package func makeAsyncIterator() -> AsyncStream<Event>.AsyncIterator { stream.makeAsyncIterator() }
}
