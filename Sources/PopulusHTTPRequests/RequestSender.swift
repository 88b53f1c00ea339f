// PopulusHTTPRequests sends what a client, a Collector and a Leader ask other servers, and reads the answers.

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PopulusDAP
import PopulusTLS

/// Sends one request once, and sorts what comes of it.
///
/// The one place that requests leave from: a client's, a Collector's and a Leader's.
package struct RequestSender: Sendable {
    /// The longest body of an answer that is no success, in bytes: more is no problem document.
    package static let longestProblem = 64 << 10

    /// So many bytes a second a body of an answer has at least, where it takes longer than its request may.
    private static let slowestBody = 64 << 10

    private let client: HTTPClient
    private let additionalTokenField: String?
    private let tls: ClientTLS?

    /// - Parameters:
    ///   - client: made with ``configuration``; its owner shuts it down.
    ///   - additionalTokenField: a header field that has the token as well, for servers that know no bearer tokens.
    ///   - tls: which authorities are trusted, and what is shown to servers that ask for a certificate; nothing for the
    ///     system's, and no certificate. Connections from before it was read again end when they rest.
    package init(_ client: HTTPClient, additionalTokenField: String? = nil, tls: ClientTLS? = nil) {
        self.client = client
        self.tls = tls
        self.additionalTokenField = additionalTokenField
    }

    /// How connections to aggregators are made, whoever makes them.
    package static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.tlsConfiguration = ClientTLS.plain
        configuration.timeout.connect = .seconds(5)
        // Less than any server waits.
        configuration.connectionPool.idleTimeout = .seconds(30)
        // Who sends a request again counts how often, and says why.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// Sends a request.
    ///
    /// - Parameters:
    ///   - time: from the first byte of the request to the last of its answer. A long body may take longer, as long as
    ///     `limit` bytes take at 64 KiB a second: a line may be slow, and a server that sends a byte now and then is not
    ///     waited for without end.
    ///   - limit: the longest body of a success, in bytes.
    ///   - hear: takes the answer without its body as soon as that is there: what it says of now gets old.
    package func send(
        _ request: DAPRequest, within time: TimeAmount, limit: Int,
        hear: @Sendable (DAPAnswer) -> Void = { _ in }
    ) async -> RequestOutcome {
        let began = ContinuousClock.now
        let end = began + .nanoseconds(time.nanoseconds) + .seconds(Double(limit) / Double(Self.slowestBody))
        do {
            let response = try await client.execute(message(request), deadline: .now() + time)
            var answer = DAPAnswer(
                status: Int(response.status.code), phrase: response.status.reasonPhrase, fields: response.headers)
            hear(answer)
            let isSuccess = 200..<300 ~= answer.status
            do {
                answer.body = try await Self.bytes(
                    of: response.body, upTo: isSuccess ? limit : Self.longestProblem, until: end)
            } catch is NIOTooManyBytesError {
                // The page of a proxy that is down says no less by its status.
                if isSuccess { return .unanswered(.tooLong(limit: limit)) }
            }
            answer.seconds = began.duration(to: .now) / .seconds(1)
            return RequestOutcome(answer)
        } catch {
            return .unanswered(ConnectionFailure(error))
        }
    }

    /// All bytes of a body.
    ///
    /// The library's own deadline is over once the head is there.
    private static func bytes(
        of body: HTTPClientResponse.Body, upTo limit: Int, until end: ContinuousClock.Instant
    ) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { Array(buffer: try await body.collect(upTo: limit)) }
            group.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let bytes = first else {
                throw HTTPClientError.deadlineExceeded
            }
            return bytes
        }
    }

    private func message(_ request: DAPRequest) -> HTTPClientRequest {
        var message = HTTPClientRequest(url: request.url)
        message.tlsConfiguration = tls?.configuration
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        if let token = request.token {
            message.headers.add(name: "authorization", value: "Bearer \(token)")
            if let additionalTokenField { message.headers.add(name: additionalTokenField, value: token) }
        }
        for (name, value) in request.fields { message.headers.add(name: name, value: value) }
        if let type = request.contentType { message.headers.add(name: "content-type", value: type.description) }
        if request.method == .post { message.body = BodyPieces.body(request.body) }
        return message
    }
}
