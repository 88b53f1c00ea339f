import Aggregator
import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import HTTPTypes
import Logging
import PopulusDAP
import Testing

/// Several tasks behind one server.
@Suite struct MultiTaskTests {
    private func get(_ path: String, port: Int, token: String? = nil) async throws -> RawSocket.Reply {
        let field = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return try await RawSocket.exchange(
            port: port, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(field)\r\n")
    }

    private func job(of task: TaskID) -> String { "/tasks/\(task)/aggregation_jobs/AAAAAAAAAAAAAAAAAAAAAA?step=0" }

    private func backend(_ mark: UInt8, configIDs: [UInt8] = [7]) -> FakeBackend {
        FakeBackend(.helper, configIDs: configIDs, tag: mark) { _ throws(AggregatorError) in
            ResourceAnswer(body: [mark], mediaType: .aggregationJobResp)
        }
    }

    @Test func eachTaskHasItsOwnTokenAndIsAskedAlone() async throws {
        let (one, other) = (backend(0x31), backend(0x32))
        let registry = TaskRegistry(role: .helper)
        try registry.add(one.served(leadersToken: "first-token"))
        try registry.add(other.served(leadersToken: "other-token"))
        try await registry.serving { port async throws in
            #expect(try await get(job(of: one.task), port: port, token: "first-token").body == "1")
            #expect(try await get(job(of: other.task), port: port, token: "other-token").body == "2")
            #expect(try await get(job(of: one.task), port: port, token: "other-token").status == 403)
            #expect(try await get(job(of: other.task), port: port, token: "first-token").status == 403)
            #expect(try await get(job(of: .random()), port: port, token: "first-token").status == 404)
        }
        #expect(one.asked.count == 1 && other.asked.count == 1)
    }

    @Test func tasksJoinWhileItServes() async throws {
        let registry = TaskRegistry(role: .helper)
        try await registry.serving { port async throws in
            #expect(try await get("/healthz", port: port).status == 200)
            #expect(try await get("/hpke_config", port: port).status == 404)
            let late = backend(0x33)
            #expect(try await get(job(of: late.task), port: port, token: "leaders-token").status == 404)
            try registry.add(late.served())
            #expect(try await get(job(of: late.task), port: port, token: "leaders-token").body == "3")
            #expect(try await get("/hpke_config", port: port).status == 200)
        }
    }

    @Test func oneTaskIsServedOnceAndInOneRole() throws {
        let registry = TaskRegistry(role: .helper)
        let one = backend(1)
        try registry.add(one.served())
        #expect(throws: TaskRegistry.Failure.alreadyServed(one.task)) { try registry.add(one.served()) }
        let leader = FakeBackend(.leader)
        #expect(throws: TaskRegistry.Failure.anotherRole(leader.task)) { try registry.add(leader.served()) }
        #expect(registry.tasks.map(\.id) == [one.task])
    }

    /// A client does not say for which task it asks; no ID may be there twice.
    @Test func hpkeConfigsAreThoseOfAllTasksBelowThePath() async throws {
        let registry = TaskRegistry(role: .helper)
        try registry.add(backend(1, configIDs: [7, 9]).served())
        try registry.add(backend(2, configIDs: [9, 4]).served())
        try registry.add(backend(3, configIDs: [5]).served(url: "http://a/other"))
        let handler = ResourceHandler(registry: registry, logger: Logger(label: "test"))
        func list(_ path: String) async throws -> [HpkeConfig] {
            let head = HTTPRequest(method: .get, scheme: "http", authority: "a", path: path)
            let response = await handler.respond(to: try handler.admit(head).get().route, body: [])
            #expect(response.headers[.contentType] == "application/ppm-dap;message=hpke-config-list")
            #expect(response.headers[.cacheControl] == "max-age=86400")
            return try HpkeConfigList(decoding: response.body).configs
        }
        #expect(try await list("/hpke_config").map(\.id) == [7, 9, 4])
        #expect(try await list("/hpke_config").map { $0.publicKey[3] } == [1, 1, 2])
        #expect(try await list("/other/hpke_config").map(\.id) == [5])
    }

    @Test func pathsLeadToTheTasksBelowThem() async throws {
        let (one, other) = (backend(0x31), backend(0x32))
        let registry = TaskRegistry(role: .helper)
        try registry.add(one.served())
        try registry.add(other.served(url: "http://a/other/"))
        try await registry.serving { port async throws in
            #expect(try await get(job(of: one.task), port: port, token: "leaders-token").body == "1")
            #expect(try await get("/other" + job(of: other.task), port: port, token: "leaders-token").body == "2")
            #expect(try await get("/other" + job(of: one.task), port: port, token: "leaders-token").status == 404)
            #expect(try await get(job(of: other.task), port: port, token: "leaders-token").status == 404)
        }
    }

    /// A store that cannot be opened is one task's: who asks for that one may ask again, as "no such task" would be final.
    @Test func aTaskThatIsNotServedHasItsPlace() async throws {
        let (one, other) = (backend(0x31), backend(0x32))
        let registry = TaskRegistry(role: .helper)
        try registry.add(one.served())
        try registry.add(
            ServedTask(
                backend: other, url: "http://127.0.0.1:1/", tokens: [.leader: BearerToken("other-token")],
                refusal: .damaged("/srv/helper.sqlite")))
        try await registry.servingAdmin { port, admin async throws in
            #expect(try await get(job(of: one.task), port: port, token: "leaders-token").body == "1")
            for path in [job(of: other.task), "/tasks/\(other.task)/status"] {
                let answer = try await get(path, port: port, token: "other-token")
                #expect(answer.status == 503 && !answer.body.contains("/srv"), "\(answer)")
            }
            #expect(try await get(job(of: other.task), port: port, token: "leaders-token").status == 403)
            for port in [port, admin] {
                let health = try await get("/healthz", port: port)
                #expect(health.status == 503 && health.body.contains("\(other.task)"), "\(health)")
                #expect(!health.body.contains("\(one.task)"))
            }
            let metrics = try await get("/metrics", port: admin).body
            #expect(metrics.contains("populus_task_up{task=\"\(other.task)\"} 0\n"))
        }
        #expect(other.asked.isEmpty)
    }

    @Test func healthAndMetricsTellTasksApart() async throws {
        let (one, other) = (backend(1), backend(2))
        let registry = TaskRegistry(role: .helper)
        try registry.add(one.served())
        try registry.add(other.served())
        try await registry.servingAdmin { port, admin async throws in
            _ = try await get(job(of: other.task), port: port, token: "leaders-token")
            #expect(try await get("/healthz", port: port).body == "ok\n")
            #expect(try await get("/healthz", port: admin).body == "ok\n")
            registry.setFailing(true, task: other.task)
            let health = try await get("/healthz", port: port)
            #expect(health.status == 503 && health.body.contains("\(other.task)"))
            #expect(!health.body.contains("\(one.task)"))
            #expect(try await get("/healthz", port: admin).body == health.body)
            let metrics = try await get("/metrics", port: admin).body
            #expect(metrics.contains("populus_task_up{task=\"\(one.task)\"} 1\n"))
            #expect(metrics.contains("populus_task_up{task=\"\(other.task)\"} 0\n"))
            #expect(
                metrics.contains(
                    "populus_http_requests_total{task=\"\(other.task)\",operation=\"aggregationJob\",status=\"200\"} 1\n"
                ))
            for task in [one.task, other.task] {
                #expect(
                    metrics.contains("populus_reports_rejected_total{task=\"\(task)\",reason=\"vdaf_verify_error\""))
            }
            registry.setFailing(false, task: other.task)
            #expect(try await get("/healthz", port: port).status == 200)
        }
    }
}
