import Foundation
import PopulusCollector
import PopulusDAP
import Testing

/// What a discovery says when it cannot go on, and what it never says.
@Suite struct DiscoveryFailureTests {
    private static let strings = WalkPlannerTests.corpus(seed: 41, size: 300, longest: 7)

    private static func scene(minThreshold: UInt64 = 2) throws -> DiscoveryScene {
        try DiscoveryScene(.sample(minThreshold: minThreshold), strings: strings)
    }

    /// So many that no count is a number of steps, bits or candidates.
    private static let counts: [(string: String, count: Int)] = [("popular", 15_013), ("poplar", 10_037), ("a", 9_041)]

    private static func rareScene() throws -> DiscoveryScene {
        try DiscoveryScene(
            .sample(), strings: counts.flatMap { Array(repeating: Array($0.string.utf8), count: $0.count) })
    }

    /// Every whole number and every text in a value, whatever is around it.
    private static func leaves(of value: Any) -> [String] {
        switch value {
        case let number as any BinaryInteger: ["\(number)"]
        case let text as String: [text]
        default: Mirror(reflecting: value).children.flatMap { leaves(of: $0.value) }
        }
    }

    // MARK: Below the threshold

    /// Before the result there is no prefix and no count of one, and in it none below the threshold.
    @Test(arguments: ["12000", "35%"])
    func nothingBelowTheThresholdIsShown(threshold: String) async throws {
        let scene = try Self.rareScene()
        defer { scene.cleanUp() }
        let reports = Self.counts.map(\.count).reduce(0, +)
        var (shown, walk): ([String], String?) = ([], nil)
        let wanted = try #require(DiscoveryThreshold(threshold))
        for try await event in scene.task.discover(threshold: wanted, bitsPerStep: 2) {
            if case .began(let beginning) = event { walk = beginning.walk }
            if case .finished(let result) = event {
                #expect(result.strings.map(\.text) == ["popular"] && result.strings.map(\.count.value) == [15_013])
                #expect(result.missing.beginnings.isEmpty && result.unencodable == nil)
            } else {
                shown += Self.leaves(of: event)
            }
        }
        // Numbers of votes have five digits here; that of all reports is no prefix's.
        let great = shown.filter { (Int($0) ?? 0) > 5_000 }
        #expect(Set(great) == ["\(reports)"])
        #expect(Set(shown.filter { Int($0) == nil }) == Set([walk].compactMap { $0 }))
    }

    /// Words about a contradiction can quote counts that were pruned: none of them leaves the library.
    @Test func aFailureQuotesNoCount() async throws {
        let scene = try Self.rareScene()
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.tampering = .risingVotes }
        let failure = try #require(await scene.task.discover(threshold: 12_000, bitsPerStep: 1).failure())
        #expect(failure.reason == .contradiction && failure.remains == .unfinished)
        #expect(!failure.description.contains { $0.isNumber })
    }

    // MARK: Typed failures

    @Test func whatTheTaskRefusesIsRefusedBeforeAnythingIsAsked() async throws {
        let scene = try Self.scene(minThreshold: 10)
        defer { scene.cleanUp() }
        let low = await scene.task.discover(threshold: 9).failure()
        #expect(low?.reason == .thresholdTooLow(votes: 9, least: 10, reports: nil) && low?.remains == .nothing)
        #expect(scene.task.leastThreshold == 10)
        let since = Date(timeIntervalSince1970: 60)
        for run in [
            scene.task.discover(threshold: 12, bitsPerStep: 17),
            scene.task.discover(threshold: 12, batch: .interval(since: since, until: since + 60)),
            scene.task.discover(threshold: .votes(0)),
        ] {
            guard case .invalidRequest? = await run.failure()?.reason else {
                Issue.record("it was asked")
                continue
            }
        }
        #expect(await scene.task.collect().failure()?.reason == .notCollected)
        #expect(scene.leader.state.withLock { $0.requests.isEmpty } && scene.kept == .none)
    }

    @Test func aShareThatIsTooLittleWaitsAndCanBeRaised() async throws {
        let scene = try Self.scene(minThreshold: 10)
        defer { scene.cleanUp() }
        let failure = await scene.task.discover(threshold: try #require(DiscoveryThreshold("1%"))).failure()
        #expect(failure?.reason == .thresholdTooLow(votes: 3, least: 10, reports: 300))
        #expect(failure?.remains == .unfinished)
        let result = try await scene.task.discover(threshold: 12, resume: true).result()
        #expect(result.strings.map(\.bytes) == scene.popular(12))
    }

    @Test func aWalkThatIsOverIsAbandoned() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.patience = 2 }
        #expect(await scene.task.discover(threshold: 4, bitsPerStep: 2).failure()?.remains == .unfinished)
        let problem = ProblemDocument(type: .lateRejectionsExceeded, detail: "too many", party: .helper)
        scene.gate.state.withLock { $0.refusal = .refused(problem, status: 400) }
        let failure = try #require(await scene.task.discover(threshold: 4, bitsPerStep: 2, resume: true).failure())
        guard case .refused(let refusal) = failure.reason else { throw failure }
        #expect(refusal.party == .helper && refusal.status == 400 && refusal.detail == "too many")
        #expect(refusal.type == ProblemType.lateRejectionsExceeded.uri && failure.remains == .over)
        #expect(try await scene.task.abandonDiscovery() && scene.kept == .none)
        #expect(scene.leader.state.withLock { $0.deleted.count } == 1)
        #expect(try await !scene.task.abandonDiscovery())
    }

    /// A first step that is refused leaves nothing behind.
    @Test func aWalkThatDoesNotBeginLeavesNothing() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        scene.gate.state.withLock { $0.refusal = .refused(ProblemDocument(type: .invalidBatchSize), status: 400) }
        #expect(await scene.task.discover(threshold: 4).failure()?.remains == .nothing)
        #expect(scene.kept == .none)
    }

    // MARK: Files

    @Test func aFileThatIsNoneIsRefused() async throws {
        let scene = try Self.scene()
        defer { scene.cleanUp() }
        for name in ["client.json", "nothing.json"] {
            #expect { try CollectorTask(file: scene.folder.path + "/" + name) } throws: { error in
                if case .unusableTask? = (error as? CollectorFailure)?.reason { true } else { false }
            }
        }
        let json = try Data(contentsOf: URL(fileURLWithPath: scene.folder.collector))
        let task = try CollectorTask(json: json, stateFolder: scene.folder.path, name: "other")
        #expect(task.id == scene.task.id && task.isDiscovered && task.fingerprint == scene.task.fingerprint)
        #expect(task.leastBatch == 5 && !task.batchesAreIntervals && task.timePrecision == 1)
        var secrets = ""
        dump(task, to: &secrets)
        #expect(!secrets.contains(scene.folder.secrets.collectorToken) && "\(task)" == "CollectorTask(\(task.id))")
    }

    @Test func aStateOfAnotherTaskIsNoReasonToBeginAnew() async throws {
        let (one, other) = (try Self.scene(), try Self.scene())
        defer {
            one.cleanUp()
            other.cleanUp()
        }
        one.leader.state.withLock { $0.patience = 1 }
        _ = await one.task.discover(threshold: 4).failure()
        try FileManager.default.copyItem(
            atPath: one.folder.path + "/collector.walk.json", toPath: other.folder.path + "/collector.walk.json")
        guard case .state? = await other.task.discover(threshold: 4, resume: true).failure()?.reason else {
            Issue.record("a walk of another task was gone on with")
            return
        }
        #expect(other.leader.state.withLock { $0.requests.isEmpty })
    }
}
