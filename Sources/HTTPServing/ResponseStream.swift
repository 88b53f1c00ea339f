import NIOCore

/// A response's body that goes on: parts that are sent as they come.
///
/// Whoever makes the parts keeps its own bounds: of those that are not sent yet, this holds `limit` at most.
package final class ResponseStream: Sendable, Equatable {
    let parts: AsyncStream<ByteBuffer>
    private let continuation: AsyncStream<ByteBuffer>.Continuation

    /// - Parameters:
    ///   - limit: how many parts may wait to be sent.
    ///   - onEnd: called once when nobody reads any more, or the body has ended.
    package init(limit: Int, onEnd: @escaping @Sendable () -> Void = {}) {
        (parts, continuation) = AsyncStream.makeStream(of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(limit))
        continuation.onTermination = { _ in onEnd() }
    }

    /// Adds a part.
    ///
    /// - Returns: false where it is not sent: too many wait already, or nobody reads any more.
    package func send(_ part: ByteBuffer) -> Bool {
        if case .enqueued = continuation.yield(part) { true } else { false }
    }

    /// The body ends with what was added before.
    package func close() { continuation.finish() }

    /// The same body, not one with the same bytes.
    package static func == (one: ResponseStream, other: ResponseStream) -> Bool { one === other }
}
