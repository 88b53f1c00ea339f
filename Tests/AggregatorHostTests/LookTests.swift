import Aggregator
import AggregatorHost
import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import PopulusDAP
import Testing

/// How a Leader looks after its Helper.
@Suite struct LookTests {
    private func ledger() -> StoreLedger {
        StoreLedger(StoreLedger.Record(store: .random(), incarnations: [Incarnation(id: .random(), count: 7)]))
    }

    private func look(
        at task: TaskID, port: Int, token: String = "leaders-token", path: String = "", digest: [UInt8] = [0],
        witness: StoreLedger? = nil
    ) async throws -> PeerFinding {
        let client = HTTPHelperPeer.makeClient()
        let peer = HTTPHelperPeer(
            client: client, url: "http://127.0.0.1:\(port)\(path)", token: token, witness: witness)
        let found = await peer.look(at: task, configuration: digest)
        try await client.shutdown()
        return found
    }

    private func serving(
        _ backend: FakeBackend, _ ledger: StoreLedger, _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let registry = TaskRegistry(role: backend.role)
        let served = backend.served()
        try registry.add(
            ServedTask(backend: backend, url: "http://127.0.0.1:1/", tokens: served.tokens, witness: ledger))
        try await registry.serving(body)
    }

    /// All is well, and neither store has heard anything: a look must not bind one to the other.
    @Test func changesNothing() async throws {
        let (backend, helpers, leaders) = (FakeBackend(.helper), ledger(), ledger())
        try await serving(backend, helpers) { port in
            let found = try await look(at: backend.task, port: port, witness: leaders)
            #expect(found == PeerFinding(reason: nil, isAnswer: true))
        }
        #expect(helpers.unsaved == nil && leaders.unsaved == nil && backend.asked.isEmpty)
    }

    @Test func findsWhatIsWrong() async throws {
        let backend = FakeBackend(.helper)
        try await serving(backend, ledger()) { port in
            let wrong: [(PeerFinding, String, isRefusal: Bool)] = [
                (try await look(at: .random(), port: port), "does not serve this task", true),
                (
                    try await look(at: backend.task, port: port, token: "another"),
                    "refuses the Leader's token or certificate", true
                ),
                (try await look(at: backend.task, port: port, digest: [9]), "another configuration", true),
                (
                    try await look(at: backend.task, port: port, path: "/elsewhere"), "check the Helper's address",
                    false
                ),
                (try await look(at: backend.task, port: 1), "no answer from http://127.0.0.1:1/", false),
            ]
            for (found, words, isRefusal) in wrong {
                #expect(found.isRefusal == isRefusal, "\(found)")
                #expect(found.reason?.contains(words) == true, "\(found), not \(words)")
            }
        }
    }

    /// A Helper whose store is another one than the Leader knew, and one that knows another one of the Leader's.
    @Test func findsStoresThatAreNotTheOnes() async throws {
        let (backend, helpers) = (FakeBackend(.helper), ledger())
        let known = ledger()
        try known.hear(ledger().statement)
        let lost = ledger()
        try helpers.hear(ledger().statement)
        helpers.committed(helpers.unsaved, count: nil)
        try await serving(backend, helpers) { port in
            let found = try await look(at: backend.task, port: port, witness: known)
            #expect(found.reason?.contains("another store") == true && found.isRefusal, "\(found)")
            let own = try await look(at: backend.task, port: port, witness: lost)
            #expect(own.reason != nil && known.conflict == nil, "\(own)")
        }
        #expect(helpers.conflict == nil)
    }

    /// One of another kind has no such resource: what every Helper has is looked at, and nothing is held against it.
    @Test func aHelperOfAnotherKindIsWell() async throws {
        try await withPlainHelper(status: 404) { port in
            let found = try await look(at: .random(), port: port)
            #expect(found == PeerFinding(reason: nil, unchecked: ["token", "task", "store"]))
        }
        try await withPlainHelper(status: 405) { port in
            let found = try await look(at: .random(), port: port)
            #expect(found.reason == nil)
        }
        try await withPlainHelper(status: 503) { port in
            let found = try await look(at: .random(), port: port)
            #expect(found.reason?.contains("503") == true && !found.isRefusal)
        }
    }

    /// A proxy that takes no large bodies: somebody has to mend it, and nothing is lost meanwhile.
    @Test func aProxyWithSmallLimitsIsNamed() async throws {
        try await withPlainHelper(status: 413) { port in
            let client = HTTPHelperPeer.makeClient()
            let peer = HTTPHelperPeer(client: client, url: "http://127.0.0.1:\(port)", token: "leaders-token")
            await #expect {
                _ = try await peer.createAggregationJob(task: .random(), body: [1])
            } throws: { error in
                guard case PeerError.tooLarge(let reason)? = error as? PeerError else { return false }
                return reason.contains("the Helper's proxy must take bodies of 36 MiB")
            }
            try await client.shutdown()
        }
    }
}
