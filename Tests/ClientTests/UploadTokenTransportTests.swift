import Client
import HTTPServing
import HTTPServingHarness
import HTTPTypes
import PopulusDAP
import PopulusHTTPRequests
import Synchronization
import Testing

/// Whom a client shows its upload token.
@Suite struct UploadTokenTransportTests {
    /// The Leader alone, and with reports alone: the Helper has no part in it, and keys are for everybody.
    @Test(arguments: [nil, "a-token-of-all-clients"]) func onlyTheLeaderSeesItAndOnlyWithReports(
        token: String?
    ) async throws {
        let (leader, helper) = (ListeningAggregator(), ListeningAggregator())
        try await withServer(leader) { leaderPort in
            try await withServer(helper) { helperPort in
                func url(_ port: Int) -> [UInt8] { Array("http://127.0.0.1:\(port)/".utf8) }
                let configuration = try TaskConfiguration(
                    taskInfo: [1], leaderEndpoint: url(leaderPort), helperEndpoint: url(helperPort),
                    timePrecision: TimePrecision(seconds: 60), minBatchSize: 1, batchMode: .timeInterval,
                    vdaf: .prio3Count, extensions: [])
                let requester = DAPRequester(patience: .init(first: 0.2, later: 0.2))
                let transport = HTTPUploadTransport(
                    task: .random(), configuration: configuration, requester: requester, token: token)
                _ = try await transport.hpkeConfigs()
                _ = try await transport.upload([1, 2, 3])
                await requester.shutdown()
            }
        }
        #expect(leader.heard == ["GET: nothing", "POST: \(token.map { "Bearer \($0)" } ?? "nothing")"])
        #expect(helper.heard == ["GET: nothing"])
    }
}

/// Gives out a key, takes whatever is posted, and notes what each request showed.
private final class ListeningAggregator: RequestHandler {
    private let key = HpkeKeyPair.generate(id: 3).config
    private let requests = Mutex<[String]>([])

    var heard: [String] { requests.withLock { $0 } }

    func admit(_ head: HTTPRequest) -> Result<Admission<Bool>, Refusal> {
        requests.withLock { $0.append("\(head.method.rawValue): \(head.headerFields[.authorization] ?? "nothing")") }
        guard head.method == .post else { return .success(Admission(route: true)) }
        return .success(Admission(route: false, maximumBody: 1 << 20, mediaTypes: [AnyBody()]))
    }

    func respond(to isForKeys: Bool, body: [UInt8]) async -> ServerResponse {
        guard isForKeys else { return ServerResponse(status: .ok) }
        return ServerResponse(
            status: .ok, headers: [.contentType: MediaType.hpkeConfigList.description],
            body: HpkeConfigList(configs: [key]).encoded())
    }

    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status)
    }

    func completed(_ head: HTTPRequest?, route: Bool?, status: HTTPResponse.Status) {}
}

/// Whatever a body is said to be.
private struct AnyBody: BodyType {
    var description: String { "anything" }

    func matches(_ field: String?) -> Bool { true }
}
