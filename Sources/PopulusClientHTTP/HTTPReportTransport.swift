import AsyncHTTPClient
import NIOCore
import PopulusClient
import PopulusDAP
import PopulusHTTPRequests
import PopulusTLS

/// Sends requests by async-http-client: certificates are checked, redirects not followed, bodies read up to a limit.
///
/// One may serve several clients. Its connections end when it is gone.
public final class HTTPReportTransport: ReportTransport {
    private let http: HTTPClient
    private let sender: RequestSender

    /// A way through which requests go to the servers, so that these see its address in place of the app's.
    ///
    /// A proxy of HTTP (`CONNECT`): it sees which host is asked, and nothing of what is said over `https`.
    public struct Relay: Sendable, Hashable {
        /// Its host's name or address.
        public var host: String
        /// Its port.
        public var port: Int

        /// That proxy.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// A file of authorities cannot be used.
    public struct UnusableAuthorities: Error, Sendable, CustomStringConvertible {
        /// Why, for people.
        public let description: String
    }

    /// Requests straight to the servers, or through a relay.
    public convenience init(relay: Relay? = nil) { self.init(relay, nil) }

    /// Requests to servers whose certificates are signed by authorities of one's own.
    ///
    /// - Parameters:
    ///   - path: the file of the authorities' certificates in PEM, in place of the system's; it is read once.
    ///   - relay: a way for the requests; nothing for straight to the servers.
    public convenience init(authorities path: String, relay: Relay? = nil) throws(UnusableAuthorities) {
        let tls: ClientTLS
        do throws(TLSFileError) { tls = try ClientTLS(authorities: path) } catch {
            throw UnusableAuthorities(description: "\(error)")
        }
        self.init(relay, tls)
    }

    private init(_ relay: Relay?, _ tls: ClientTLS?) {
        var configuration = RequestSender.configuration
        configuration.proxy = relay.map { .server(host: $0.host, port: $0.port) }
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        sender = RequestSender(http, tls: tls)
    }

    deinit {
        // What is under way still ends with an error, which nobody waits for.
        let http = http
        http.shutdown { _ in _ = http }
    }

    /// Sends a request once.
    ///
    /// - Throws: where there is no answer.
    public func send(_ request: TransportRequest) async throws -> TransportAnswer {
        let outcome = await sender.send(
            DAPRequest(
                request.method == .get ? .get : .post, request.url, token: request.token,
                contentType: request.contentType.flatMap { MediaType($0) }, body: request.body, fields: request.fields),
            within: .nanoseconds(Int64(min(request.timeout, 1e6) * 1e9)), limit: request.longestAnswer)
        switch outcome {
        case .answered(let answer), .strange(let answer): return Self.answer(answer)
        case .refused(let refusal): return Self.answer(refusal.answer)
        case .unanswered(let failure): throw NoAnswer(failure: failure)
        }
    }

    private static func answer(_ answer: DAPAnswer) -> TransportAnswer {
        var fields: [String: String] = [:]
        for name in ["content-type", "cache-control", "age", "retry-after"] { fields[name] = answer.field(name) }
        return TransportAnswer(status: answer.status, fields: fields, body: answer.body)
    }

    private struct NoAnswer: Error {
        let failure: ConnectionFailure
    }
}

extension PopulusClient {
    /// A client whose requests go straight to the servers.
    ///
    /// - Parameters: as for the initialiser with a transport.
    /// - Throws: ``PopulusClient/PopulusClient/Failure``, as that one.
    public convenience init(
        task: String, consent: Consent = .notAsked, options: Options = Options()
    ) throws(Failure) {
        try self.init(task: task, consent: consent, options: options, transport: HTTPReportTransport())
    }
}
