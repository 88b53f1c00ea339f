import Aggregator
import AggregatorServer
import AggregatorServerHarness
import Crypto
import HTTPServingHarness
import Logging
import PopulusDAP
import Synchronization
import Testing

/// The operator's own address: who is let in, to what, and that nobody else is.
@Suite struct OperatorHandlerTests {
    private static let greatestBody = 1000

    /// Remembers what it was asked.
    private final class Desk: TaskDesk {
        let asked = Mutex<[String]>([])
        /// The tokens that are valid now.
        let valid = Mutex(["first-admin-token", "other-admin-token"])
        private let task: TaskID

        init(_ task: TaskID) { self.task = task }

        private func note(_ text: String) -> TaskDetails {
            asked.withLock { $0.append(text) }
            return TaskDetails(task: entry)
        }

        private var entry: TaskEntry {
            TaskEntry(
                taskID: task, role: .helper, source: .store, state: .active, name: "n", vdaf: "v", leader: "l",
                helper: "h", fingerprint: "f")
        }

        func list() async throws(TaskDeskError) -> TaskList {
            _ = note("list")
            return TaskList(tasks: [entry])
        }

        func show(_ task: TaskID) async throws(TaskDeskError) -> TaskDetails {
            guard task == self.task else { throw .unknown }
            return note("show")
        }

        func add(_ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool) {
            if body == Array("{}".utf8) { throw .malformed("it lacks something") }
            if body == Array("[]".utf8) { throw .conflict("it is another one") }
            return (note("add \(body.count)"), body.count == 1)
        }

        func end(_ task: TaskID, stopping: Bool) async throws(TaskDeskError) -> TaskDetails {
            guard task == self.task else { throw .unknown }
            return note(stopping ? "stop" : "end")
        }

        func rotateKey(_ task: TaskID, _ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool) {
            guard task == self.task else { throw .unknown }
            return (note("key \(body.count)"), true)
        }

        func changeToken(_ task: TaskID, _ body: [UInt8]) async throws(TaskDeskError) -> (TaskDetails, isNew: Bool) {
            guard task == self.task else { throw .unknown }
            return (note("token \(body.count)"), true)
        }
    }

    private let task = TaskID.random()
    private let desk: Desk
    private let troubles = Troubles(of: nil, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))

    init() { desk = Desk(task) }

    private func serving(
        hasTokens: Bool = true, _ body: @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let registry = TaskRegistry(role: .helper)
        try registry.add(FakeBackend(.helper).served())
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let looks = AdminHandler(of: ResourceHandler(registry: registry, troubles: troubles, logger: logger))
        let tokens = AdminTokens { [desk] in
            desk.valid.withLock { $0 }.map {
                .init(id: String($0.prefix(5)), digest: Array(SHA256.hash(data: Array($0.utf8))))
            }
        }
        let access = hasTokens ? OperatorHandler.Access(tokens: tokens, desk: desk) : nil
        let handler = OperatorHandler(
            looks, access: access, greatestBody: Self.greatestBody, troubles: troubles, logger: logger)
        var limits = quickLimits()
        // Bodies are announced that never come.
        limits.linger = .milliseconds(20)
        try await withServer(handler, limits: limits) { port in try await body(port) }
    }

    private func ask(
        _ port: Int, _ method: String, _ path: String, token: String? = "first-admin-token", length: Int? = nil,
        type: String = "application/json", body: String = ""
    ) async throws -> RawSocket.Reply {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if let length = length ?? (method == "POST" ? body.utf8.count : nil) {
            head += "Content-Type: \(type)\r\nContent-Length: \(length)\r\n"
        }
        return try await RawSocket.exchange(port: port, head + "\r\n", body: Array(body.utf8))
    }

    /// Every route, and some that are none.
    private var paths: [String] {
        AdminHandler.Route.allCases.map(\.rawValue) + [
            "/tasks", "/tasks/\(task)", "/tasks/\(task)/end", "/tasks/\(task)/stop", "/tasks/\(task)/keys",
            "/tasks/\(task)/tokens", "/", "/x", "/tasks/x", "/tasks/",
            "/tasks/\(task)/x", "/tasks/\(task)/end/x", "/hpke_config", "//tasks",
        ]
    }

    /// A body is announced and never sent: whoever waited for a byte of it would not answer.
    @Test func aStrangerIsRefusedOnEveryRouteBeforeABodyIsRead() async throws {
        try await serving { port async throws in
            for path in paths {
                for method in ["GET", "HEAD", "POST", "DELETE", "PUT"] {
                    for token in [nil, "leaders-token", "first-admin-tokenx", "first-admin-toke", "x"] {
                        let reply = try await ask(
                            port, method, path, token: token,
                            length: ["POST", "PUT"].contains(method) ? Self.greatestBody : nil)
                        // Whether the server is ready anybody may ask, and not why.
                        if path == "/readyz", token == nil, ["GET", "HEAD"].contains(method) {
                            #expect(reply.status == 503 && ["not ready\n", ""].contains(reply.body), "\(reply.text)")
                            continue
                        }
                        #expect(reply.status == (token == nil ? 401 : 403), "\(method) \(path): \(reply.text)")
                        #expect(reply.text.contains("WWW-Authenticate") || reply.text.contains("www-authenticate"))
                        #expect(!reply.body.contains("\(task)"), "\(reply.text)")
                    }
                }
            }
        }
        #expect(desk.asked.withLock { $0 } == [])
    }

    /// What starts containers has no token, and needs no more than yes or no.
    @Test func readinessNeedsNoToken() async throws {
        try await serving { port async throws in
            let stranger = try await ask(port, "GET", "/readyz", token: nil)
            #expect(stranger.status == 503 && stranger.body == "not ready\n", "\(stranger.text)")
            let own = try await ask(port, "GET", "/readyz")
            #expect(own.status == 503 && own.body.hasPrefix("starting"), "\(own.text)")
            #expect(try await ask(port, "POST", "/readyz", token: nil, length: 0).status == 401)
            #expect(try await ask(port, "GET", "/readyz?x", token: nil).status == 401)
        }
    }

    @Test func operatorsAreAnswered() async throws {
        try await serving { port async throws in
            for token in ["first-admin-token", "other-admin-token"] {
                #expect(try await ask(port, "GET", "/healthz", token: token).body == "ok\n")
                #expect(try await ask(port, "GET", "/metrics", token: token).body.contains("populus_task_up"))
                let list = try await ask(port, "GET", "/tasks", token: token)
                #expect(list.status == 200 && list.body.contains("\"task_id\":\"\(task)\""), "\(list.text)")
                #expect(try await ask(port, "GET", "/tasks/\(task)", token: token).status == 200)
            }
            #expect(try await ask(port, "GET", "/tasks/\(TaskID.random())").status == 404)
            #expect(try await ask(port, "POST", "/tasks", body: "x").status == 201)
            #expect(try await ask(port, "POST", "/tasks", body: "xx").status == 200)
            #expect(try await ask(port, "POST", "/tasks", body: "{}").status == 400)
            #expect(try await ask(port, "POST", "/tasks", body: "[]").status == 409)
            #expect(try await ask(port, "POST", "/tasks/\(task)/end").status == 200)
            #expect(try await ask(port, "POST", "/tasks/\(task)/stop").status == 200)
            #expect(try await ask(port, "POST", "/tasks/\(TaskID.random())/stop").status == 404)
            for what in ["keys", "tokens"] {
                #expect(try await ask(port, "POST", "/tasks/\(task)/\(what)", body: "{}").status == 200)
                #expect(try await ask(port, "POST", "/tasks/\(TaskID.random())/\(what)", body: "{}").status == 404)
            }
        }
        let asked = desk.asked.withLock { $0 }
        #expect(asked == ["list", "show", "list", "show", "add 1", "add 2", "end", "stop", "key 2", "token 2"])
    }

    @Test func wrongQuestionsAreRefused() async throws {
        try await serving { port async throws in
            #expect(try await ask(port, "DELETE", "/tasks").status == 405)
            #expect(try await ask(port, "GET", "/tasks/\(task)/end").status == 405)
            #expect(try await ask(port, "POST", "/metrics", length: 0).status == 405)
            #expect(try await ask(port, "GET", "/x").status == 404)
            #expect(try await ask(port, "POST", "/tasks", length: Self.greatestBody + 1).status == 413)
            #expect(try await ask(port, "POST", "/tasks", type: "text/plain", body: "x").status == 415)
            #expect(try await ask(port, "POST", "/tasks").status == 400)
            #expect(try await ask(port, "POST", "/tasks/\(task)/end", body: "x").status == 413)
            for what in ["keys", "tokens"] {
                #expect(try await ask(port, "GET", "/tasks/\(task)/\(what)").status == 405)
                let path = "/tasks/\(task)/\(what)"
                #expect(try await ask(port, "POST", path, length: 4097).status == 413)
                #expect(try await ask(port, "POST", path, type: "text/plain", body: "x").status == 415)
            }
        }
        #expect(desk.asked.withLock { $0 } == [])
    }

    /// Whoever tries tokens shows in the metrics; whoever has none, or a right one, does not.
    @Test func wrongTokensAreCounted() async throws {
        try await serving { port async throws in
            for token in [nil, "first-admin-token"] { _ = try await ask(port, "GET", "/tasks", token: token) }
            #expect(troubles.counts.isEmpty)
            for path in ["/tasks", "/metrics", "/x"] {
                _ = try await ask(port, "GET", path, token: "guessed-admin-token")
            }
            #expect(troubles.counts == ["somebody showed a wrong admin token": 3])
            let metrics = try await ask(port, "GET", "/metrics").body
            let line = metrics.split(separator: "\n").first { $0.contains("wrong admin token") }
            #expect(line?.hasPrefix("populus_troubles_total") == true && line?.hasSuffix(" 3") == true, "\(metrics)")
        }
    }

    /// One token takes another's place without an outage.
    @Test func tokensRotateWhileItServes() async throws {
        try await serving { port async throws in
            func status(_ token: String) async throws -> Int? {
                try await ask(port, "GET", "/tasks", token: token).status
            }
            #expect(try await status("third-admin-token") == 403)
            desk.valid.withLock { $0 = ["other-admin-token", "third-admin-token"] }
            #expect(try await status("first-admin-token") == 403)
            #expect(try await status("other-admin-token") == 200)
            #expect(try await status("third-admin-token") == 200)
            desk.valid.withLock { $0 = [] }
            for token in ["first-admin-token", "other-admin-token", "third-admin-token"] {
                #expect(try await status(token) == 403)
            }
        }
    }

    /// A server of before goes on: health, metrics and statuses are there, which name the tasks, and nothing else is.
    @Test func withoutTokensNothingBelowTasksIsServed() async throws {
        try await serving(hasTokens: false) { port async throws in
            #expect(try await ask(port, "GET", "/healthz", token: nil).body == "ok\n")
            for path in ["/metrics", "/status"] {
                #expect(try await ask(port, "GET", path, token: nil).status == 200)
            }
            for token in [nil, "first-admin-token"] {
                for path in [
                    "/tasks", "/tasks/\(task)", "/tasks/\(task)/end", "/tasks/\(task)/stop", "/tasks/\(task)/keys",
                    "/tasks/\(task)/tokens",
                ] {
                    for method in ["GET", "POST"] {
                        let reply = try await ask(port, method, path, token: token, length: method == "POST" ? 9 : nil)
                        #expect(reply.status == 403, "\(method) \(path): \(reply.text)")
                    }
                }
            }
        }
        #expect(desk.asked.withLock { $0 } == [])
    }
}
