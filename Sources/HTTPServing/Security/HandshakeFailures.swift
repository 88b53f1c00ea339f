import Logging
import NIOCore
import Synchronization

/// Why handshakes have failed, for the log: each reason now and then, and nobody's address.
///
/// Strangers can fail as often as they like.
final class HandshakeFailures: Sendable {
    /// What makes a difference to the operator.
    enum Reason: Hashable, Sendable {
        case clientCertificate
        case distrust
        case plainHTTP
        case version
        case other

        /// The library says it in its words only.
        init(_ error: any Error) {
            let text = "\(error)"
            self =
                if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("PEER_DID_NOT_RETURN") {
                    .clientCertificate
                } else if text.contains("ALERT_UNKNOWN_CA") || text.contains("ALERT_CERTIFICATE")
                    || text.contains("ALERT_BAD_CERTIFICATE")
                {
                    .distrust
                } else if text.contains("HTTP_REQUEST") || text.contains("HTTPS_PROXY_REQUEST") {
                    .plainHTTP
                } else if text.contains("UNSUPPORTED_PROTOCOL") || text.contains("VERSION") {
                    .version
                } else {
                    .other
                }
        }

        /// What an operator can do something about.
        var words: String? {
            switch self {
            case .clientCertificate:
                "a client's certificate was refused: it is not signed by an authority that is trusted here, or has expired"
            case .distrust: "a client does not trust this server's certificate"
            case .plainHTTP: "a client speaks plain HTTP where TLS is spoken: its URL must begin with https"
            case .version: "a client has no version of TLS from 1.2 on"
            case .other: nil
            }
        }
    }

    private struct State {
        var told: NIODeadline?
        /// How often since.
        var count = 0
    }

    private static let pause = TimeAmount.minutes(10)

    private let logger: Logger
    private let states = Mutex<[Reason: State]>([:])

    init(logger: Logger) { self.logger = logger }

    func note(_ error: any Error, now: NIODeadline = .now()) {
        let reason = Reason(error)
        guard let words = reason.words else { return logger.debug("a handshake failed: \(error)") }
        let count = states.withLock { states -> Int? in
            var state = states[reason] ?? State()
            defer { states[reason] = state }
            state.count += 1
            if let told = state.told, now - told < Self.pause { return nil }
            defer { state = State(told: now) }
            return state.count
        }
        guard let count else { return }
        logger.notice("\(words)", metadata: count > 1 ? ["times": "\(count)"] : [:])
    }
}
