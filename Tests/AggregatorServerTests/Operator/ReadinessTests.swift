import Aggregator
import AggregatorServer
import AggregatorServerHarness
import HTTPServingHarness
import Logging
import PopulusDAP
import Synchronization
import Testing

/// When a process is ready by its operator's address, and what is not asked while its store is away.
@Suite struct ReadinessTests {
    /// A task's store that is in one state.
    private struct Witness: StoreWitness {
        var conflict: StoreConflict?
        var isAway = false

        var statement: StoreStatement {
            StoreStatement(store: .random(), current: Incarnation(id: .random(), count: 1), echo: nil)
        }
        func hear(_ statement: StoreStatement?) async throws(StoreConflict) {}
        func examine(_ statement: StoreStatement) async -> StoreConflict? { conflict }
    }

    /// Counts how often it is asked for the others.
    private final class Asked: StoreReplica {
        let id = ReplicaID.random()
        let isShared = true
        let life = Duration.seconds(10)
        let count = Mutex(0)

        func announce(_ address: String) async throws {}
        func withdraw() async throws {}
        func secret() async throws -> [UInt8] { [] }
        func known() async throws -> [KnownReplica] {
            count.withLock { $0 += 1 }
            return []
        }
    }

    /// A backend whose store fails as long as it is told to.
    private final class Failing: Backend {
        let role = Role.leader
        let task = TaskID.random()
        let fails = Mutex(true)

        func hpkeConfigList() -> HpkeConfigList { HpkeConfigList(configs: []) }
        func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer { ResourceAnswer() }
        func reportCounts() async throws(AggregatorError) -> [ReportCount] {
            if fails.withLock({ $0 }) { throw .internal("a torn cable") }
            return []
        }
        func status() async throws(AggregatorError) -> TaskStatus {
            if fails.withLock({ $0 }) { throw .internal("a torn cable") }
            return TaskStatus(role: role, task: task, configuration: [])
        }
    }

    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func ask(_ path: String, _ handler: AdminHandler) async throws -> (status: Int, body: String) {
        try await withServer(handler) { port in
            let reply = try await RawSocket.exchange(
                port: port, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return (reply.status ?? 0, reply.body)
        }
    }

    private func handler(
        _ witnesses: [Witness], _ store: StoreState = .here, replica: (any StoreReplica)? = nil
    ) throws -> AdminHandler {
        let registry = TaskRegistry(role: .helper)
        for witness in witnesses {
            try registry.add(
                ServedTask(
                    backend: FakeBackend(.helper), url: "http://127.0.0.1:1/", tokens: [:], witness: witness))
        }
        var facts = OperatorFacts()
        facts.store = { store }
        facts.readiness.begin()
        return AdminHandler(
            of: ResourceHandler(registry: registry, logger: Self.logger), replica: replica, facts: facts)
    }

    /// Also where there is no task whose store could be asked.
    @Test(arguments: [StoreState.away, .lost("it was moved")]) func aServerWithoutTasksNeedsItsStoreToo(
        store: StoreState
    ) async throws {
        let unready = try await ask("/readyz", handler([], store))
        #expect(unready.status == 503 && unready.body.contains("the store cannot be"), "\(unready)")
        #expect(try await ask("/metrics", handler([], store)).body.contains("\npopulus_ready 0\n"))
        #expect(try await ask("/readyz", handler([])).body == "ready\n")
    }

    /// A store that the other aggregator refuses answers 409 to everything.
    @Test func aTaskThatIsRefusedIsNoneToBeReadyFor() async throws {
        let refused = Witness(conflict: .peerIsSilent)
        let unready = try await ask("/readyz", handler([refused]))
        #expect(unready.status == 503 && unready.body.contains("no task's store"), "\(unready)")
        #expect(try await ask("/readyz", handler([refused, Witness()])).status == 200)
    }

    /// Whoever asks a database that is away waits for it, longer than Prometheus waits for the metrics.
    @Test func aStoreThatIsAwayIsNotAskedForOthers() async throws {
        for (witnesses, store) in [([Witness(isAway: true)], StoreState.here), ([], .away)] {
            let replica = Asked()
            let metrics = try await ask("/metrics", handler(witnesses, store, replica: replica))
            #expect(metrics.body.contains("\npopulus_ready 0\n") && replica.count.withLock { $0 } == 0)
        }
        let replica = Asked()
        _ = try await ask("/metrics", handler([Witness()], replica: replica))
        #expect(replica.count.withLock { $0 } == 1)
    }

    /// The same trouble with two reasons behind its colon is one sample, as Prometheus keeps one of two.
    @Test func aTroubleIsOneSample() async throws {
        let troubles = Troubles(of: nil, logger: Self.logger)
        for reason in ["one store", "one store", "another store"] { troubles.note("aggregateShare refused: \(reason)") }
        let handler = ResourceHandler(
            registry: TaskRegistry(role: .helper), troubles: troubles, logger: Self.logger)
        let text = try await ask("/metrics", AdminHandler(of: handler)).body
        let samples = text.split(separator: "\n").filter { $0.hasPrefix("populus_troubles_total{") }
        #expect(samples == ["populus_troubles_total{trouble=\"aggregateShare refused\"} 3"], "\(text)")
        // No line of any family is there twice.
        let names = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.prefix { $0 != " " } }
        #expect(Set(names).count == names.count)
    }

    /// Metrics and statuses that could be had again are told of, once.
    @Test func aTroubleOfLooksEnds() async throws {
        let (backend, registry) = (Failing(), TaskRegistry(role: .leader))
        let lines = Lines()
        try registry.add(ServedTask(backend: backend, url: "http://127.0.0.1:1/", tokens: [:]))
        let handler = AdminHandler(of: ResourceHandler(registry: registry, logger: lines.logger))
        for fails in [true, false, false] {
            backend.fails.withLock { $0 = fails }
            for path in ["/metrics", "/status"] { _ = try await ask(path, handler) }
        }
        let told = lines.all.withLock { $0 }.filter { !$0.hasPrefix("admin:") }
        #expect(
            told == [
                "metrics failed", "a status failed", "no longer so: metrics failed", "no longer so: a status failed",
            ])
    }

    /// Keeps what is logged from `notice` upwards.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
        var logger: Logger { Logger(label: "test", factory: { _ in Handler(lines: self) }) }

        struct Handler: LogHandler {
            let lines: Lines
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.notice

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(
                level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String,
                file: String, function: String, line: UInt
            ) {
                lines.all.withLock { $0.append("\(message)") }
            }
        }
    }
}
