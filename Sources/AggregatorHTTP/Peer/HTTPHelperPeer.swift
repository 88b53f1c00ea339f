import Aggregator
import AsyncHTTPClient
import DAP
import NIOCore
import NIOHTTP1

/// The Leader's way to its Helper over HTTP.
package struct HTTPHelperPeer: HelperPeer {
    private let client: HTTPClient
    private let base: String
    private let token: String
    private let limits: Limits

    /// Bounds on what the Helper may do to the Leader.
    package struct Limits: Sendable {
        /// From the first byte of a request to the last of its answer.
        package var deadline = TimeAmount.minutes(10)
        /// The greatest answer, in bytes.
        package var greatestAnswer = 64 << 20
        /// The greatest problem document, in bytes.
        package var greatestProblem = 64 << 10

        package init() {}
    }

    /// - Parameters:
    ///   - url: the Helper's base URL.
    ///   - token: what the Leader shows.
    package init(client: HTTPClient, url: String, token: String, limits: Limits = Limits()) {
        self.client = client
        base = url.hasSuffix("/") ? url : url + "/"
        self.token = token
        self.limits = limits
    }

    /// A client with the settings that this peer wants.
    ///
    /// Its owner shuts it down.
    package static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
        // Shards in flight, and a few more; each connection is reused.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        configuration.httpVersion = .http1Only
        return HTTPClient(configuration: configuration)
    }

    package func createAggregationJob(
        task: TaskID, body: [UInt8]
    ) async throws(PeerError) -> (id: AggregationJobID, body: [UInt8]) {
        let answer = try await send(
            .POST, "tasks/\(task)/aggregation_jobs", type: .aggregationJobInitReq, body: body,
            expecting: .aggregationJobResp)
        let path = answer.location?.prefix { $0 != "?" } ?? ""
        guard let id = path.split(separator: "/").last.flatMap({ AggregationJobID(base64URL: $0) }) else {
            throw Self.misbehaviour("the Helper's answer does not say where the aggregation job is")
        }
        return (id, answer.body)
    }

    package func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> [UInt8] {
        let answers: [MediaType: MediaType] = [
            .aggregationJobContinueReq: .aggregationJobResp, .walkEvaluateReq: .walkEvaluateResp,
            .walkVerdictReq: .walkVerdictResp,
        ]
        guard let expected = answers[mediaType] else {
            throw Self.misbehaviour("no answer is known to \(mediaType)")
        }
        return try await send(
            .POST, "tasks/\(task)/aggregation_jobs/\(id)", type: mediaType, body: body, expecting: expected
        ).body
    }

    package func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError) {
        _ = try await send(.DELETE, "tasks/\(task)/aggregation_jobs/\(id)")
    }

    package func createAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> [UInt8] {
        try await send(
            .POST, "tasks/\(task)/aggregate_shares", type: mediaType, body: body, expecting: .aggregateShare
        ).body
    }
}

extension HTTPHelperPeer {
    private struct Answer {
        var body: [UInt8]
        var location: String?
    }

    private func send(
        _ method: HTTPMethod, _ path: String, type: MediaType? = nil, body: [UInt8] = [],
        expecting: MediaType? = nil
    ) async throws(PeerError) -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let type {
            request.headers.add(name: "Content-Type", value: type.description)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let deadline = NIODeadline.now() + limits.deadline
        let response: HTTPClientResponse
        let content: [UInt8]
        do {
            response = try await client.execute(request, deadline: deadline)
            let isFine = (200...299).contains(response.status.code)
            content = Array(
                buffer: try await response.body.collect(
                    upTo: isFine ? limits.greatestAnswer : limits.greatestProblem))
        } catch is NIOTooManyBytesError {
            throw Self.misbehaviour("the Helper's answer is larger than \(limits.greatestAnswer) bytes")
        } catch {
            // Whatever keeps bytes from arriving may pass: a Helper that is away, a connection that broke.
            throw .transient(reason: "no answer from \(base): \(error)", retryAfter: nil)
        }
        try Self.check(response, content)
        if let expecting {
            guard expecting.matches(response.headers.first(name: "Content-Type")) else {
                throw Self.misbehaviour("the Helper's answer is not of the type \(expecting)")
            }
        }
        return Answer(body: content, location: response.headers.first(name: "Location"))
    }

    /// Sorts what is no success into what may pass and what will not.
    private static func check(_ response: HTTPClientResponse, _ content: [UInt8]) throws(PeerError) {
        let status = Int(response.status.code)
        switch status {
        case 200...299: return
        case 408, 425, 429, 500...599:
            let retry = response.headers.first(name: "Retry-After").flatMap { Int($0) }.map {
                Duration.seconds(max(0, $0))
            }
            throw .transient(reason: "the Helper answered \(status)", retryAfter: retry)
        default:
            let isProblem = response.headers.first(name: "Content-Type").map { MediaType.problem.matches($0) } ?? false
            guard isProblem, let document = ProblemDocument(decoding: content), isVerdict(document) else {
                // A wrong token, another task's Helper, a proxy's page: the setup is wrong, not the walk. What is bound
                // to the walk would be lost by giving up, and an operator can mend this.
                throw .transient(
                    reason: "it answered \(status) \(response.status.reasonPhrase): check the Helper's address, its "
                        + "task file and the token",
                    retryAfter: nil)
            }
            throw .problem(document, status: status)
        }
    }

    /// Whether a Helper of this very task and token judged the request.
    private static func isVerdict(_ document: ProblemDocument) -> Bool {
        switch document.type {
        case nil, .unrecognizedTask?, .other?: false
        default: true
        }
    }

    /// What no repetition will mend: the other side does not speak the protocol.
    private static func misbehaviour(_ detail: String) -> PeerError {
        .problem(ProblemDocument(type: .invalidMessage, status: 400, detail: detail), status: 400)
    }
}
