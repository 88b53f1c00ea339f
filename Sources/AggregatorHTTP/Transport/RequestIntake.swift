import NIOCore
import NIOHTTP1

/// Stands behind the HTTP decoder: keeps what its heads say of the connection, and bounds what chunks may cost.
///
/// The decoder hands on each chunk by itself. Chunks of one byte would each wake the request's task and wait in a queue as
/// something many times their size, so what came with one read goes on as one part. Sizes, extensions and trailers of
/// chunks are in no body and no memory budget, so their bytes are counted: there may be as many as of the body itself, and
/// some more.
final class RequestIntake: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// A chunked body that is being read, in bytes.
    private struct Chunked {
        /// What the connection had received when its head was decoded.
        var start: Int
        /// The bytes that are body.
        var body = 0
    }

    private let facts: HeadFactsQueue
    private let meter: PaceHandler
    private let allowance: Int
    private var pending: ByteBuffer?
    private var chunked: Chunked?

    /// - Parameters:
    ///   - meter: counts what the connection receives.
    ///   - allowance: how many bytes beyond the body's own number its chunks may take.
    init(facts: HeadFactsQueue, meter: PaceHandler, allowance: Int) {
        self.facts = facts
        self.meter = meter
        self.allowance = allowance
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            flush(context)
            let facts = HeadFacts(head)
            self.facts.append(facts)
            chunked = facts.isChunked ? Chunked(start: meter.received) : nil
            // Nobody knew of it then: RFC 9110 §10.1.1.
            if head.isHTTP10 { head.headers.remove(name: "expect") }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body(var part):
            chunked?.body += part.readableBytes
            if pending?.writeBuffer(&part) == nil { pending = part }
        case .end(let trailers):
            flush(context)
            chunked = nil
            context.fireChannelRead(wrapInboundOut(.end(trailers)))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        if let chunked, meter.received - chunked.start - chunked.body > allowance + chunked.body {
            // Once.
            self.chunked = nil
            context.fireErrorCaught(Refusal.chunksWasteful)
        }
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        flush(context)
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        flush(context)
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        flush(context)
        context.fireChannelInactive()
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard let part = pending else { return }
        pending = nil
        context.fireChannelRead(wrapInboundOut(.body(part)))
    }
}
