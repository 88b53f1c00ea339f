import AggregatorHost
import Client
import HTTPServing
import HTTPServingHarness
import HTTPTypes
import PopulusCollector
import PopulusDAP
import PopulusHTTPRequests
import Synchronization
import Testing

/// Which requests bring their task: those about a task whose ID is that of its configuration.
///
/// Spec: draft-ietf-ppm-dap-taskprov (July 2026) §3.6, §3.7, §3.9
@Suite struct AdvertisedRequestTests {
    /// Runs the body against a server that answers nothing of use; gives the field of each request, behind its method.
    private func heard(_ body: @Sendable (_ port: Int) async throws -> Void) async throws -> [String] {
        let server = NotingServer()
        try await withServer(server, body)
        return server.heard
    }

    private static func task(port: Int) throws -> TaskConfiguration {
        try TaskConfiguration(
            taskInfo: [1], leaderEndpoint: Array("http://127.0.0.1:\(port)/".utf8),
            helperEndpoint: Array("http://127.0.0.1:\(port)/helper/".utf8), timePrecision: TimePrecision(seconds: 60),
            minBatchSize: 1, batchMode: .timeInterval, vdaf: .prio3Count, extensions: [])
    }

    /// A task of a server's, with its own ID or a drawn one, and what its requests have then.
    private static func parts(_ port: Int, isBrought: Bool) throws -> (TaskID, TaskConfiguration) {
        let task = try task(port: port)
        return (isBrought ? task.advertisedTaskID : .random(), task)
    }

    private func check(
        _ heard: [String], _ methods: [String], isBrought: Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(heard.map { String($0.prefix { $0 != " " }) } == methods, sourceLocation: sourceLocation)
        for line in heard {
            let value = String(line.drop { $0 != " " }.dropFirst())
            // It names the very server that was asked.
            let brought = TaskAdvertisement(fieldValue: value)?.configuration?.taskInfo
            #expect(brought == (isBrought ? [1] : nil), "\(line)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [true, false]) func aClientBringsItsTask(isBrought: Bool) async throws {
        let heard = try await heard { port in
            let (id, task) = try Self.parts(port, isBrought: isBrought)
            let requester = DAPRequester(patience: .init(first: 0.2, later: 0.2))
            _ = try await HTTPUploadTransport(task: id, configuration: task, requester: requester).upload([1])
            await requester.shutdown()
        }
        check(heard, ["POST"], isBrought: isBrought)
    }

    @Test(arguments: [true, false]) func aCollectorBringsItsTask(isBrought: Bool) async throws {
        let heard = try await heard { port in
            let (id, task) = try Self.parts(port, isBrought: isBrought)
            let requester = DAPRequester(patience: .init(first: 0.2, later: 0.2))
            let jobs = LeaderCollectionJobs(
                task: id, configuration: task, token: "a-token-of-the-collector", resultType: .uploadErrors,
                leastReports: 3, requester: requester)
            // What comes back is of no use to anybody.
            _ = try? await jobs.create([1])
            _ = try? await jobs.result(of: .random())
            _ = await jobs.rejections(of: .random())
            try? await jobs.delete(.random())
            await requester.shutdown()
        }
        check(heard, ["POST", "GET", "GET", "DELETE"], isBrought: isBrought)
    }

    @Test(arguments: [true, false]) func aLeaderBringsItsTask(isBrought: Bool) async throws {
        let heard = try await heard { port in
            let (id, task) = try Self.parts(port, isBrought: isBrought)
            let client = HTTPHelperPeer.makeClient()
            let peer = HTTPHelperPeer(
                client: client, url: "http://127.0.0.1:\(port)/", token: "a-token-of-the-leader",
                fields: TaskAdvertisement.fields(for: id, task))
            // What comes back is of no use to anybody.
            _ = try? await peer.createAggregationJob(task: id, body: [1])
            _ = try? await peer.postAggregationJob(
                task: id, id: .random(), mediaType: .aggregationJobContinueReq, body: [1])
            _ = try? await peer.aggregationJob(task: id, id: .random(), step: 0)
            try? await peer.deleteAggregationJob(task: id, id: .random())
            _ = try? await peer.createAggregateShare(task: id, mediaType: .aggregateShareReq, body: [1])
            _ = try? await peer.aggregateShare(task: id, id: .random())
            try? await peer.deleteAggregateShare(task: id, id: .random())
            try await client.shutdown()
        }
        check(heard, ["POST", "POST", "GET", "DELETE", "POST", "GET", "DELETE"], isBrought: isBrought)
    }
}

/// Takes whatever comes with an empty answer, and notes what each request brought.
private final class NotingServer: RequestHandler {
    private let requests = Mutex<[String]>([])

    var heard: [String] { requests.withLock { $0 } }

    func admit(_ head: HTTPRequest) -> Result<Admission<Bool>, Refusal> {
        let value = HTTPField.Name("DAP-Taskprov").flatMap { head.headerFields[$0] } ?? ""
        requests.withLock { $0.append("\(head.method.rawValue) \(value)") }
        guard head.method == .post else { return .success(Admission(route: head.method == .get)) }
        return .success(Admission(route: false, maximumBody: 1 << 20, mediaTypes: [AnyBody()]))
    }

    /// A question has an answer of some type, so that nobody asks again.
    func respond(to isQuestion: Bool, body: [UInt8]) async -> ServerResponse {
        guard isQuestion else { return ServerResponse(status: .ok) }
        return ServerResponse(
            status: .ok, headers: [.contentType: MediaType.uploadErrors.description],
            body: [UInt8](repeating: 0, count: 17))
    }

    func response(for refusal: Refusal, to head: HTTPRequest?) -> ServerResponse {
        ServerResponse(status: refusal.status)
    }

    func completed(_ head: HTTPRequest?, route: Bool?, status: HTTPResponse.Status) {}
}

private struct AnyBody: BodyType {
    var description: String { "anything" }

    func matches(_ field: String?) -> Bool { true }
}
