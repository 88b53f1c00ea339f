import AggregatorServer
import AggregatorServerHarness
import Crypto
import HTTPServingHarness
import PopulusDAP
import Synchronization
import Testing

/// Tokens that change while a server answers; and what a server says that may not have heard of one.
@Suite struct ValidTokensTests {
    private let isStale = StaleFlag()

    private final class StaleFlag: Sendable {
        let value = Mutex(false)
    }

    private func tokens(_ texts: String...) -> [[UInt8]] { texts.map { Array(SHA256.hash(data: Array($0.utf8))) } }

    private func serving(
        _ role: Role, _ valid: ValidTokens,
        _ body: @Sendable (_ ask: @Sendable (String?) async throws -> Int?) async throws -> Void
    ) async throws {
        let backend = FakeBackend(role)
        let registry = TaskRegistry(role: role)
        let isLeader = role == .leader
        try registry.add(
            ServedTask(
                backend: backend, url: "http://127.0.0.1:1/", tokens: isLeader ? [:] : [.leader: BearerToken(valid)],
                uploadTokens: isLeader ? UploadTokens(valid) : nil))
        let path = isLeader ? "reports" : "aggregation_jobs"
        let type = isLeader ? MediaType.uploadRequest : MediaType.aggregationJobInitReq
        try await registry.serving { port async throws in
            try await body { token async throws in
                let field = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
                let reply = try await RawSocket.exchange(
                    port: port,
                    "POST /tasks/\(backend.task)/\(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n"
                        + "Content-Type: \(type)\r\n\(field)\r\nabc")
                #expect((reply.status == 503) == (reply.fields("Retry-After") == ["1"]), "\(reply)")
                return reply.status
            }
        }
    }

    private func stale(_ isStale: Bool) { self.isStale.value.withLock { $0 = isStale } }

    @Test(arguments: [Role.leader, .helper])
    func whoIsLetInChanges(_ role: Role) async throws {
        let flag = isStale
        let valid = ValidTokens(tokens("one")) { flag.value.withLock { $0 } }
        let refused = role == .leader ? 401 : 403
        try await serving(role, valid) { ask async throws in
            #expect(try await ask("one") == 200)
            #expect(try await ask("two") == refused)
            valid.digests = tokens("one", "two")
            #expect(try await ask("one") == 200)
            #expect(try await ask("two") == 200)
            valid.digests = tokens("two")
            #expect(try await ask("one") == refused)
            // It may be a new one: not now. Who shows none has none.
            stale(true)
            #expect(try await ask("one") == 503)
            #expect(try await ask("two") == 200)
            #expect(try await ask(nil) == 401)
            stale(false)
            #expect(try await ask("one") == refused)
            valid.digests = []
            #expect(try await ask("two") == (role == .leader ? 200 : refused))
        }
    }
}
