import AsyncHTTPClient
import NIOCore

/// A request's body in pieces: a shard's request would be in memory twice if it became one buffer.
struct BodyPieces: AsyncSequence, Sendable {
    static let pieceBytes = 256 << 10

    let bytes: [UInt8]

    /// The body as `HTTPClientRequest` takes it; a small one is one buffer.
    static func body(_ bytes: [UInt8]) -> HTTPClientRequest.Body {
        bytes.count <= pieceBytes
            ? .bytes(ByteBuffer(bytes: bytes))
            : .stream(BodyPieces(bytes: bytes), length: .known(Int64(bytes.count)))
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let bytes: [UInt8]
        var start = 0
        /// Pieces that were sent or are on their way.
        ///
        /// Fresh memory for each would cost more than what is copied into it. One that is still in use gets other memory.
        private var pieces = [ByteBuffer](repeating: ByteBuffer(), count: 3)
        private var place = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() async -> ByteBuffer? {
            guard start < bytes.count else { return nil }
            let end = Swift.min(start + BodyPieces.pieceBytes, bytes.count)
            defer { (start, place) = (end, (place + 1) % pieces.count) }
            pieces[place].clear(minimumCapacity: BodyPieces.pieceBytes)
            pieces[place].writeBytes(bytes[start..<end])
            return pieces[place]
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes) }
}
