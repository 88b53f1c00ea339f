import Aggregator
import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import Logging
import PopulusDAP
import Testing

/// What an operator sees of the processes of a role.
@Suite struct ReplicaMetricsTests {
    /// A process that knows of some, or whose store is away.
    private struct Knowing: StoreReplica {
        let id = ReplicaID.random()
        let isShared = true
        let life = Duration.seconds(10)
        let others: [KnownReplica]?

        func announce(_ address: String) async throws {}
        func withdraw() async throws {}
        func secret() async throws -> [UInt8] { [UInt8](repeating: 0x5A, count: 32) }

        func known() async throws -> [KnownReplica] {
            guard let others else { throw StoreError.unreachable("it is away") }
            return others
        }
    }

    private func metrics(_ replica: Knowing?) async throws -> (task: TaskID, text: String) {
        let backend = FakeBackend(.helper)
        let registry = TaskRegistry(role: .helper)
        try registry.add(
            ServedTask(backend: backend, url: "http://127.0.0.1:1/", tokens: [:], moved: MovedWork()))
        let handler = ResourceHandler(
            registry: registry, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let text = try await withServer(AdminHandler(of: handler, replica: replica)) { port in
            try await RawSocket.exchange(
                port: port, "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            ).body
        }
        return (backend.task, text)
    }

    private func known(_ address: String, isAlive: Bool) -> KnownReplica {
        KnownReplica(id: .random(), address: address, isAlive: isAlive, silence: .seconds(isAlive ? 1 : 60))
    }

    @Test func whoLivesIsTold() async throws {
        let (task, text) = try await metrics(
            Knowing(others: [
                known("10.0.0.1:9202", isAlive: true), known("10.0.0.2:9202", isAlive: false),
                // It was started again.
                known("10.0.0.3:9202", isAlive: false), known("10.0.0.3:9202", isAlive: true),
                known("a\"} 1\nb", isAlive: false),
            ]))
        for line in [
            "populus_replicas 2", "populus_replica_up{address=\"10.0.0.1:9202\"} 1",
            "populus_replica_up{address=\"10.0.0.2:9202\"} 0", "populus_replica_up{address=\"10.0.0.3:9202\"} 1",
            "populus_replica_up{address=\"a} 1x0ab\"} 0", "populus_passed_on_total{task=\"\(task)\"} 0",
            "populus_passed_on_failures_total{task=\"\(task)\"} 0", "populus_taken_over_total{task=\"\(task)\"} 0",
            "populus_rebuild_seconds_total{task=\"\(task)\"} 0.0",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line) is missing in \(text)")
        }
        #expect(text.components(separatedBy: "\npopulus_replica_up{").count == 5, "\(text)")
        #expect(!text.contains("WlpaWlpa"), "the secret is told")
    }

    /// A process alone has none of it but the time that its own restart cost.
    @Test func oneAloneTellsNothingOfOthers() async throws {
        let (task, text) = try await metrics(nil)
        #expect(text.contains("\npopulus_rebuild_seconds_total{task=\"\(task)\"} 0.0\n"), "\(text)")
        for name in ["populus_replica", "populus_passed_on", "populus_taken_over"] { #expect(!text.contains(name)) }
    }

    /// The other numbers are worth having all the same.
    @Test func aStoreThatIsAwayHidesNoOtherNumber() async throws {
        let (task, text) = try await metrics(Knowing(others: nil))
        #expect(text.contains("\npopulus_task_up{task=\"\(task)\"} 1\n"), "\(text)")
        #expect(!text.contains("populus_replicas"))
        let again = try await metrics(Knowing(others: nil)).text
        #expect(!again.contains("it is away"))
    }
}
