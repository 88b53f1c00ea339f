import NIOCore
import PopulusHTTPRequests
import Testing

@Suite struct BodyPiecesTests {
    private static let body = (0..<(9 * BodyPieces.pieceBytes + 5)).map {
        UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 11)
    }

    /// A connection may have them all before the first is sent.
    @Test func whatIsStillOnItsWayStays() async {
        var pieces: [ByteBuffer] = []
        for await piece in BodyPieces(bytes: Self.body) { pieces.append(piece) }
        #expect(pieces.count == 10 && pieces.dropLast().allSatisfy { $0.readableBytes == BodyPieces.pieceBytes })
        #expect(pieces.flatMap { Array($0.readableBytesView) } == Self.body)
    }

    @Test func whatWasSentGoes() async {
        var sent: [UInt8] = []
        for await piece in BodyPieces(bytes: Self.body) { sent += piece.readableBytesView }
        #expect(sent == Self.body)
    }
}
