import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import HTTPTypes
import Logging
import PopulusDAP
import Testing

/// Who may upload: anybody, or who shows one of the task's upload tokens.
@Suite struct UploadTokenTests {
    private static let tokens = ["the-first-upload-token", "the-other-upload-token"]

    /// The head of an upload; the arguments make it wrong.
    private static func head(
        _ task: TaskID, authorization: String? = nil, length: Int = 3, fields: String = ""
    ) -> String {
        let authorization = authorization.map { "Authorization: \($0)\r\n" } ?? ""
        return "POST /tasks/\(task)/reports HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: \(length)\r\n"
            + "Content-Type: \(MediaType.uploadRequest)\r\n" + authorization + fields + "\r\n"
    }

    @Test func oneOfTheTokensIsEnough() async throws {
        let backend = FakeBackend(.leader)
        let registry = TaskRegistry(role: .leader)
        try registry.add(backend.served(uploadTokens: Self.tokens))
        try await registry.serving { port in
            for token in Self.tokens {
                for scheme in ["Bearer ", "bearer  "] {
                    let reply = try await RawSocket.exchange(
                        port: port, Self.head(backend.task, authorization: scheme + token) + "abc")
                    #expect(reply.status == 200, "\(reply)")
                }
            }
        }
        #expect(backend.asked.map(\.operation) == Array(repeating: .upload, count: 4))
        #expect(backend.asked.allSatisfy { $0.body == Array("abc".utf8) })
    }

    /// What stands in the Authorization field of an upload that is refused, and whether it is a token at all.
    private static let refused: [(String?, isToken: Bool)] = [
        (nil, false), ("Basic the-first-upload-token", false), ("the-first-upload-token", false), ("Bearer", false),
        ("Bearer x", true), ("Bearer the-first-upload-toke", true), ("Bearer the-first-upload-tokens", true),
        ("Bearer THE-FIRST-UPLOAD-TOKEN", true), ("Bearer the-first-upload-token, Bearer x", true),
        ("Bearer the-first-upload-token the-other-upload-token", true), ("Bearer the-token-of-another-task", true),
        ("Bearer collectors-token", true), ("Bearer leaders-token", true),
        ("Bearer \(String(repeating: "a", count: 5000))", true),
    ]

    /// 401 in every case, with a document and a challenge, before a byte of the body is there.
    @Test func withoutOneNothingOfTheBodyIsTaken() async throws {
        let (backend, other) = (FakeBackend(.leader), FakeBackend(.leader))
        let registry = TaskRegistry(role: .leader)
        try registry.add(backend.served(uploadTokens: Self.tokens))
        try registry.add(other.served(uploadTokens: ["the-token-of-another-task"]))
        try await registry.serving { port in
            for (authorization, isToken) in Self.refused {
                for (length, fields) in [(3, ""), (100 << 20, "Expect: 100-continue\r\n")] {
                    let head = Self.head(backend.task, authorization: authorization, length: length, fields: fields)
                    let reply = try await RawSocket.exchange(port: port, head, seconds: 5)
                    #expect(reply.status == 401, "\(authorization ?? "none"): \(reply)")
                    let challenge = isToken ? "Bearer error=\"invalid_token\"" : "Bearer"
                    #expect(reply.fields("WWW-Authenticate") == [challenge], "\(reply)")
                    #expect(reply.fields("Content-Type") == ["application/problem+json"])
                    #expect(reply.body.contains("\"taskid\":\"\(backend.task)\"") && reply.body.contains("about:blank"))
                    #expect(!reply.text.contains("first-upload") && !reply.text.contains("HTTP/1.1 100"), "\(reply)")
                }
            }
            // Whether there is such a task is said first, to everybody.
            for authorization in [nil, "Bearer x", "Bearer \(Self.tokens[0])"] {
                let reply = try await RawSocket.exchange(
                    port: port, Self.head(.random(), authorization: authorization), seconds: 5)
                #expect(reply.status == 404 && reply.body.contains(ProblemType.unrecognizedTask.uri), "\(reply)")
            }
        }
        #expect(backend.asked.isEmpty && other.asked.isEmpty)
    }

    @Test func aTaskWithoutTokensTakesUploadsFromAnybody() async throws {
        let (open, closed) = (FakeBackend(.leader), FakeBackend(.leader))
        let registry = TaskRegistry(role: .leader)
        try registry.add(open.served())
        try registry.add(closed.served(uploadTokens: Self.tokens))
        try await registry.serving { port in
            for authorization in [nil, "Bearer x", "Basic x", "Bearer \(Self.tokens[0])"] {
                let reply = try await RawSocket.exchange(
                    port: port, Self.head(open.task, authorization: authorization) + "abc")
                #expect(reply.status == 200, "\(reply)")
            }
        }
        #expect(open.asked.count == 4 && closed.asked.isEmpty)
    }

    /// A token that every client has opens nothing but uploads, and makes nobody the Leader or the Collector.
    @Test func itIsAFenceAndNoKey() async throws {
        let backend = FakeBackend(.leader)
        let registry = TaskRegistry(role: .leader)
        try registry.add(backend.served(uploadTokens: Self.tokens))
        try await registry.serving { port in
            for path in ["collection_jobs/AAAAAAAAAAAAAAAAAAAAAA", "status"] {
                let reply = try await RawSocket.exchange(
                    port: port,
                    "GET /tasks/\(backend.task)/\(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                        + "Authorization: Bearer \(Self.tokens[0])\r\n\r\n")
                #expect(reply.status == 403, "\(path): \(reply)")
            }
        }
        #expect(backend.asked.isEmpty)
        // It shares the strangers' places and memory: a fleet must not shut the Collector out.
        let handler = ResourceHandler(
            registry: registry, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        var head = HTTPRequest(method: .post, scheme: "http", authority: "a", path: "/tasks/\(backend.task)/reports")
        head.headerFields[.authorization] = "Bearer \(Self.tokens[1])"
        let admission = try handler.admit(head).get()
        #expect(!admission.isAuthenticated && admission.bodyDeadline == .seconds(60))
    }

    /// By task and reason, and never by token: which of several a client has is nobody's business.
    @Test func refusalsAreCounted() async throws {
        let (backend, open) = (FakeBackend(.leader), FakeBackend(.leader))
        let registry = TaskRegistry(role: .leader)
        try registry.add(backend.served(uploadTokens: Self.tokens))
        try registry.add(open.served())
        let metrics = try await registry.servingAdmin { port, admin in
            for authorization in [nil, "Bearer x", "Bearer y", "Bearer \(Self.tokens[0])", "Bearer \(Self.tokens[1])"] {
                _ = try await RawSocket.exchange(
                    port: port, Self.head(backend.task, authorization: authorization) + "abc")
            }
            _ = try await RawSocket.exchange(port: port, Self.head(open.task) + "abc")
            return try await RawSocket.exchange(
                port: admin, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }.body
        let name = "populus_uploads_refused_total{task=\"\(backend.task)\",reason="
        #expect(metrics.contains(name + "\"no_token\"} 1\n") && metrics.contains(name + "\"wrong_token\"} 2\n"))
        #expect(!metrics.contains("populus_uploads_refused_total{task=\"\(open.task)\""))
        #expect(!metrics.contains("upload-token"))
        let taken = metrics.split(separator: "\n").filter {
            $0.hasPrefix("populus_http_requests_total") && $0.contains("operation=\"upload\"")
        }
        #expect(taken.count == 2 && taken.contains { $0.contains("\(backend.task)") && $0.hasSuffix(" 2") }, "\(taken)")
        // The metrics of a server that closes no task have no line of it.
        let other = TaskRegistry(role: .leader)
        try other.add(open.served())
        let none = try await other.servingAdmin { _, admin in
            try await RawSocket.exchange(
                port: admin, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(!none.body.contains("populus_uploads_refused_total"))
    }

    @Test func noTokensIsNoFence() {
        #expect(UploadTokens(digests: []) == nil)
    }
}
