import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import PopulusDAP
import Testing

/// The rules of HTTP at an aggregator's resources: methods, tokens, and what refusals say.
@Suite struct ResourceRulesTests {
    /// Same fields as GET, no body; and 405 says what there is.
    @Test(arguments: [Role.leader, .helper]) func headIsWhereGetIs(role: Role) async throws {
        let backend = FakeBackend(role) { _ in ResourceAnswer(body: [1, 2, 3], mediaType: .collectionJobResp) }
        let registry = TaskRegistry(role: role)
        try registry.add(backend.served())
        let job = role == .leader ? "collection_jobs" : "aggregation_jobs"
        let token = role == .leader ? "collectors-token" : "leaders-token"
        let path = "/tasks/\(backend.task)/\(job)/AAAAAAAAAAAAAAAAAAAAAA"
        try await registry.servingAdmin { port, admin in
            for (port, path) in [
                (port, "/healthz"), (port, "/hpke_config"), (port, path), (port, path + "x?step=0"),
                (admin, "/healthz"),
                (admin, "/metrics"), (port, "/where"), (port, "/metrics"),
            ] {
                let rest = " \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer \(token)\r\n\r\n"
                let get = try await RawSocket.exchange(port: port, "GET" + rest)
                let head = try await RawSocket.exchange(port: port, "HEAD" + rest)
                #expect(head.body.isEmpty && !get.body.isEmpty && get.status == head.status, "\(path): \(head)")
                #expect(get.fields("Content-Length") == ["\(get.body.utf8.count)"])
                for name in ["Content-Type", "Cache-Control"] {
                    #expect(head.fields(name) == get.fields(name), "\(path)")
                }
                // Of metrics, which count this very request, the number may have grown.
                if path != "/metrics" {
                    #expect(head.fields("Content-Length") == get.fields("Content-Length"))
                }
            }
            for (port, path, allowed) in [
                (port, "/healthz", "GET, HEAD"), (admin, "/metrics", "GET, HEAD"),
                (port, path, role == .leader ? "GET, HEAD, DELETE" : "POST, GET, HEAD, DELETE"),
                (port, "/tasks/\(backend.task)/\(job)", "POST"),
            ] {
                for method in ["OPTIONS", "PUT", "PATCH", "TRACE"] + (path.hasSuffix(job) ? ["HEAD"] : []) {
                    let reply = try await RawSocket.exchange(
                        port: port, "\(method) \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    #expect(
                        reply.status == 405 && reply.fields("Allow") == [allowed], "\(method) \(path): \(reply)")
                    #expect(reply.fields("Content-Type") == ["application/problem+json"])
                }
            }
        }
    }

    @Test(
        arguments: [
            ("Bearer collectors-token", 200), ("Bearer  collectors-token", 200), ("bearer    collectors-token", 200),
            ("BEARER collectors-token  ", 200), ("Bearer\tcollectors-token", 401), ("Bearer", 401), ("Bearer ", 401),
            ("collectors-token", 401), ("Bearercollectors-token", 401), ("Token collectors-token", 401),
            ("Bearer collectors-token, Bearer x", 403), ("Bearer \"collectors-token\"", 403),
            ("Bearer collectors-token\r\nAuthorization: Bearer collectors-token", 403),
            ("Bearer collectors -token", 403),
        ])
    func bearerTokens(field: String, status: Int) async throws {
        let backend = FakeBackend(.leader)
        let reply = try await backend.serving { port in
            try await RawSocket.exchange(
                port: port,
                "GET /tasks/\(backend.task)/collection_jobs/AAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: a\r\n"
                    + "Connection: close\r\nAuthorization: \(field)\r\n\r\n")
        }
        #expect(reply.status == status, "\(field): \(reply)")
    }

    /// What the problem documents say is right.
    @Test func refusalsSayWhatIsRight() async throws {
        let backend = FakeBackend(.leader)
        try await backend.serving { port in
            let head =
                "POST /tasks/\(backend.task)/reports HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Content-Type: \(MediaType.uploadRequest)\r\n"
            let encoded = try await RawSocket.exchange(
                port: port, head + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")
            #expect(encoded.status == 415 && encoded.fields("Accept-Encoding") == ["identity"], "\(encoded)")
            let typed = try await RawSocket.exchange(
                port: port, head.replacing("upload-req", with: "x") + "Content-Length: 3\r\n\r\nabc")
            #expect(typed.status == 415 && typed.fields("Accept") == ["\(MediaType.uploadRequest)"], "\(typed)")
            let large = try await RawSocket.exchange(port: port, head + "Content-Length: 8388609\r\n\r\n")
            #expect(large.status == 413 && large.body.contains("8388608 bytes (8 MiB)"), "\(large)")
            let long = try await RawSocket.exchange(
                port: port, head + "X: \(String(repeating: "x", count: 17_000))\r\n\r\n")
            #expect(long.status == 431 && long.body.contains("16384 bytes"), "\(long)")
            #expect(long.body.contains("about:blank") && large.body.contains("\"status\":413"))
        }
    }
}
