import Aggregator
import AggregatorServer
import AsyncHTTPClient
import HTTPServing
import NIOCore
import PopulusDAP
import PopulusHTTPRequests
import PopulusTLS

/// The way to the other processes of the role: HTTP to their internal addresses, with TLS where they tell an `https` URL.
///
/// They are close by, so a connection is there at once or not at all. An answer takes as long as it takes: who asks gives up
/// where the other process's life has ended.
package struct HTTPReplicaLink: ReplicaLink {
    /// Bounds on what another process may cost this one.
    package struct Limits: Sendable {
        /// From the first byte of a request to the last of its answer, as long as a Leader waits too.
        ///
        /// A long answer may take longer, see `RequestSender`.
        package var deadline = TimeAmount.minutes(10)
        /// The greatest answer, in bytes.
        package var greatestAnswer = 64 << 20

        package init() {}
    }

    private let sender: RequestSender
    private let secret: ReplicaSecret
    private let limits: Limits
    private let isSecure: Bool

    /// - Parameters:
    ///   - client: made by ``makeClient()``; its owner shuts it down.
    ///   - tls: which authorities are trusted.
    ///   - isSecure: whether nothing is passed on without TLS.
    package init(
        client: HTTPClient, secret: ReplicaSecret, limits: Limits = Limits(), tls: ClientTLS? = nil,
        isSecure: Bool = false
    ) {
        (self.secret, self.limits, self.isSecure) = (secret, limits, isSecure)
        sender = RequestSender(client, tls: tls)
    }

    /// A client with the settings that this link wants.
    package static func makeClient() -> HTTPClient {
        var configuration = RequestSender.configuration
        configuration.timeout.connect = .milliseconds(1500)
        // All that several Leaders have in flight may go to one process.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { ReceiveBuffer.set(on: $0) }
        return HTTPClient(configuration: configuration)
    }

    package func forward(
        _ request: JobRequest, task: TaskID, to address: String
    ) async throws(AggregatorError) -> AggregationJobAnswer {
        guard !isSecure || address.hasPrefix(ReplicaPlace.secureScheme) else {
            throw .elsewhere("\(address) speaks plain HTTP, and this process TLS alone")
        }
        let reply = try await exchange(message(request, task: task, to: address), with: address)
        return AggregationJobAnswer(id: request.id, state: try ReplicaOutcome.read(reply))
    }

    private func message(_ request: JobRequest, task: TaskID, to address: String) -> DAPRequest {
        let base = address.hasPrefix(ReplicaPlace.secureScheme) ? address : "http://\(address)"
        let url = "\(base)\(ReplicaHandler.path(task: task, job: request.id, request.kind))"
        let (method, mediaType): (DAPRequest.Method, MediaType?) =
            switch request.kind {
            case .create: (.post, .aggregationJobInitReq)
            case .post(let mediaType): (.post, mediaType)
            case .poll: (.get, nil)
            }
        return DAPRequest(method, url, token: secret.token, contentType: mediaType, body: request.body)
    }

    /// An answer of whoever is there; whatever keeps it away may pass.
    private func exchange(
        _ message: DAPRequest, with address: String
    ) async throws(AggregatorError) -> ReplicaOutcome.Reply {
        let outcome = await sender.send(message, within: limits.deadline, limit: limits.greatestAnswer)
        switch outcome {
        case .answered(let answer), .strange(let answer): return ReplicaOutcome.Reply(answer)
        case .refused(let refusal): return ReplicaOutcome.Reply(refusal.answer)
        case .unanswered(.noAnswer(let reason)), .unanswered(.noAddress(let reason)):
            throw .elsewhere("no answer from \(address): \(reason)")
        case .unanswered(.tooLong(let limit)):
            throw .elsewhere("the answer from \(address) is longer than \(limit) bytes")
        case .unanswered(.untrustedServer):
            throw .elsewhere("the certificate of \(address) is not trusted: \(ConnectionFailure.untrusted)")
        case .unanswered(.cancelled):
            throw .elsewhere("no answer from \(address): it is no longer waited for")
        }
    }
}

extension ReplicaOutcome.Reply {
    fileprivate init(_ answer: DAPAnswer) {
        self.init(
            status: answer.status, outcome: answer.field(ReplicaOutcome.fieldName), mediaType: answer.contentType,
            retryAfter: answer.retryAfter, body: answer.body)
    }
}
