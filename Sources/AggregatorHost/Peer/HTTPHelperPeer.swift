import Aggregator
import AsyncHTTPClient
import HTTPServing
import NIOCore
import PopulusDAP
import PopulusHTTPRequests
import PopulusTLS

/// The Leader's way to its Helper over HTTP.
///
/// Spec: DAP §3, §4.5, §4.6.4
package struct HTTPHelperPeer: HelperPeer {
    let exchange: HelperExchange

    /// Bounds on what the Helper may do to the Leader.
    package struct Limits: Sendable {
        /// From the first byte of a request to the last of its answer; a long one may take longer, see `RequestSender`.
        package var deadline = TimeAmount.minutes(10)
        /// The greatest answer, in bytes.
        package var greatestAnswer = 64 << 20
        /// How long a request is repeated whose answers are none of the protocol's: a redirect, another media type.
        package var longestMisunderstanding = TimeAmount.hours(1)

        package init() {}
    }

    /// - Parameters:
    ///   - url: the Helper's base URL.
    ///   - token: what the Leader shows; asked for with each request.
    ///   - additionalTokenField: a header field that has the token as well, for Helpers that know no bearer tokens.
    ///   - tls: which authorities are trusted, and what is shown to a Helper that asks for a certificate.
    ///   - witness: the Leader's store, whose state goes with every request.
    ///   - clock: what the Leader's clock shows, which goes with every request, and what is heard of the Helper's.
    ///   - fields: what goes with every request besides, such as the task itself.
    package init(
        client: HTTPClient, url: String, token: @autoclosure @escaping @Sendable () -> String,
        additionalTokenField: String? = nil, limits: Limits = Limits(), tls: ClientTLS? = nil,
        witness: (any StoreWitness)? = nil, clock: PeerClock? = nil, fields: [String: String] = [:]
    ) {
        exchange = HelperExchange(
            sender: RequestSender(client, additionalTokenField: additionalTokenField, tls: tls),
            base: url.hasSuffix("/") ? url : url + "/", token: token, limits: limits, witness: witness, clock: clock,
            fields: fields)
    }

    /// A client with the settings that this peer wants.
    ///
    /// Its owner shuts it down.
    package static func makeClient() -> HTTPClient {
        var configuration = RequestSender.configuration
        // Shards in flight, and a few more; each connection is reused.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { ReceiveBuffer.set(on: $0) }
        return HTTPClient(configuration: configuration)
    }

    package func clock(task: TaskID, isAnew: Bool) async throws(PeerError) -> HelperClock? {
        try await exchange.helperClock(task: task, isAnew: isAnew)
    }

    // MARK: Aggregation jobs

    package func createAggregationJob(task: TaskID, body: [UInt8]) async throws(PeerError) -> AggregationJobAnswer {
        let reply = try await exchange.send(
            .post, "tasks/\(task)/aggregation_jobs", .aggregationJobInitReq, body, expecting: .aggregationJobResp)
        return AggregationJobAnswer(id: try reply.created(), state: reply.state)
    }

    package func postAggregationJob(
        task: TaskID, id: AggregationJobID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregationJobAnswer {
        let answers: [MediaType: MediaType] = [
            .aggregationJobContinueReq: .aggregationJobResp, .walkEvaluateReq: .walkEvaluateResp,
            .walkVerdictReq: .walkVerdictResp,
        ]
        guard let expected = answers[mediaType] else {
            throw HelperExchange.misbehaviour("no answer is known to \(mediaType)")
        }
        let reply = try await exchange.send(
            .post, "tasks/\(task)/aggregation_jobs/\(id)", mediaType, body, expecting: expected)
        return AggregationJobAnswer(id: id, state: reply.state)
    }

    package func aggregationJob(
        task: TaskID, id: AggregationJobID, step: UInt16
    ) async throws(PeerError) -> AggregationJobAnswer {
        let reply = try await exchange.send(
            .get, "tasks/\(task)/aggregation_jobs/\(id)?step=\(step)", expecting: .aggregationJobResp)
        return AggregationJobAnswer(id: id, state: reply.state)
    }

    package func deleteAggregationJob(task: TaskID, id: AggregationJobID) async throws(PeerError) {
        try await exchange.delete("tasks/\(task)/aggregation_jobs/\(id)")
    }

    // MARK: Aggregate shares

    package func createAggregateShare(
        task: TaskID, mediaType: MediaType, body: [UInt8]
    ) async throws(PeerError) -> AggregateShareAnswer {
        let reply = try await exchange.send(
            .post, "tasks/\(task)/aggregate_shares", mediaType, body, expecting: .aggregateShare)
        return AggregateShareAnswer(id: try reply.created(), state: reply.state)
    }

    package func aggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) -> AggregateShareAnswer {
        let reply = try await exchange.send(.get, "tasks/\(task)/aggregate_shares/\(id)", expecting: .aggregateShare)
        return AggregateShareAnswer(id: id, state: reply.state)
    }

    package func deleteAggregateShare(task: TaskID, id: AggregateShareID) async throws(PeerError) {
        try await exchange.delete("tasks/\(task)/aggregate_shares/\(id)")
    }
}
