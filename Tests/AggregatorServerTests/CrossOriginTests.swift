import Aggregator
import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import PopulusDAP
import Testing

/// What a browser is told for a page of another origin: of uploads and keys all it needs, of everything else nothing.
@Suite struct CrossOriginTests {
    private static let page = "https://app.example"

    private static func origins(_ texts: String...) throws -> AllowedOrigins {
        AllowedOrigins(try texts.map { try WebOrigin($0) })
    }

    private static let corsFields = [
        "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
        "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    ]

    private static func head(
        _ method: String, _ path: String, origin: String? = page, fields: [String] = []
    ) -> String {
        (["\(method) \(path) HTTP/1.1", "Host: a", "Connection: close"] + (origin.map { ["Origin: \($0)"] } ?? [])
            + fields).joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static func preflight(_ path: String, method: String = "POST", origin: String? = page) -> String {
        head(
            "OPTIONS", path, origin: origin,
            fields: [
                "Access-Control-Request-Method: \(method)",
                "Access-Control-Request-Headers: authorization,content-type",
            ])
    }

    private static func upload(_ task: TaskID, origin: String? = page, length: Int = 3, _ fields: String...) -> String {
        head(
            "POST", "/tasks/\(task)/reports", origin: origin,
            fields: ["Content-Length: \(length)", "Content-Type: \(MediaType.uploadRequest)"] + fields)
    }

    /// An answer that the page may read, with when to come again in it.
    private func expectReadable(
        _ reply: RawSocket.Reply, _ status: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(reply.status == status, "\(reply)", sourceLocation: sourceLocation)
        #expect(
            reply.fields("Access-Control-Allow-Origin") == [Self.page], "\(reply)", sourceLocation: sourceLocation)
        #expect(reply.fields("Vary") == ["Origin"], sourceLocation: sourceLocation)
        let exposed = reply.fields("Access-Control-Expose-Headers").joined()
        #expect(exposed.contains("Retry-After") && exposed.contains("WWW-Authenticate"), sourceLocation: sourceLocation)
        #expect(reply.fields("Access-Control-Allow-Credentials").isEmpty, sourceLocation: sourceLocation)
    }

    private func expectNothing(_ reply: RawSocket.Reply, sourceLocation: SourceLocation = #_sourceLocation) {
        for name in Self.corsFields {
            #expect(reply.fields(name).isEmpty, "\(name): \(reply)", sourceLocation: sourceLocation)
        }
    }

    @Test func aPreflightIsAnswered() async throws {
        let backend = FakeBackend(.leader)
        let origins = try Self.origins("https://other.example", Self.page)
        try await backend.serving(base: "/dap", origins: origins) { port in
            // Nothing is said of which tasks there are, and no token is asked for.
            for task in [backend.task, .random()] {
                let reply = try await RawSocket.exchange(port: port, Self.preflight("/dap/tasks/\(task)/reports"))
                #expect(reply.status == 200 && reply.body.isEmpty, "\(reply)")
                #expect(reply.fields("Access-Control-Allow-Origin") == [Self.page])
                #expect(reply.fields("Access-Control-Allow-Methods") == ["POST"])
                #expect(reply.fields("Access-Control-Allow-Headers") == ["Authorization, Content-Type"])
                #expect(reply.fields("Access-Control-Max-Age") == ["7200"] && reply.fields("Vary") == ["Origin"])
                #expect(reply.fields("Access-Control-Allow-Credentials").isEmpty)
            }
            let keys = try await RawSocket.exchange(port: port, Self.preflight("/dap/hpke_config", method: "GET"))
            #expect(keys.status == 200 && keys.fields("Access-Control-Allow-Methods") == ["GET, HEAD"], "\(keys)")
        }
        #expect(backend.asked.isEmpty)
    }

    /// A page of another origin is told nothing, however much like the right one it looks.
    @Test(
        arguments: [
            "https://evil.example", "http://app.example", "https://app.example:8443",
            "https://app.example.evil.example",
            "https://APP.example", "https://app.example/", "https://app.example, https://app.example", "null", "",
        ])
    func otherOriginsGetNoField(origin: String) async throws {
        let backend = FakeBackend(.leader)
        try await backend.serving(origins: Self.origins(Self.page)) { port in
            let asked = try await RawSocket.exchange(
                port: port, Self.preflight("/tasks/\(backend.task)/reports", origin: origin))
            #expect(asked.status == 403 && asked.fields("Vary") == ["Origin"], "\(asked)")
            expectNothing(asked)
            // It is no lock: the request itself is answered like any program's.
            let upload = try await RawSocket.exchange(port: port, Self.upload(backend.task, origin: origin) + "abc")
            #expect(upload.status == 200 && upload.fields("Vary") == ["Origin"], "\(upload)")
            expectNothing(upload)
            expectNothing(try await RawSocket.exchange(port: port, Self.head("GET", "/hpke_config", origin: origin)))
        }
        #expect(backend.asked.count == 1)
    }

    /// Caches keep an answer for its origin, also where no browser asked.
    @Test func whoNamesNoOriginIsToldThatOriginsMatter() async throws {
        let backend = FakeBackend(.leader)
        let ask = Self.head("GET", "/hpke_config", origin: nil)
        let some = try await backend.serving(origins: Self.origins(Self.page)) { port in
            try await RawSocket.exchange(port: port, ask)
        }
        #expect(some.status == 200 && some.fields("Vary") == ["Origin"])
        expectNothing(some)
        let every = try await backend.serving(origins: .every) { port in
            try await RawSocket.exchange(port: port, ask)
        }
        #expect(every.fields("Access-Control-Allow-Origin") == ["*"] && every.fields("Vary").isEmpty, "\(every)")
    }

    @Test func everyOriginIsEveryOne() async throws {
        let backend = FakeBackend(.leader)
        try await backend.serving(origins: .every) { port in
            for origin in [Self.page, "null", "chrome-extension://abc"] {
                let path = "/tasks/\(backend.task)/reports"
                let asked = try await RawSocket.exchange(port: port, Self.preflight(path, origin: origin))
                #expect(asked.status == 200 && asked.fields("Access-Control-Allow-Origin") == ["*"], "\(asked)")
                let sent = try await RawSocket.exchange(port: port, Self.upload(backend.task, origin: origin) + "abc")
                #expect(sent.status == 200 && sent.fields("Access-Control-Allow-Origin") == ["*"], "\(sent)")
                #expect(sent.fields("Access-Control-Allow-Credentials").isEmpty)
            }
        }
    }

    /// Successes and refusals of this server, those of its transport as well.
    @Test func everyAnswerToAPageIsReadable() async throws {
        let full = FakeBackend(.leader) { _ throws(AggregatorError) in throw .store(.full("x")) }
        let closed = FakeBackend(.leader)
        let registry = TaskRegistry(role: .leader)
        let backend = FakeBackend(.leader)
        try registry.add(backend.served())
        try registry.add(full.served())
        try registry.add(closed.served(uploadTokens: ["the-upload-token"]))
        var limits = quickLimits()
        limits.openBodyBudget = 1000
        try await registry.serving(limits: limits, origins: Self.origins(Self.page)) { port in
            func reply(_ head: String, _ body: [UInt8] = Array("abc".utf8)) async throws -> RawSocket.Reply {
                try await RawSocket.exchange(port: port, head, body: body, seconds: 5)
            }
            expectReadable(try await reply(Self.head("GET", "/hpke_config"), []), 200)
            expectReadable(try await reply(Self.upload(backend.task)), 200)
            let busy = try await reply(Self.upload(backend.task, length: 2000), [UInt8](repeating: 1, count: 2000))
            expectReadable(busy, 503)
            #expect(busy.fields("Retry-After") == ["1"])
            expectReadable(try await reply(Self.upload(backend.task), [1]), 408)
            expectReadable(try await reply(Self.upload(backend.task, length: 100 << 20), []), 413)
            expectReadable(try await reply(Self.upload(backend.task, length: 0), []), 400)
            expectReadable(try await reply(Self.upload(backend.task, "Content-Encoding: gzip"), []), 415)
            expectReadable(try await reply(Self.upload(backend.task, "Expect: money"), []), 417)
            expectReadable(try await reply(Self.head("PUT", "/tasks/\(backend.task)/reports"), []), 405)
            // Without the field that makes it a preflight it is a method like any other.
            expectReadable(try await reply(Self.head("OPTIONS", "/hpke_config"), []), 405)
            let disk = try await reply(Self.upload(full.task))
            expectReadable(disk, 507)
            #expect(disk.fields("Retry-After") == ["30"])
            expectReadable(try await reply(Self.upload(.random()), []), 404)
            let refused = try await reply(Self.upload(closed.task), [])
            expectReadable(refused, 401)
            #expect(refused.body.contains("\"status\":401") && refused.fields("WWW-Authenticate") == ["Bearer"])
            expectReadable(try await reply(Self.upload(closed.task, "Authorization: Bearer the-upload-token")), 200)
        }
    }

    /// A page of an allowed origin may ask for nothing else, in no form.
    @Test(arguments: [Role.leader, .helper]) func nothingElseIsForPages(role: Role) async throws {
        let backend = FakeBackend(role) { _ in ResourceAnswer(body: [1], mediaType: .collectionJobResp) }
        let registry = TaskRegistry(role: role)
        try registry.add(backend.served())
        let token = role == .leader ? "collectors-token" : "leaders-token"
        for origins in [AllowedOrigins.every, try Self.origins(Self.page)] {
            try await registry.servingAdmin(origins: origins) { port, admin in
                for row in RouteTable.rows where row.roles.contains(role) {
                    guard row.operation != .upload, row.operation != .hpkeConfig else { continue }
                    let path =
                        "/"
                        + row.path.joined(separator: "/")
                        .replacing("{task}", with: backend.task.base64URL)
                        .replacing("{job}", with: "AAAAAAAAAAAAAAAAAAAAAA")
                        .replacing("{share}", with: "AAAAAAAAAAAAAAAAAAAAAA")
                    let asked = try await RawSocket.exchange(
                        port: port, Self.preflight(path, method: row.method.rawValue))
                    #expect(asked.status == 405 && asked.fields("Vary").isEmpty, "\(row.operation): \(asked)")
                    expectNothing(asked)
                    var fields = ["Authorization: Bearer \(token)"]
                    if let type = row.mediaTypes.first { fields += ["Content-Type: \(type)", "Content-Length: 3"] }
                    let body = row.maximumBody > 0 ? "abc" : ""
                    for fields in [fields, Array(fields.dropFirst())] {
                        let head = Self.head(row.method.rawValue, path, fields: fields)
                        let reply = try await RawSocket.exchange(port: port, head + body)
                        expectNothing(reply)
                        #expect(reply.fields("Vary").isEmpty && reply.status != nil, "\(row.operation): \(reply)")
                    }
                }
                for (port, path) in [(port, "/metrics"), (port, "/where"), (admin, "/metrics"), (admin, "/healthz")] {
                    expectNothing(try await RawSocket.exchange(port: port, Self.head("GET", path)))
                    expectNothing(try await RawSocket.exchange(port: port, Self.preflight(path, method: "GET")))
                }
                if role == .helper {
                    // It takes no uploads.
                    let path = "/tasks/\(backend.task)/reports"
                    let asked = try await RawSocket.exchange(port: port, Self.preflight(path))
                    #expect(asked.status == 404, "\(asked)")
                    expectNothing(asked)
                }
            }
        }
    }

    /// Without the option every answer is as if there were no browsers.
    @Test func withoutOriginsThereIsNothing() async throws {
        let backend = FakeBackend(.leader)
        try await backend.serving { port in
            let asked = try await RawSocket.exchange(port: port, Self.preflight("/tasks/\(backend.task)/reports"))
            #expect(asked.status == 405 && asked.fields("Allow") == ["POST"], "\(asked)")
            expectNothing(asked)
            let upload = try await RawSocket.exchange(port: port, Self.upload(backend.task) + "abc")
            #expect(upload.status == 200 && upload.fields("Vary").isEmpty, "\(upload)")
            expectNothing(upload)
        }
    }

    @Test func preflightsAreCountedByThemselves() async throws {
        let backend = FakeBackend(.leader)
        let registry = TaskRegistry(role: .leader)
        try registry.add(backend.served())
        let metrics = try await registry.servingAdmin(origins: Self.origins(Self.page)) { port, admin in
            for origin in [Self.page, Self.page, "https://evil.example"] {
                _ = try await RawSocket.exchange(port: port, Self.preflight("/hpke_config", origin: origin))
            }
            return try await RawSocket.exchange(
                port: admin, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }.body
        #expect(
            metrics.contains("populus_http_requests_total{operation=\"preflight\",status=\"200\"} 2\n"), "\(metrics)")
        #expect(metrics.contains("populus_http_requests_total{operation=\"preflight\",status=\"403\"} 1\n"))
    }
}
