import NIOCore
import NIOPosix

/// A server that answers whatever comes with the same bytes, and closes the connection or does not.
enum AnsweringServer {
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var answer: [UInt8]?
        private let closes: Bool

        init(_ answer: [UInt8]?, closes: Bool) { (self.answer, self.closes) = (answer, closes) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let bytes = answer else { return }
            answer = nil
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
            if closes { context.close(promise: nil) }
        }
    }

    /// Serves on a free port for the time of the body.
    ///
    /// - Parameters:
    ///   - answer: nothing for a server that never answers.
    ///   - closes: whether it closes the connection after the answer.
    static func serving<Result: Sendable>(
        _ answer: [UInt8]?, closes: Bool = true, _ body: (_ port: Int) async throws -> Result
    ) async throws -> Result {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer, closes: closes))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body(channel.localAddress?.port ?? 0)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }
}
