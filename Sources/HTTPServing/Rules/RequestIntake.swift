import NIOCore
import NIOHTTP1

/// Stands behind the HTTP decoder: keeps what its heads say of the connection, and bounds what chunks may cost.
///
/// A decoded head takes thirty times the room of a short one on the wire. So requests that were sent without waiting for the
/// answers to earlier ones are held up to a number, and what comes behind them is no request any more.
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

    /// Parts of at least so many bytes are not joined to what came before.
    private static let leastWhole = 16 << 10

    private let facts: HeadFactsQueue
    private let meter: PaceHandler
    private let limits: TransportLimits
    /// Whether nothing is taken any more.
    private var isOver = false
    private var pending: ByteBuffer?
    private var chunked: Chunked?

    /// - Parameter meter: counts what the connection receives.
    init(facts: HeadFactsQueue, meter: PaceHandler, limits: TransportLimits) {
        self.facts = facts
        self.meter = meter
        self.limits = limits
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOver { return }
        switch unwrapInboundIn(data) {
        case .head(var head):
            flush(context)
            let facts = HeadFacts(head)
            guard self.facts.append(facts) <= limits.maximumPipelined else {
                return end(context, .tooManyPipelined(limit: limits.maximumPipelined))
            }
            chunked = facts.isChunked ? Chunked(start: meter.received) : nil
            // Nobody knew of it then: RFC 9110 §10.1.1.
            if head.isHTTP10 { head.headers.remove(name: "expect") }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body(var part):
            chunked?.body += part.readableBytes
            // A large one is copied no further time.
            if part.readableBytes >= Self.leastWhole { flush(context) }
            if pending?.writeBuffer(&part) == nil { pending = part }
        case .end(let trailers):
            flush(context)
            chunked = nil
            context.fireChannelRead(wrapInboundOut(.end(trailers)))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        if let chunked, meter.received - chunked.start - chunked.body > limits.chunkAllowance + chunked.body {
            end(context, .chunksWasteful)
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

    /// Hands a refusal on, behind all that was read before, and reads no more.
    private func end(_ context: ChannelHandlerContext, _ refusal: Refusal) {
        isOver = true
        chunked = nil
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in context.close(promise: nil) }
        context.fireErrorCaught(refusal)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard let part = pending else { return }
        pending = nil
        context.fireChannelRead(wrapInboundOut(.body(part)))
    }
}
