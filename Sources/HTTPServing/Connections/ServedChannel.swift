import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOSSL
import PopulusTLS

/// How Hummingbird's server hands its connections to us: its HTTP/1.1 pipeline, our loop over requests.
///
/// Hummingbird's own loop answers what it does not like with an empty body, reads a refused body to its end and leaves
/// `Expect` alone. Here every refusal is a response of the handler's (a problem document), made from the head if it can be,
/// and a connection whose body was refused is closed.
struct ServedChannel<Handler: RequestHandler>: Sendable {
    /// One connection: its request parts, what their heads say besides, and the clock that its peer must keep up with.
    struct Value: Sendable {
        let parts: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
        let facts: HeadFactsQueue
        let pace: ConnectionPace
        let shown: ShownCertificate
        var channel: any Channel { parts.channel }
    }

    let handler: Handler
    let limits: TransportLimits
    let openBodies: BodyBudget
    let authenticatedBodies: BodyBudget
    let spareMemory = SpareMemory()
    let places: ConnectionPlaces
    /// Nothing for plain HTTP.
    let tls: ServerTLS?
    private let failures: HandshakeFailures

    init(handler: Handler, limits: TransportLimits, tls: ServerTLS?, logger: Logger) {
        self.handler = handler
        self.limits = limits
        self.tls = tls
        failures = HandshakeFailures(logger: logger)
        openBodies = BodyBudget(limit: limits.openBodyBudget)
        authenticatedBodies = BodyBudget(limit: limits.authenticatedBodyBudget)
        places = ConnectionPlaces(limits)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let http = HTTP1Channel(
            responder: { _, _, _ in },
            configuration: .init(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.maximumHead, maxHeaderListSize: limits.maximumHead,
                    maxHeaderFieldCount: limits.maximumFields)))
        let pace = ConnectionPace(limits: limits, hasHandshake: tls != nil)
        guard places.take(channel, pace, hasHandshake: tls != nil) else {
            channel.close(promise: nil)
            return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
        }
        return ReceiveBuffer.set(on: channel).flatMap {
            http.setup(channel: channel, logger: logger)
        }.flatMapThrowing { parts in
            let pipeline = channel.pipeline.syncOperations
            let (meter, facts) = (PaceHandler(pace: pace, tick: limits.tick), HeadFactsQueue())
            try pipeline.addHandler(meter, position: .first)
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(
                RequestIntake(facts: facts, meter: meter, limits: limits), position: .after(decoder))
            let shown = ShownCertificate()
            if let tls { try secure(pipeline, tls, shown: shown, pace: pace) }
            // What comes while the server stops is handed to nobody, and a writer must not end before its channel.
            channel.closeFuture.whenComplete { _ in withExtendedLifetime(parts) {} }
            return Value(parts: parts, facts: facts, pace: pace, shown: shown)
        }.flatMapErrorThrowing { error in
            // Its place was given away meanwhile, or the peer has gone: nobody else closes it.
            channel.close(promise: nil)
            throw error
        }
    }

    /// Puts TLS before all that stands in the pipeline; what counts bytes counts those of HTTP.
    private func secure(
        _ pipeline: ChannelPipeline.SynchronousOperations, _ tls: ServerTLS, shown: ShownCertificate,
        pace: ConnectionPace
    ) throws {
        let handler = NIOSSLServerHandler(context: tls.context)
        let gate = TLSGate(handler, shown: shown, pace: pace, places: places, failures: failures)
        try pipeline.addHandler(gate, position: .first)
        try pipeline.addHandler(handler, position: .first)
        try pipeline.addHandler(AbruptEnd(), position: .first)
    }

    func handle(value: Value, logger: Logger) async {
        let channel = value.parts.channel
        do {
            try await withTaskCancellationHandler {
                try await value.parts.executeThenClose { inbound, outbound in
                    var connection = ServedConnection(
                        shell: self, facts: value.facts, pace: value.pace, shown: value.shown,
                        iterator: inbound.makeAsyncIterator(), outbound: outbound)
                    try await connection.serve()
                }
            } onCancel: {
                channel.close(mode: .input, promise: nil)
            }
        } catch {
            // The peer went away, or its bytes came too slowly after a refusal: nothing is left to answer.
            logger.trace("connection ended: \(error)")
        }
    }
}
