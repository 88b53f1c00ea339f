import NIOCore
import NIOSSL
import NIOTLS
import PopulusTLS
import Synchronization

/// What a connection's handshake has shown of its client.
final class ShownCertificate: Sendable {
    private let shown = Mutex<PeerCertificate?>(nil)

    /// The client's certificate; nothing over plain HTTP, and where the client has shown none.
    var certificate: PeerCertificate? {
        get { shown.withLock { $0 } }
        set { shown.withLock { $0 = newValue } }
    }
}

/// Stands between TLS and HTTP: notes the end of the handshake, and keeps the errors of TLS from HTTP.
///
/// Whoever fails a handshake has sent no request and is answered none. After it a connection ends as one over plain HTTP
/// does: the decoder sees by itself whether a body is whole.
final class TLSGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let tls: NIOSSLServerHandler
    private let shown: ShownCertificate
    private let pace: ConnectionPace
    private let places: ConnectionPlaces
    private let failures: HandshakeFailures
    private var isOpen = false

    init(
        _ tls: NIOSSLServerHandler, shown: ShownCertificate, pace: ConnectionPace, places: ConnectionPlaces,
        failures: HandshakeFailures
    ) {
        (self.tls, self.shown, self.pace, self.places, self.failures) = (tls, shown, pace, places, failures)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, !isOpen {
            isOpen = true
            shown.certificate = tls.peerCertificate.map { PeerCertificate($0) }
            places.endHandshake(pace)
            pace.enter(.fresh)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard Self.isOfTLS(error) else { return context.fireErrorCaught(error) }
        if !isOpen { failures.note(error) }
        // Without the other side's farewell the connection goes on to its end, or has ended.
        if case .uncleanShutdown? = error as? NIOSSLError { return }
        AbruptEnd.end(context.channel)
    }

    private static func isOfTLS(_ error: any Error) -> Bool {
        error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
            || error is NIOSSLCloseTimedOutError
            || error is NIOTLSUnwrappingError
    }
}

/// Stands before TLS, and ends connections without a farewell.
///
/// A connection whose place somebody else gets must not wait until its client has taken leave.
final class AbruptEnd: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Event {}

    /// Ends a connection at once, of whichever kind.
    static func end(_ channel: any Channel) {
        // Over plain HTTP, or before its handlers are there, nobody knows of the event.
        channel.triggerUserOutboundEvent(Event()).whenFailure { _ in channel.close(promise: nil) }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Event else { return context.triggerUserOutboundEvent(event, promise: promise) }
        promise?.succeed()
        context.close(promise: nil)
    }
}
