import Aggregator
import AggregatorServer
import AggregatorServerHarness
import Foundation
import HTTPServingHarness
import Logging
import PopulusDAP
import Testing

/// The format of the metrics, and that the table of families is the truth.
@Suite struct MetricsTests {
    /// A task that has something of everything.
    private struct Busy: Backend {
        let role = Role.leader
        let task = TaskID.random()
        let watch: PeerWatch?
        let troubles: Troubles?
        let storeMeter: StoreMeter? = StoreMeter()

        init(_ logger: Logger) {
            watch = PeerWatch(of: task, clock: SystemClock(), logger: logger)
            watch?.looked(nil)
            troubles = Troubles(of: task, logger: logger)
            storeMeter?.note(.write, since: .now, runs: 7, failed: true)
            troubles?.note("a \"trouble\"\n: with a reason", reason: "a torn cable")
        }

        func hpkeConfigList() -> HpkeConfigList { HpkeConfigList(configs: []) }
        func answer(_ request: ResourceRequest) async throws(AggregatorError) -> ResourceAnswer { ResourceAnswer() }
        func reportCounts() async throws(AggregatorError) -> [ReportCount] { [] }
        func status() async throws(AggregatorError) -> TaskStatus {
            TaskStatus(role: role, task: task, configuration: [1])
        }

        func figures() async throws(AggregatorError) -> TaskFigures {
            var figures = TaskFigures(turnedAway: [
                ReportCount(error: .vdafVerifyError, point: .verification(step: 2, level: 9), count: 3),
                ReportCount(error: .outdatedConfig, point: .upload, count: 4),
            ])
            figures.jobs = [.init(kind: .collection, state: "at_work"): 1]
            figures.oldest = [.collection: 90]
            figures.waiting = WaitingReports(exact: 1234, least: 100, oldest: SystemClock().now - 3600, countedAt: 1)
            figures.keyUse = [7: 12]
            figures.keys = [7: true, 8: false]
            figures.isClosed = true
            var numbers = TaskMeter.Numbers()
            numbers.accepted = 12
            numbers.collections = [.firstStep: .long, .batch: .long]
            numbers.collections[.firstStep]?.observe(.milliseconds(250))
            numbers.collections[.firstStep]?.observe(.seconds(100_000))
            numbers.shards = numbers.collections
            numbers.candidates.observe(16)
            numbers.reports.observe(1234)
            numbers.rejected = [.init(party: .helper, reason: .vdafVerifyError): 5]
            figures.meter = numbers
            return figures
        }
    }

    private struct Alone: StoreReplica {
        let id = ReplicaID.random()
        let isShared = true
        let life = Duration.seconds(10)

        func announce(_ address: String) async throws {}
        func withdraw() async throws {}
        func secret() async throws -> [UInt8] { [] }
        func known() async throws -> [KnownReplica] {
            [KnownReplica(id: id, address: "10.0.0.1:9202", isAlive: true, silence: .zero)]
        }
    }

    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func exchange(
        _ path: String, _ facts: OperatorFacts = OperatorFacts()
    ) async throws -> (status: Int, body: String) {
        let registry = TaskRegistry(role: .leader)
        try registry.add(
            ServedTask(
                backend: Busy(Self.logger), url: "http://127.0.0.1:1/", tokens: [:],
                uploadTokens: UploadTokens(digests: [[UInt8](repeating: 1, count: 32)]), moved: MovedWork()))
        let handler = ResourceHandler(registry: registry, logger: Self.logger)
        return try await withServer(handler) { port in
            _ = try await RawSocket.exchange(
                port: port, "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return try await withServer(AdminHandler(of: handler, replica: Alone(), facts: facts)) { admin in
                let reply = try await RawSocket.exchange(
                    port: admin, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                return (reply.status ?? 0, reply.body)
            }
        }
    }

    private func metrics() async throws -> String {
        var facts = OperatorFacts()
        (facts.version, facts.commit) = ("1.2.3", "abc")
        facts.machine = Machine(logger: Self.logger)
        facts.storeRoom = { StoreRoom(bytes: ["database": 4096], freeBytes: ["database": 8192]) }
        return try await exchange("/metrics", facts).body
    }

    /// Every family is there, once, with the kind and the labels of the table and no others.
    @Test func everyFamilyIsInTheTable() async throws {
        let text = try await metrics()
        var (current, seen) = (MetricFamily?.none, [MetricFamily]())
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                let family = try #require(MetricFamily(rawValue: String(words[2])), "\(line)")
                #expect(words[3] == family.kind.rawValue)
                seen.append(family)
                current = family
            } else if !line.hasPrefix("#") {
                let family = try #require(current)
                let name = line.prefix { $0 != "{" && $0 != " " }
                let ends = family.kind == .histogram ? ["_bucket", "_sum", "_count"] : [""]
                #expect(ends.map { family.rawValue + $0 }.contains(String(name)), "\(line)")
                let labels = Set(line.matches(of: /([a-z_]+)="/).map { String($0.1) }).subtracting(["le"])
                #expect(labels.isSubset(of: family.labels), "\(line)")
            }
        }
        #expect(seen == MetricFamily.allCases, "\(Set(MetricFamily.allCases).subtracting(seen))")
        #expect(seen.count >= 15 && seen.filter { $0.kind == .histogram }.count >= 3)
    }

    @Test func aHistogramAddsUp() async throws {
        let text = try await metrics()
        let lines = text.split(separator: "\n").filter {
            $0.hasPrefix("populus_collection_duration_seconds") && $0.contains("first_step")
        }
        let values = lines.filter { $0.contains("_bucket") }
            .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(values == values.sorted() && values.first == 0 && values.last == 2, "\(lines)")
        #expect(lines.contains { $0.contains("le=\"0.3\"") && $0.hasSuffix(" 1") }, "\(lines)")
        #expect(lines.contains { $0.contains("le=\"+Inf\"") && $0.hasSuffix(" 2") })
        let sum = lines.first { $0.contains("_sum") }?.split(separator: " ").last.flatMap { Double($0) } ?? 0
        #expect(abs(sum - 100_000.25) < 0.001, "\(lines)")
        #expect(lines.contains { $0.contains("_count") && $0.hasSuffix(" 2") })
        // What was never observed is not told.
        #expect(!text.contains("populus_collection_duration_seconds_count{task=\"\",kind=\"batch\""))
    }

    /// The task's ID, as the metrics have it.
    private func task(in text: String) -> String {
        text.firstMatch(of: /populus_task_up\{task="([^"]+)"/).map { String($0.1) } ?? ""
    }

    @Test func numbersOfATaskAreItsOwn() async throws {
        let text = try await metrics()
        for end in [
            "reason=\"outdated_config\",point=\"upload\"} 4", "kind=\"collection\",state=\"at_work\"} 1",
            "kind=\"collection\"} 90", "key=\"7\"} 12", "party=\"helper\",reason=\"vdaf_verify_error\"} 5",
            "populus_task_closed{task=\"\(task(in: text))\"} 1",
            // As coarse as the Collector learns it.
            "} 1230", "trouble=\"a trouble\\x0a\"} 1".replacing("\\", with: ""),
        ] {
            #expect(text.split(separator: "\n").contains { $0.hasSuffix(end) }, "\(end) is missing in \(text)")
        }
        #expect(text.contains("populus_build_info{version=\"1.2.3\",commit=\"abc\",role=\"leader\"} 1\n"))
        #expect(text.contains("populus_store_transaction_retries_total{kind=\"write\"} 6\n"))
        #expect(text.contains("populus_store_transaction_failures_total{kind=\"write\"} 1\n"))
        // Which reason it was is for the log.
        #expect(!text.contains("torn cable") && !text.contains("with a reason"))
    }

    @Test func readinessHasAReason() async throws {
        var facts = OperatorFacts()
        let starting = try await exchange("/readyz", facts)
        #expect(starting.status == 503 && starting.body.hasPrefix("starting"), "\(starting)")
        facts.readiness.begin()
        let serving = try await exchange("/readyz", facts)
        #expect(serving.status == 200 && serving.body == "ready\n", "\(serving)")
        // The store is asked itself, whether there is a task or not.
        facts.store = { .away }
        let away = try await exchange("/readyz", facts)
        #expect(away.status == 503 && away.body == "the store cannot be reached\n", "\(away)")
        facts.store = { .here }
        #expect(try await exchange("/readyz", facts).status == 200)
        facts.readiness.stop()
        // Told to stop it never comes back.
        facts.readiness.begin()
        let stopping = try await exchange("/readyz", facts)
        #expect(stopping.status == 503 && stopping.body == "stopping\n", "\(stopping)")
        #expect(try await exchange("/metrics", facts).body.contains("\npopulus_ready 0\n"))
    }

    @Test func statusesAreForTheOperator() async throws {
        let reply = try await exchange("/status")
        let process = try #require(ProcessStatus(decoding: Array(reply.body.utf8)))
        #expect(process.role == "leader" && process.tasks.count == 1 && process.notReady != nil, "\(reply)")
        #expect(process.tasks.first?.role == "leader")
    }

    /// None of it is told to strangers.
    @Test(arguments: ["/readyz", "/status", "/metrics"]) func strangersHearNothing(path: String) async throws {
        let backend = FakeBackend(.leader)
        try await backend.serving { port in
            let reply = try await RawSocket.exchange(
                port: port, "GET \(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(reply.status == 404, "\(reply.text)")
        }
    }

    /// The operator's guide has the table of the code: names and labels.
    @Test func theDocumentedTableIsTheServedOne() throws {
        let guide = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/populus/populus.docc/OperatorsGuide.md")
        let text = try String(contentsOf: guide, encoding: .utf8)
        let documented = text.split(separator: "\n").filter {
            $0.hasPrefix("| `populus_") || $0.hasPrefix("| `process_")
        }.map { $0.split(separator: "|").prefix(2).map { $0.trimmingCharacters(in: .whitespaces) } }
        let served = MetricFamily.allCases.map { family in
            ["`\(family.rawValue)`", family.labels.map { "`\($0)`" }.joined(separator: ", ")]
        }
        #expect(Set(documented.map { $0.joined(separator: " ") }) == Set(served.map { $0.joined(separator: " ") }))
        #expect(documented.count == served.count)
    }
}
