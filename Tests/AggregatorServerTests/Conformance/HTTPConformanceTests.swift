import Aggregator
import AggregatorServer
import AggregatorServerHarness
import Foundation
import HTTPServingHarness
import Logging
import PopulusDAP
import Testing

/// What DAP demands of answers over HTTP (§3, §4.4.1).
@Suite struct HTTPConformanceTests {
    private static let problems: [AggregatorError] =
        ProblemType.known.map { .problem($0, detail: "d") } + [
            .unsupportedExtensions([23, 42]), .unsupportedMediaType, .notFound, .store(.full("x")),
            .store(.database("x")), .store(.damaged("x")), .internal("x"),
            .failed(ProblemDocument(type: .invalidBatchSize, detail: "d"), status: 400),
        ]

    private func upload(_ error: AggregatorError) async throws -> (RawSocket.Reply, TaskID) {
        let backend = FakeBackend(.leader) { _ throws(AggregatorError) in throw error }
        let reply = try await backend.serving { port in
            try await RawSocket.exchange(
                port: port,
                "POST /tasks/\(backend.task)/reports HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                    + "Content-Type: \(MediaType.uploadRequest)\r\nContent-Length: 1\r\n\r\nx")
        }
        return (reply, backend.task)
    }

    /// A problem document never comes with success, and always names its task.
    @Test(arguments: problems)
    func problemsHaveAnErrorStatus(_ error: AggregatorError) async throws {
        let (reply, task) = try await upload(error)
        let status = try #require(reply.status)
        #expect((400..<600).contains(status))
        #expect(reply.text.contains("Content-Type: application/problem+json\r\n"))
        let json = try JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any]
        #expect(json?["type"] is String)
        if case .failed = error { return }
        #expect(json?["taskid"] as? String == task.base64URL)
        #expect(json?["status"] as? Int == status)
        switch error {
        case .problem(let type, _):
            #expect(json?["type"] as? String == type.uri && (400..<500).contains(status))
        case .unsupportedExtensions:
            #expect(json?["type"] as? String == ProblemType.unsupportedExtension.uri)
            #expect(json?["unsupported_extensions"] as? [Int] == [23, 42])
        default:
            // Outside of DAP's registry nothing is in its namespace.
            #expect((json?["type"] as? String)?.hasPrefix("urn:ietf:params:ppm:dap") == false)
        }
    }

    @Test(arguments: [Role.leader, .helper])
    func clientsMayCacheTheKeysForADay(_ role: Role) async throws {
        let backend = FakeBackend(role)
        let reply = try await backend.serving { port in
            try await RawSocket.exchange(
                port: port, "GET /hpke_config HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(reply.status == 200)
        #expect(reply.text.contains("Content-Type: application/ppm-dap;message=hpke-config-list\r\n"))
        let lines = reply.text.components(separatedBy: "\r\n").filter { $0.hasPrefix("Cache-Control:") }
        let age = try #require(lines.first?.components(separatedBy: "max-age=").last.flatMap(Int.init))
        #expect(lines.count == 1 && age >= 86_400)
        #expect(!reply.text.contains("no-store"))
        // Nothing else may be kept.
        #expect(try await upload(.notFound).0.text.contains("Cache-Control: no-store\r\n"))
    }

    /// A collection job that is not ready says when to ask again, and where it is.
    @Test func aCollectionJobIsPolledFor() async throws {
        let backend = FakeBackend(.leader) { request throws(AggregatorError) in
            request.operation == .createCollectionJob
                ? ResourceAnswer(status: .created, location: .init(created: "id"), retryAfter: 4)
                : ResourceAnswer(retryAfter: 4)
        }
        try await backend.serving { port in
            let fields = "Host: a\r\nConnection: close\r\nAuthorization: Bearer collectors-token\r\n"
            let path = "/tasks/\(backend.task)/collection_jobs"
            let created = try await RawSocket.exchange(
                port: port,
                "POST \(path) HTTP/1.1\r\n\(fields)Content-Type: \(MediaType.collectionJobReq)\r\n"
                    + "Content-Length: 1\r\n\r\nx")
            #expect(created.text.contains("Location: \(path)/id\r\n") && created.text.contains("Retry-After: 4\r\n"))
            #expect(created.body.isEmpty)
            let id = CollectionJobID.random()
            let polled = try await RawSocket.exchange(port: port, "GET \(path)/\(id) HTTP/1.1\r\n\(fields)\r\n")
            #expect(polled.status == 200 && polled.body.isEmpty && polled.text.contains("Retry-After: 4\r\n"))
        }
    }

    /// An old job that is asked for again is answered with its present state: its result, if it has one.
    @Test(arguments: [false, true])
    func aRepeatedCollectionJobIsAnsweredWithItsState(_ isReady: Bool) async throws {
        let leader = try OldLeader(isReady: isReady)
        let registry = TaskRegistry(role: .leader)
        try registry.add(
            ServedTask(
                backend: LeaderBackend(leader), url: "http://127.0.0.1/",
                tokens: [.collector: BearerToken("collectors-token")]))
        let path = "/tasks/\(leader.task.id)/collection_jobs"
        let reply = try await registry.serving { port in
            try await RawSocket.exchange(
                port: port,
                "POST \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer collectors-token\r\n"
                    + "Content-Type: \(MediaType.collectionJobReq)\r\nContent-Length: 1\r\n\r\nx")
        }
        #expect(reply.status == 201 && reply.text.contains("Location: \(path)/\(leader.job)\r\n"))
        #expect(reply.body == (isReady ? "result" : ""))
        #expect(reply.text.contains("Content-Type: \(MediaType.collectionJobResp)\r\n") == isReady)
        #expect(reply.text.contains("Retry-After:") == !isReady)
    }

    /// Paths name tasks by their one unpadded base64url text.
    @Test func identifiersInPathsAreStrict() async throws {
        let backend = FakeBackend(.helper)
        let text = backend.task.base64URL
        try await backend.serving { port in
            func status(_ task: String) async throws -> Int? {
                let reply = try await RawSocket.exchange(
                    port: port,
                    "DELETE /tasks/\(task)/aggregation_jobs/AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: a\r\n"
                        + "Connection: close\r\nAuthorization: Bearer leaders-token\r\n\r\n")
                if reply.status != 200 { #expect(reply.body.contains("unrecognizedTask")) }
                return reply.status
            }
            let own = try await status(text)
            #expect(own == 200)
            for other in [text + "=", text + "A", String(text.dropLast()), text.lowercased() + "_"] {
                let strange = try await status(other)
                #expect(strange == 404, "\(other)")
            }
        }
    }

    /// A Collector says for how long it can wait.
    @Test(
        arguments: [
            ("", 10, nil), ("Prefer: wait=3\r\n", 3, 3), ("Prefer: respond-async, Wait = \"7\"; x=1\r\n", 7, 7),
            ("Prefer: wait=0\r\n", 0, 0), ("Prefer: wait=600\r\n", 10, 10), ("prefer: a=b\r\nPREFER: wait=2\r\n", 2, 2),
            ("Prefer: wait=2, wait=5\r\n", 2, 2), ("Prefer: wait=99999999999999999999\r\n", 10, 10),
            ("Prefer: wait=-1\r\n", 10, nil), ("Prefer: wait\r\n", 10, nil), ("Prefer: wait=\r\n", 10, nil),
            ("Prefer: wait=abc, x\r\n", 10, nil), ("Prefer: ,;=,\"\r\n", 10, nil), ("Prefer: awaiting=4\r\n", 10, nil),
        ] as [(String, Int, Int?)])
    func aCollectorSaysHowLongItWaits(field: String, held: Int, applied: Int?) async throws {
        for isReady in [false, true] {
            let leader = try OldLeader(isReady: isReady)
            let registry = TaskRegistry(role: .leader)
            try registry.add(
                ServedTask(
                    backend: LeaderBackend(leader), url: "http://127.0.0.1/",
                    tokens: [.collector: BearerToken("collectors-token")]))
            let reply = try await registry.serving { port in
                try await RawSocket.exchange(
                    port: port,
                    "GET /tasks/\(leader.task.id)/collection_jobs/\(leader.job) HTTP/1.1\r\nHost: a\r\n"
                        + "Authorization: Bearer collectors-token\r\n\(field)Connection: close\r\n\r\n")
            }
            #expect(reply.status == 200, "\(reply)")
            #expect(await leader.held.stream.first { _ in true } == .seconds(held))
            let lines = reply.text.components(separatedBy: "\r\n").filter { $0.hasPrefix("Preference-Applied:") }
            #expect(lines == (applied.map { ["Preference-Applied: wait=\($0)"] } ?? []), "\(reply.text)")
        }
    }

    /// Rejected reports are told to the Collector, and 404 as long as they are not to be told.
    @Test func theCollectorIsToldOfRejections() async throws {
        for isReady in [false, true] {
            let leader = try OldLeader(isReady: isReady)
            let registry = TaskRegistry(role: .leader)
            try registry.add(
                ServedTask(
                    backend: LeaderBackend(leader), url: "http://127.0.0.1/",
                    tokens: [.collector: BearerToken("collectors-token")]))
            let path = "/tasks/\(leader.task.id)/collection_jobs/\(leader.job)/rejections"
            for (token, status) in [("collectors-token", isReady ? 200 : 404), ("leaders-token", 403)] {
                let reply = try await registry.serving { port in
                    try await RawSocket.exchange(
                        port: port,
                        "GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\r\n"
                    )
                }
                #expect(reply.status == status, "\(reply)")
                guard status == 200 else { continue }
                #expect(reply.text.contains("Content-Type: \(MediaType.collectionJobRejections)\r\n"), "\(reply.text)")
                #expect(Array(reply.body.utf8) == [3, 8, 0, 0, 0, 0, 0, 0, 0, 7], "\(reply.text)")
            }
        }
    }
}

/// A Leader with one collection job, which everyone who asks gets.
private struct OldLeader: LeaderService {
    let task: AggregatorTask
    let settings = AggregatorSettings()
    let job = CollectionJobID.random()
    let isReady: Bool
    /// For how long requests were to be held.
    let held = AsyncStream.makeStream(of: Duration.self)

    init(isReady: Bool) throws {
        self.isReady = isReady
        let key = HpkeKeyPair.generate(id: 1)
        task = try AggregatorTask(
            id: .random(),
            configuration: TaskConfiguration(
                taskInfo: [1], leaderEndpoint: Array("http://l/".utf8), helperEndpoint: Array("http://h/".utf8),
                timePrecision: TimePrecision(seconds: 1), minBatchSize: 1, batchMode: .timeInterval, vdaf: .prio3Count,
                extensions: []),
            role: .leader, receiver: HpkeReceiver(keyPairs: [key]), collectorConfig: key.config,
            verifyKeys: [0: [UInt8](repeating: 0, count: 32)])
    }

    func hpkeConfigList() -> HpkeConfigList { task.receiver.configList }
    func reportCounts() async throws(AggregatorError) -> [ReportCount] { [] }
    func upload(body: [UInt8]) async throws(AggregatorError) -> [UInt8]? { nil }
    func createCollectionJob(
        body: [UInt8], leastReports: UInt64
    ) async throws(AggregatorError) -> CollectionJobID { job }
    func collectionJob(
        id: CollectionJobID, waitingUpTo limit: Duration
    ) async throws(AggregatorError) -> CollectionJobStatus {
        held.continuation.yield(limit)
        return isReady ? .ready(body: Array("result".utf8), mediaType: .collectionJobResp) : .pending
    }
    func deleteCollectionJob(id: CollectionJobID) async throws(AggregatorError) {}
    func rejections(of id: CollectionJobID) async throws(AggregatorError) -> [UInt8] {
        guard isReady, id == job else { throw .notFound }
        let found = RejectedReports(party: .helper, reason: .invalidMessage, count: 7)
        return CollectionJobRejections([found]).encoded()
    }
    func status() async throws(AggregatorError) -> TaskStatus { throw .notFound }
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    var watch: PeerWatch { PeerWatch(of: task.id, clock: SystemClock(), logger: Self.logger) }
    var troubles: Troubles { Troubles(of: task.id, logger: Self.logger) }
    func run() async throws(AggregatorError) {}
}
