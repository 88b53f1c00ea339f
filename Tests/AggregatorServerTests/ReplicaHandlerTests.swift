import Aggregator
import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import Logging
import PopulusDAP
import Synchronization
import Testing

/// The address for the other processes of a role: who is let in, to what, and that nobody else is.
@Suite struct ReplicaHandlerTests {
    private static let secret = "the-stores-secret"

    /// Counts what is passed on to it.
    private final class Owner: ReplicaService {
        let asked = Mutex(0)

        func answer(forwarded request: JobRequest) async throws(AggregatorError) -> AggregationJobAnswer {
            asked.withLock { $0 += 1 }
            return AggregationJobAnswer(id: request.id, body: [0x61], mediaType: .walkVerdictResp)
        }
    }

    private let owner = Owner()

    /// Serves a task to everybody, and on another port to other processes.
    private func serving(
        _ role: Role = .helper, _ body: @Sendable (_ task: TaskID, _ port: Int, _ outer: Int) async throws -> Void
    ) async throws {
        let backend = FakeBackend(role)
        let registry = TaskRegistry(role: role)
        try registry.add(
            ServedTask(
                backend: backend, url: "http://127.0.0.1:1/",
                tokens: [.leader: BearerToken("leaders-token"), .collector: BearerToken("collectors-token")],
                forwarded: role == .helper ? owner : nil))
        let handler = ResourceHandler(
            registry: registry, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withServer(handler) { outer in
            try await withServer(ReplicaHandler(of: handler, token: BearerToken(Self.secret))) { port in
                try await body(backend.task, port, outer)
            }
        }
    }

    private func ask(
        _ port: Int, _ method: String, _ path: String, token: String? = secret, type: MediaType? = nil,
        length: Int? = nil
    ) async throws -> RawSocket.Reply {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if let type { head += "Content-Type: \(type)\r\n" }
        if let length { head += "Content-Length: \(length)\r\n" }
        return try await RawSocket.exchange(port: port, head + "\r\n", body: length == 1 ? [1] : [])
    }

    private static let job = AggregationJobID.random()

    /// Every path of DAP, and some that are nobody's.
    private func paths(_ task: TaskID) -> [String] {
        RouteTable.rows.map { row in
            "/"
                + row.path.map { $0 == "{task}" ? "\(task)" : $0.hasPrefix("{") ? "\(Self.job)" : $0 }
                .joined(separator: "/")
        } + ["/", "/metrics", "/x", "//tasks/\(task)/aggregation_jobs/\(Self.job)"]
    }

    /// Without the secret no path says whether it is there, of either role.
    @Test(arguments: [Role.helper, .leader]) func strangersLearnNothing(role: Role) async throws {
        try await serving(role) { task, port, _ in
            for path in paths(task) {
                for method in ["GET", "POST", "DELETE", "PUT"] {
                    for token in [nil, "leaders-token", "collectors-token", Self.secret + "x", "x"] {
                        let reply = try await ask(port, method, path, token: token)
                        #expect(reply.status == 401, "\(method) \(path): \(reply.text)")
                        #expect(reply.body.contains("other processes"), "\(reply.text)")
                        #expect(!reply.body.contains("\(task)"))
                    }
                }
            }
        }
        #expect(owner.asked.withLock { $0 } == 0)
    }

    /// With it only a job's messages are there, and with a Leader nothing.
    @Test(arguments: [Role.helper, .leader]) func noResourceOfDAPIsServed(role: Role) async throws {
        try await serving(role) { task, port, _ in
            for path in paths(task) where !path.hasSuffix("/aggregation_jobs/\(Self.job)") || role == .leader {
                for method in ["GET", "POST", "DELETE"] {
                    let reply = try await ask(port, method, path)
                    #expect(reply.status == 404, "\(method) \(path): \(reply.text)")
                }
            }
        }
        #expect(owner.asked.withLock { $0 } == 0)
    }

    @Test func aJobsMessagesAreAnswered() async throws {
        try await serving { task, port, _ in
            let path = "/tasks/\(task)/aggregation_jobs/\(Self.job)"
            for type in [
                MediaType.aggregationJobInitReq, .aggregationJobContinueReq, .walkEvaluateReq, .walkVerdictReq,
            ] {
                let reply = try await ask(port, "POST", path, type: type, length: 1)
                #expect(reply.status == 200 && reply.body == "a", "\(reply.text)")
                #expect(reply.fields(ReplicaOutcome.fieldName) == ["ready"])
                #expect(reply.fields("Content-Type") == ["\(MediaType.walkVerdictResp)"])
            }
            for query in ["", "?step=0", "?step=65535"] {
                #expect(try await ask(port, "GET", path + query).status == 200)
            }
        }
        #expect(owner.asked.withLock { $0 } == 7)
    }

    /// The same checks as at the public address, before a body is read; none of them reads as a verdict.
    @Test func whatDoesNotFitIsRefused() async throws {
        let (job, type) = (Self.job, MediaType.walkVerdictReq)
        let greatest = RouteTable.greatestBody(of: .helper)
        try await serving { task, port, _ in
            let path = "/tasks/\(task)/aggregation_jobs/\(job)"
            let other = "/tasks/\(TaskID.random())/aggregation_jobs/\(job)"
            for (method, path, type, length, status) in [
                ("POST", path, type, greatest + 1, 413), ("POST", path, .uploadRequest, 1, 415),
                ("POST", path, .aggregateShareReq, 1, 415), ("POST", path, type, 0, 400),
                ("DELETE", path, nil, nil, 405), ("PUT", path, type, 1, 405), ("POST", other, type, 1, 404),
                ("GET", path + "?step=x", nil, nil, 404), ("GET", path + "?step=65536", nil, nil, 404),
                ("GET", path + "x", nil, nil, 404),
            ] as [(String, String, MediaType?, Int?, Int)] {
                let reply = try await ask(port, method, path, type: type, length: length)
                #expect(reply.status == status, "\(method) \(path): \(reply.text)")
                #expect(reply.fields(ReplicaOutcome.fieldName).isEmpty)
            }
        }
        #expect(owner.asked.withLock { $0 } == 0)
    }

    /// Strangers do not get to what is passed on, and the secret opens nothing there.
    @Test func thePublicAddressServesNoneOfIt() async throws {
        let job = Self.job
        try await serving { task, _, outer in
            let path = "/tasks/\(task)/aggregation_jobs/\(job)"
            #expect(try await ask(outer, "GET", path + "?step=0").status == 403)
            #expect(try await ask(outer, "POST", path, type: .walkVerdictReq, length: 1).status == 403)
            let created = try await ask(
                outer, "POST", path, token: "leaders-token", type: .aggregationJobInitReq, length: 1)
            #expect(created.status == 415, "\(created.text)")
        }
        #expect(owner.asked.withLock { $0 } == 0)
    }
}
