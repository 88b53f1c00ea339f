import AsyncHTTPClient
import NIOCore

/// A request's body in pieces: a shard's request would be in memory twice if it became one buffer.
package struct BodyPieces: AsyncSequence, Sendable {
    package static let pieceBytes = 256 << 10

    private let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// The body as `HTTPClientRequest` takes it; a small one is one buffer.
    static func body(_ bytes: [UInt8]) -> HTTPClientRequest.Body {
        bytes.count <= pieceBytes
            ? .bytes(ByteBuffer(bytes: bytes))
            : .stream(BodyPieces(bytes: bytes), length: .known(Int64(bytes.count)))
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        private let bytes: [UInt8]
        private var start = 0
        /// Pieces that were sent or are on their way.
        ///
        /// Fresh memory for each would cost more than what is copied into it. One that is still in use gets other memory.
        private var pieces = [ByteBuffer](repeating: ByteBuffer(), count: 3)
        private var place = 0

        fileprivate init(bytes: [UInt8]) { self.bytes = bytes }

        package mutating func next() async -> ByteBuffer? {
            guard start < bytes.count else { return nil }
            let end = Swift.min(start + BodyPieces.pieceBytes, bytes.count)
            defer { (start, place) = (end, (place + 1) % pieces.count) }
            pieces[place].clear(minimumCapacity: BodyPieces.pieceBytes)
            pieces[place].writeBytes(bytes[start..<end])
            return pieces[place]
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes) }
}
