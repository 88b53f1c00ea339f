import Aggregator
import AggregatorHost
import AggregatorServer
import AggregatorServerHarness
import Foundation
import HTTPServingHarness
import HTTPTypes
import Logging
import PopulusDAP
import Synchronization
import Testing

/// What the aggregators tell each other of their stores over HTTP.
@Suite struct StoreFieldTests {
    private func ledger() -> StoreLedger {
        StoreLedger(
            StoreLedger.Record(store: .random(), incarnations: [Incarnation(id: .random(), count: 7)]))
    }

    private func backend() -> FakeBackend {
        FakeBackend(.helper) { request throws(AggregatorError) in
            switch request.operation {
            case .createAggregateShare: throw .problem(.batchMismatch, detail: "d")
            default: ResourceAnswer(body: [2], mediaType: .walkVerdictResp)
            }
        }
    }

    private func serving<T: Sendable>(
        _ backend: FakeBackend, _ ledger: StoreLedger?, _ body: @Sendable (Int) async throws -> T
    ) async throws -> T {
        let registry = TaskRegistry(role: backend.role)
        let served = backend.served()
        try registry.add(
            ServedTask(backend: backend, url: "http://127.0.0.1:1/", tokens: served.tokens, witness: ledger))
        return try await registry.serving(body)
    }

    private func withPeer<T: Sendable>(
        _ port: Int, _ ledger: StoreLedger?, _ body: (HTTPHelperPeer) async throws -> T
    ) async throws -> T {
        let client = HTTPHelperPeer.makeClient()
        let peer = HTTPHelperPeer(
            client: client, url: "http://127.0.0.1:\(port)", token: "leaders-token", witness: ledger)
        do {
            let result = try await body(peer)
            try await client.shutdown()
            return result
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    private func post(_ peer: HTTPHelperPeer, _ task: TaskID) async throws(PeerError) {
        _ = try await peer.postAggregationJob(task: task, id: .random(), mediaType: .walkVerdictReq, body: [9])
    }

    private func reason(_ body: () async throws(PeerError) -> Void) async -> String? {
        do throws(PeerError) {
            try await body()
            return nil
        } catch {
            guard case .transient(let reason, _) = error else { return "no transient error: \(error)" }
            return reason
        }
    }

    @Test func bothSidesLearnOfEachOther() async throws {
        let (backend, helpers, leaders) = (backend(), ledger(), ledger())
        try await serving(backend, helpers) { port in
            try await withPeer(port, leaders) { peer in
                try await post(peer, backend.task)
                // A refusal of the Helper's own has the field as well.
                await #expect(throws: PeerError.self) {
                    _ = try await peer.createAggregateShare(
                        task: backend.task, mediaType: .walkAggregateShareReq, body: [8])
                }
                try await peer.deleteAggregationJob(task: backend.task, id: .random())
            }
        }
        for (one, other) in [(leaders, helpers), (helpers, leaders)] {
            #expect(one.unsaved?.peer?.store == other.statement.store)
            #expect(one.unsaved?.peer?.newest == [other.statement.current])
        }
    }

    @Test func aHelperThatWasPutBackIsRefusedByBoth() async throws {
        let (backend, helpers, leaders) = (backend(), ledger(), ledger())
        // The Leader remembers more of the Helper than that has.
        let ahead = StoreStatement(
            store: helpers.statement.store, current: Incarnation(id: helpers.current, count: 8), echo: nil)
        try leaders.hear(ahead)
        leaders.committed(leaders.unsaved, count: nil)
        try await serving(backend, helpers) { port in
            try await withPeer(port, leaders) { peer in
                let said = await reason { () async throws(PeerError) in try await post(peer, backend.task) }
                #expect(said?.contains("put back to an earlier state") == true, "\(said ?? "")")
                #expect(said?.contains("populus store renew") == true)
            }
            let health = try await RawSocket.exchange(
                port: port, "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(health.status == 503)
        }
        #expect(backend.asked.isEmpty)
        #expect(helpers.conflict?.isOwn == true && leaders.conflict == nil)
    }

    /// The Leader sees from the Helper's answer that its own store was put back: nothing more leaves it.
    @Test func aLeaderThatWasPutBackSendsNothingMore() async throws {
        let (backend, helpers, leaders) = (backend(), ledger(), ledger())
        try helpers.hear(
            StoreStatement(
                store: leaders.statement.store, current: Incarnation(id: .random(), count: 1), echo: nil))
        helpers.committed(helpers.unsaved, count: nil)
        try await serving(backend, helpers) { port in
            try await withPeer(port, leaders) { peer in
                for _ in 0..<2 {
                    let said = await reason { () async throws(PeerError) in try await post(peer, backend.task) }
                    #expect(said?.contains("put back to an earlier state") == true, "\(said ?? "")")
                }
            }
        }
        #expect(leaders.conflict?.isOwn == true && backend.asked.count == 1)
    }

    /// Whoever shows no token learns nothing of the store, and is not heard.
    @Test func strangersAreNotTold() async throws {
        let (backend, helpers) = (backend(), ledger())
        let field = "\(StoreStatement.fieldName): \(ledger().statement.fieldValue)\r\n"
        try await serving(backend, helpers) { port in
            for path in ["/hpke_config", "/healthz", "/tasks/\(backend.task)/aggregate_shares/x", "/"] {
                let reply = try await RawSocket.exchange(
                    port: port, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(field)\r\n")
                #expect(!reply.text.lowercased().contains("populus-store"), "\(path)")
            }
        }
        #expect(helpers.unsaved == nil)
    }

    /// A page of a proxy says nothing; a Helper that falls silent does, once it has spoken.
    @Test func silence() async throws {
        let leaders = ledger()
        let quiet = backend()
        try await serving(quiet, nil) { port in
            try await withPeer(port, leaders) { peer in try await post(peer, quiet.task) }
        }
        #expect(leaders.unsaved == nil)
        let spoken = backend()
        try await serving(spoken, ledger()) { port in
            try await withPeer(port, leaders) { peer in try await post(peer, spoken.task) }
        }
        leaders.committed(leaders.unsaved, count: nil)
        try await serving(quiet, nil) { port in
            try await withPeer(port, leaders) { peer in
                let said = await reason { () async throws(PeerError) in try await post(peer, quiet.task) }
                #expect(said?.contains("no longer says which store it has") == true, "\(said ?? "")")
                // Another task's Helper, or a proxy, is no word of this one.
                let other = await reason { () async throws(PeerError) in try await post(peer, .random()) }
                #expect(other?.contains("check the Helper's address") == true, "\(other ?? "")")
            }
        }
    }

    @Test func aSilentLeaderIsRefusedOnceItHasSpoken() async throws {
        let (backend, helpers) = (backend(), ledger())
        try await serving(backend, helpers) { port in
            try await withPeer(port, nil) { peer in try await post(peer, backend.task) }
            try await withPeer(port, ledger()) { peer in try await post(peer, backend.task) }
            helpers.committed(helpers.unsaved, count: nil)
            try await withPeer(port, nil) { peer in
                let said = await reason { () async throws(PeerError) in try await post(peer, backend.task) }
                #expect(said?.contains("the Helper refuses") == true, "\(said ?? "")")
            }
        }
        #expect(backend.asked.count == 2 && helpers.conflict == nil)
    }
}
