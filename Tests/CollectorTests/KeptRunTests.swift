import Foundation
import PopulusCollector
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import ResultText
import Results
import Testing

/// What runs end with comes to a file of results by one call.
@Suite struct KeptRunTests {
    private static let strings = WalkPlannerTests.corpus(seed: 41, size: 300, longest: 7)

    private let folder = FileManager.default.temporaryDirectory.path + "/kept-\(UUID().uuidString)"

    private func withStore(_ body: (ResultsStore) async throws -> Void) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(try ResultsStore(path: folder + "/results.sqlite", for: .recording))
    }

    private func discovery(_ task: DiscoveryTask, _ leader: FakeLeader) -> Discovery {
        Discovery(task: task, jobs: leader, statePath: folder + "/walk.json", version: "1") { _ in }
    }

    private var saved: DiscoveryState? {
        if case .state(let state) = DiscoveryState.load(folder + "/walk.json") { state } else { nil }
    }

    /// A walk that stands still is kept without a string, and its result takes that place when it went on.
    @Test func aWalkThatFailsAndGoesOn() async throws {
        try await withStore { store in
            let task = try DiscoveryTask.sample()
            let kept = KeptTask(id: task.id, configuration: task.configuration, encoding: "bytes")
            let leader = FakeLeader(
                try PlaintextOracle(strings: Self.strings, bits: task.bits, encoding: task.encoding), task)
            leader.state.withLock { $0.patience = 3 }
            let discovery = discovery(task, leader)
            let start = discovery.newState(DiscoveryOptions(threshold: "4", bitsPerStep: "2"))
            await #expect(throws: CollectorError.self) { try await discovery.run(from: start) }
            let state = try #require(saved)
            let failure = try KeptWalk(
                WalkFailure(of: .unreachable(url: "http://leader.example/", reason: "gone")), of: state, task: task,
                kept: kept, version: "1", ended: 1_000)
            #expect(try store.record(failure) == .new)
            #expect(try store.record(failure) == .same)
            let head = try #require(try store.heads(of: task.id).first)
            #expect(head.ending == .failed(WalkFailure(.unreachable, party: .leader)) && head.steps.count == 3)
            #expect(try store.walk(state.walk, of: task.id)?.strings == [])
            #expect(throws: ComparisonRefusal.self) { try WalkComparison(from: failure, to: failure) }

            leader.state.withLock { $0.patience = .max }
            let record = try await discovery.run(from: state)
            #expect(try store.record(record, of: kept) == .wentOn)
            let walk = try #require(try store.walk(state.walk, of: task.id))
            #expect(walk.strings == leader.oracle.popular(4) && walk.head.ending == .complete)
            #expect(walk.head.steps.map(\.level) == record.levels && walk.head.steps.allSatisfy { $0.bits > 0 })
            // What is kept beside the task has no steps, and is the same walk.
            let beside = try #require(WalkRecord(json: Array(record.json.utf8)))
            #expect(try store.record(beside, of: kept) == .same)
            #expect(try store.walk(state.walk, of: task.id) == walk)
            // A result is never taken back.
            #expect(throws: ResultsError.differs("walk \(state.walk)")) { try store.record(failure) }
        }
    }

    /// A result that was kept beside the task, and has no steps, takes the place of the walk's failure as well.
    @Test func aFailureAndTheResultFromBesideTheTask() async throws {
        try await withStore { store in
            let task = try DiscoveryTask.sample()
            let kept = KeptTask(id: task.id, configuration: task.configuration, encoding: "bytes")
            let leader = FakeLeader(
                try PlaintextOracle(strings: Self.strings, bits: task.bits, encoding: task.encoding), task)
            leader.state.withLock { $0.patience = 3 }
            let discovery = discovery(task, leader)
            let start = discovery.newState(DiscoveryOptions(threshold: "4", bitsPerStep: "2"))
            await #expect(throws: CollectorError.self) { try await discovery.run(from: start) }
            let state = try #require(saved)
            try store.record(
                try KeptWalk(
                    WalkFailure(.interrupted), of: state, task: task, kept: kept, version: "1", ended: 1_000))
            leader.state.withLock { $0.patience = .max }
            let record = try await discovery.run(from: state)
            let beside = try #require(WalkRecord(json: Array(record.json.utf8)))
            #expect(try store.record(beside, of: kept) == .wentOn)
            #expect(try store.walk(state.walk, of: task.id)?.strings == leader.oracle.popular(4))
        }
    }

    /// Before a share of the reports is a number of votes nobody knows which candidates have enough.
    @Test func aFirstStepBeforeItsThresholdHasNoSurvivors() async throws {
        try await withStore { store in
            let task = try DiscoveryTask.sample()
            let kept = KeptTask(id: task.id, configuration: task.configuration, encoding: "bytes")
            let leader = FakeLeader(
                try PlaintextOracle(strings: Self.strings, bits: task.bits, encoding: task.encoding), task)
            leader.state.withLock { $0.patience = 2 }
            let discovery = discovery(task, leader)
            let start = discovery.newState(DiscoveryOptions(threshold: "2%", bitsPerStep: "2"))
            await #expect(throws: CollectorError.self) { try await discovery.run(from: start) }
            var state = try #require(saved)
            func steps() throws -> [KeptStep] {
                try KeptWalk(WalkFailure(.interrupted), of: state, task: task, kept: kept, version: "1", ended: 1_000)
                    .head.steps
            }
            #expect(try steps().allSatisfy { $0.survivors != nil })
            state.votes = nil
            #expect(try steps().map(\.survivors) == steps().map { _ in nil })
            let walk = try KeptWalk(
                WalkFailure(.interrupted), of: state, task: task, kept: kept, version: "1", ended: 1_000)
            #expect(try store.record(walk) == .new)
            #expect(try store.walk(state.walk, of: task.id) == walk && walk.json.contains(#""survivors":null"#))
        }
    }

    /// Words of an error can quote counts that were pruned: none of them is kept.
    @Test func aFailureHasNoWords() throws {
        let secret = CollectorError.inconsistent("the extensions of a prefix have 3 votes, the prefix had 2")
        let outOfBounds = CollectorError.outOfBounds(candidates: 9, maximum: 8, threshold: 12_345)
        for error in [secret, outOfBounds] {
            let failure = WalkFailure(of: error)
            #expect(failure.party == nil && failure.problem == nil)
        }
        #expect(WalkFailure(of: .interrupted) == WalkFailure(.interrupted))
        let problem = ProblemDocument(type: .lateRejectionsExceeded, detail: "secret", party: .helper)
        #expect(
            WalkFailure(of: .refused(problem, status: 400))
                == WalkFailure(.refused, party: .helper, problem: ProblemType.lateRejectionsExceeded.uri))
    }

    @Test func aBatch() async throws {
        try await withStore { store in
            let task = try BatchTask.sample(.prio3Histogram(length: 3, chunkLength: 2))
            let kept = KeptTask(id: task.id, configuration: task.configuration, encoding: nil)
            let request = task.configuration.collectionRequest(.leaderSelected)
            let body = try await FakeBatchLeader(task, numbers: [2, 0, 7], elementSize: 16, reports: 9)
                .body(of: request)
            let report = try BatchReport(
                vdaf: task.configuration.vdaf, answer: try BatchAnswer(body: body, request: request, task: task),
                precision: task.configuration.timePrecision)
            let job = CollectionJobID.random()
            func record(began: UInt64, ended: UInt64, job: CollectionJobID = job) -> BatchRecord {
                BatchRecord(
                    report: report,
                    facts: report.facts(task: task, version: "1", asked: .leaderSelected, began: began, ended: ended),
                    job: job)
            }
            #expect(try store.record(record(began: 7, ended: 9), of: kept) == .new)
            #expect(try store.record(record(began: 7, ended: 10), of: kept) == .same)
            // The next batch may have the very same numbers.
            #expect(try store.record(record(began: 8, ended: 10), of: kept) == .new)
            // So may one that began in the same second.
            #expect(try store.record(record(began: 8, ended: 10, job: .random()), of: kept) == .new)
            let found = try store.collections(of: task.id)
            #expect(found.map(\.numbers) == [[2, 0, 7], [2, 0, 7], [2, 0, 7]] && found.first?.csv() == report.csv())
            #expect(try store.tasks() == [kept] && kept.scheme == "prio3-histogram")
        }
    }
}
