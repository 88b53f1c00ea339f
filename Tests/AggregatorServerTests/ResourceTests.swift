import Aggregator
import AggregatorServer
import AggregatorServerHarness
import Foundation
import HTTPServingHarness
import PopulusDAP
import Testing

/// The resources: who may ask what, and how it reaches the aggregator and comes back.
@Suite struct ResourceTests {
    static let posts = RouteTable.rows.filter { $0.method == .post }

    /// A request to a row as it should be; the arguments make it wrong.
    private func request(
        _ row: RouteRow, _ task: TaskID, base: String = "/", method: String? = nil, type: String? = nil,
        token: String? = nil, length: Int = 3, fields: String = ""
    ) -> String {
        let path = row.path.joined(separator: "/")
            .replacing("{task}", with: task.base64URL).replacing("{job}", with: "AAAAAAAAAAAAAAAAAAAAAA")
            .replacing("{share}", with: "AAAAAAAAAAAAAAAAAAAAAA")
        let own = ["leader": "leaders-token", "collector": "collectors-token"][row.caller.rawValue]
        var lines = ["\(method ?? row.method.rawValue) \(base)\(path) HTTP/1.1", "Host: a", "Connection: close"]
        if row.maximumBody > 0 {
            lines.append("Content-Length: \(length)")
            lines.append("Content-Type: \(type ?? row.mediaTypes.first?.description ?? "")")
        }
        if let token = token ?? own, !token.isEmpty {
            lines.append("Authorization: \(token.contains(" ") ? "" : "Bearer ")\(token)")
        }
        return lines.joined(separator: "\r\n") + "\r\n" + fields + "\r\n"
    }

    private func expectProblem(
        _ reply: RawSocket.Reply, _ status: Int, type: ProblemType? = nil, task: TaskID? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(reply.status == status, "\(reply.text)", sourceLocation: sourceLocation)
        #expect(reply.text.contains("Content-Type: application/problem+json"), sourceLocation: sourceLocation)
        let json = (try? JSONSerialization.jsonObject(with: Data(reply.body.utf8))) as? [String: Any]
        #expect(json?["type"] as? String == type?.uri ?? "about:blank", "\(reply.body)", sourceLocation: sourceLocation)
        #expect(json?["status"] as? Int == status, sourceLocation: sourceLocation)
        #expect((json?["detail"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
        if let task {
            #expect(json?["taskid"] as? String == task.base64URL, sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: RouteTable.rows)
    func everyRowReachesItsOperation(row: RouteRow) async throws {
        for role in row.roles {
            let backend = FakeBackend(role) { _ throws(AggregatorError) in
                ResourceAnswer(
                    status: .created, body: [0x21], mediaType: .aggregateShare, location: .init(created: "here"),
                    retryAfter: 2)
            }
            let reply = try await backend.serving { port in
                let head = request(row, backend.task).replacing(
                    "/aggregation_jobs/AAAAAAAAAAAAAAAAAAAAAA ",
                    with: "/aggregation_jobs/AAAAAAAAAAAAAAAAAAAAAA?step=3 ")
                return try await RawSocket.exchange(port: port, head + (row.maximumBody > 0 ? "abc" : ""))
            }
            guard row.path.first == "tasks", row.operation != .status else {
                #expect(reply.status == 200, "\(reply)")
                #expect(backend.asked.isEmpty)
                continue
            }
            let asked = try #require(backend.asked.first)
            #expect(asked.operation == row.operation)
            #expect(asked.body == (row.maximumBody > 0 ? Array("abc".utf8) : []))
            #expect(asked.mediaType == row.mediaTypes.first)
            #expect((asked.id != nil) == (row.path.contains("{job}") || row.path.contains("{share}")))
            #expect(asked.step == (row.path.suffix(2) == ["aggregation_jobs", "{job}"] ? 3 : nil))
            #expect(reply.status == 201 && reply.body == "!")
            #expect(reply.text.contains("Content-Type: application/ppm-dap;message=aggregate-share\r\n"))
            #expect(reply.text.contains("/here\r\n") && reply.text.contains("Retry-After: 2\r\n"))
        }
    }

    @Test(arguments: posts)
    func nonsenseIsRefusedBeforeItsBody(row: RouteRow) async throws {
        let role = try #require(row.roles.first)
        let backend = FakeBackend(role)
        try await backend.serving { port in
            func reply(_ head: String, _ body: String = "abc") async throws -> RawSocket.Reply {
                try await RawSocket.exchange(port: port, head, body: Array(body.utf8), seconds: 5)
            }
            let task = backend.task
            // None of these sends a byte of its body.
            expectProblem(try await reply(request(row, task, length: row.maximumBody + 1), ""), 413, task: task)
            expectProblem(
                try await reply(request(row, task, length: 100 << 20, fields: "Expect: 100-continue\r\n"), ""), 413)
            expectProblem(try await reply(request(row, task, type: "text/html"), ""), 415, task: task)
            expectProblem(try await reply(request(row, task, type: "application/ppm-dap"), ""), 415)
            expectProblem(try await reply(request(row, TaskID.random()), ""), 404, type: .unrecognizedTask)
            expectProblem(try await reply(request(row, task, method: "PATCH"), ""), 405)
            expectProblem(try await reply(request(row, task, length: 0), ""), 400, type: .invalidMessage, task: task)
            let chunked = request(row, task).replacing("Content-Length: 3", with: "Transfer-Encoding: chunked")
            expectProblem(try await reply(chunked, "0\r\n\r\n"), 400, type: .invalidMessage, task: task)
            expectProblem(try await reply(chunked, "x\r\n"), 400, task: task)
            let elsewhere = request(row, task).replacing("/tasks/", with: "/nothing/")
            expectProblem(try await reply(elsewhere, ""), 404)
            if row.caller.isParty {
                expectProblem(try await reply(request(row, task, token: ""), ""), 401, task: task)
                expectProblem(try await reply(request(row, task, token: "Basic leaders-token"), ""), 401)
                for token in ["x", "leaders-toke", "leaders-token2", String(repeating: "a", count: 5000)] {
                    expectProblem(try await reply(request(row, task, token: token), ""), 403)
                }
                let other = row.caller == .leader ? "collectors-token" : "leaders-token"
                expectProblem(try await reply(request(row, task, token: other), ""), 403, task: task)
                let huge = request(row, task, token: "x", length: 100 << 20)
                expectProblem(try await reply(huge, ""), 403)
            }
        }
        #expect(backend.asked.isEmpty)
    }

    @Test(
        arguments: [
            (AggregatorError.problem(.invalidMessage, detail: "d"), 400, ProblemType.invalidMessage),
            (.problem(.unrecognizedAggregationJob, detail: "d"), 404, .unrecognizedAggregationJob),
            (.problem(.stepMismatch, detail: "d"), 409, .stepMismatch),
            (.problem(.walkEnded, detail: "d"), 409, .walkEnded),
            (.problem(.invalidBatchSize, detail: "d"), 400, .invalidBatchSize),
            (.unsupportedExtensions([7]), 400, .unsupportedExtension),
            (.unsupportedMediaType, 415, nil),
            (.notFound, 404, nil),
            (.failed(ProblemDocument(type: .batchMismatch, detail: "d"), status: 409), 409, .batchMismatch),
            (.store(.full("x")), 507, nil),
            (.store(.database("x")), 503, nil),
            (.internal("a secret of the house"), 500, nil),
        ] as [(AggregatorError, Int, ProblemType?)])
    func everyErrorHasItsStatusAndDocument(error: AggregatorError, status: Int, type: ProblemType?) async throws {
        let backend = FakeBackend(.leader) { _ throws(AggregatorError) in throw error }
        let row = try #require(RouteTable.rows.first { $0.operation == .upload })
        let reply = try await backend.serving { port in
            try await RawSocket.exchange(port: port, request(row, backend.task) + "abc")
        }
        if case .failed = error {
            #expect(reply.status == status && reply.body.contains("batchMismatch"))
        } else {
            expectProblem(reply, status, type: type, task: backend.task)
        }
        #expect(!reply.text.contains("secret"))
    }

    @Test func resourcesLieBelowTheBasePath() async throws {
        let backend = FakeBackend(.leader) { _ throws(AggregatorError) in
            ResourceAnswer(status: .created, location: .init(created: "id"))
        }
        let row = try #require(RouteTable.rows.first { $0.operation == .createCollectionJob })
        try await backend.serving(base: "/api/dap") { port in
            let inside = try await RawSocket.exchange(port: port, request(row, backend.task, base: "/api/dap/") + "abc")
            #expect(
                inside.text.contains("Location: /api/dap/tasks/\(backend.task)/collection_jobs/id\r\n"), "\(inside)")
            let outside = try await RawSocket.exchange(port: port, request(row, backend.task) + "abc")
            expectProblem(outside, 404)
        }
    }

    /// A base URL with a slash at its end, and a path that begins with one, joined as they stand.
    @Test(arguments: ["/", "/api/dap/"]) func aDoubledSlashIsOne(base: String) async throws {
        let backend = FakeBackend(.leader) { _ throws(AggregatorError) in
            ResourceAnswer(status: .created, location: .init(created: "id"))
        }
        let row = try #require(RouteTable.rows.first { $0.operation == .createCollectionJob })
        try await backend.serving(base: base) { port in
            for joined in [base, base + "/"] {
                let reply = try await RawSocket.exchange(
                    port: port, request(row, backend.task, base: joined) + "abc")
                #expect(reply.status == 201, "\(joined): \(reply.text)")
                #expect(
                    reply.text.contains("Location: \(base)tasks/\(backend.task)/collection_jobs/id\r\n"), "\(reply)")
            }
            let keys = try await RawSocket.exchange(
                port: port, "GET \(base)/hpke_config HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(keys.status == 200)
            let missing = try await RawSocket.exchange(
                port: port, request(row, .random(), base: base + "/") + "abc")
            expectProblem(missing, 404, type: .unrecognizedTask)
            let tripled = try await RawSocket.exchange(
                port: port, request(row, backend.task, base: base + "//") + "abc")
            expectProblem(tripled, 404)
        }
    }

    @Test func metricsCountRequestsAndRejectedReports() async throws {
        let backend = FakeBackend(.helper)
        let registry = TaskRegistry(role: .helper)
        try registry.add(backend.served())
        let reply = try await registry.servingAdmin { port, admin in
            _ = try await RawSocket.exchange(port: port, "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return try await RawSocket.exchange(
                port: admin, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(reply.body.contains("populus_http_requests_total{operation=\"refused\",status=\"404\"} 1\n"))
        #expect(
            reply.body.contains(
                "populus_reports_rejected_total{task=\"\(backend.task)\",reason=\"vdaf_verify_error\",point=\"verification\",step=\"2\",level=\"9\"} 3\n"
            ))
    }

    /// Strangers could tell from the counts of rejected reports where the candidates of a walk are.
    @Test(arguments: [Role.leader, .helper])
    func strangersReadNoMetrics(role: Role) async throws {
        let backend = FakeBackend(role)
        let registry = TaskRegistry(role: role)
        try registry.add(backend.served(url: "http://127.0.0.1:1/dap"))
        try await registry.servingAdmin { port, admin in
            for path in ["/dap/metrics", "/dap/metrics?task=1", "/metrics", "/dap/tasks/\(backend.task)/metrics"] {
                for token in ["", "Authorization: Bearer leaders-token\r\n"] {
                    let reply = try await RawSocket.exchange(
                        port: port, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(token)\r\n")
                    expectProblem(reply, 404)
                    #expect(!reply.text.contains("populus_"))
                    #expect(
                        reply.body.contains(ResourceHandler.usualMetricsPlace) == path.hasPrefix("/dap/metrics"),
                        "\(reply.text)")
                }
            }
            // The operator's own address has nothing else.
            for path in ["/hpke_config", "/dap/metrics", "/tasks/\(backend.task)/reports"] {
                let reply = try await RawSocket.exchange(
                    port: admin, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                expectProblem(reply, 404)
            }
            let posted = try await RawSocket.exchange(
                port: admin, "POST /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\n")
            expectProblem(posted, 405)
        }
    }

    /// The documentation has the table of the code.
    @Test func theDocumentedTableIsTheServedOne() throws {
        let article = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/AggregatorServer/AggregatorServer.docc/Resources.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        let documented = text.split(separator: "\n").filter {
            $0.hasPrefix("| ") && $0.contains(" /") && $0.contains("er | ")
        }
        let served = RouteTable.rows.map { row in
            let roles = [Role.leader, .helper].filter(row.roles.contains).map { "\($0)" }.joined(separator: ", ")
            let token =
                switch row.caller {
                case .anyone: "none"
                case .client: "an upload token, if the task has some"
                case .leader, .collector: "the \(row.caller.rawValue)'s"
                }
            let types = row.mediaTypes.isEmpty ? "none" : row.mediaTypes.map(\.description).joined(separator: ", ")
            let body = row.maximumBody == 0 ? "none" : "\(row.maximumBody >> 20) MiB"
            return
                "| \(row.method.rawValue) /\(row.path.joined(separator: "/")) | \(roles) | \(token) | \(types) | \(body) |"
        }
        #expect(documented.map(String.init) == served)
    }
}
