import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import ResultText
import Testing

@Suite struct DiscoveryTests {
    /// A task, its Leader, and a folder for the state.
    private struct Scene {
        let task: DiscoveryTask
        let leader: FakeLeader
        let statePath: String

        init(_ task: DiscoveryTask, strings: [[UInt8]]) throws {
            self.task = task
            leader = FakeLeader(
                try PlaintextOracle(strings: strings, bits: task.bits, encoding: task.encoding), task)
            statePath = FileManager.default.temporaryDirectory.path + "/discovery-\(UUID().uuidString).json"
        }

        func discovery(now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) -> Discovery {
            Discovery(task: task, jobs: leader, statePath: statePath, now: now) { _ in }
        }

        var saved: DiscoveryState? {
            if case .state(let state) = DiscoveryState.load(statePath) { return state }
            return nil
        }

        func cleanUp() {
            try? FileManager.default.removeItem(atPath: statePath)
        }
    }

    private static let strings = WalkPlannerTests.corpus(seed: 41, size: 300, longest: 7)

    @Test(arguments: ["auto", "1", "3", "8"])
    func aWalkFindsThePlaintextCounts(bitsPerStep: String) async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        let discovery = scene.discovery()
        let result = try await discovery.run(
            from: discovery.newState(DiscoveryOptions(threshold: "4", bitsPerStep: bitsPerStep))
        ).result
        #expect(result.strings == scene.leader.oracle.popular(4))
        #expect(result.reports == 300 && result.acceptedAtStart == 300 && result.unfinished == 0)
        // Each request names the walk and its own step.
        let state = try #require(scene.saved)
        for (step, request) in scene.leader.state.withLock({ $0.requests }).enumerated() {
            let walk = try #require(try CollectionJobReq(decoding: request).walkExtension())
            #expect(walk.walkID == state.walk && Int(walk.step) == step)
        }
    }

    /// A kept result is the result, whatever bytes its strings have.
    @Test func aRecordIsReadAsItWasWritten() async throws {
        let scene = try Scene(.sample(), strings: Self.strings + Array(repeating: [0xff, 0x5c, 0x22, 0x0a], count: 9))
        defer { scene.cleanUp() }
        let discovery = scene.discovery()
        let result = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "3.4%"))).result
        let state = try #require(scene.saved)
        let record = WalkRecord(
            result, of: state, task: scene.task, version: "1", ended: 1_769_860_800)
        #expect(record.levels.count == result.steps && record.facts.interval != nil && record.threshold == "3.4%")
        let read = try #require(WalkRecord(json: Array(record.json.utf8)))
        #expect(read.json == record.json && read.result.strings == result.strings && read.walk == state.walk)
        #expect(WalkRecord(json: Array(record.sidecar(csv: "out.csv").utf8)) == nil)
        #expect(Array(record.sidecar(csv: "out.csv").utf8).starts(with: ResultFacts.beginning))
        #expect(!record.sidecar(csv: "out.csv").contains("\"value\""))
    }

    /// The Leader is asked once, for the walk's last job; what it does not tell is not none.
    @Test(
        arguments: [
            nil, [],
            [
                RejectedReports(party: .leader, reason: .hpkeDecryptError, count: 2),
                RejectedReports(party: .helper, reason: .invalidMessage, count: 1),
            ],
        ] as [[RejectedReports]?])
    func rejectedReportsAreToldWithTheResult(rejections: [RejectedReports]?) async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.rejections = rejections }
        let discovery = scene.discovery()
        let record = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "4")))
        #expect(record.facts.rejections == rejections)
        let last = try #require(scene.saved?.lastJob)
        #expect(scene.leader.state.withLock { $0.askedForRejections } == [last])
        #expect(try #require(WalkRecord(json: Array(record.json.utf8))).facts.rejections == rejections)
        let text = rejections.map { #""rejections":"# + ($0.isEmpty ? "[]" : #"[{"party":"leader","#) }
        #expect(text.map { record.json.contains($0) } ?? !record.json.contains(#""rejections":"#))
        #expect(text.map { record.jsonLines().contains($0) } ?? !record.jsonLines().contains(#""rejections":"#))
        #expect(text.map { record.sidecar(csv: "a").contains($0) } ?? true)
    }

    /// A walk that the Leader has ended keeps them in its state; one whose Leader is away is not asked for.
    @Test(arguments: [ProblemType.lateRejectionsExceeded, nil])
    func rejectedReportsOfAWalkThatFailed(problem: ProblemType?) async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        let rejections = [RejectedReports(party: .leader, reason: .vdafVerifyError, count: 9)]
        scene.leader.state.withLock { state in
            (state.rejections, state.patience) = (rejections, 2)
            state.refusal = problem.map {
                ProblemDocument(type: $0, status: 409, detail: "too many", taskID: scene.task.id)
            }
        }
        let discovery = scene.discovery()
        await #expect(throws: CollectorError.self) {
            try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "4")))
        }
        let state = try #require(scene.saved)
        #expect(state.steps.count == 2 && state.rejections == (problem == nil ? nil : rejections))
        #expect(scene.leader.state.withLock { $0.askedForRejections.count } == (problem == nil ? 0 : 1))
    }

    @Test func inWords() {
        #expect(RejectionWords.line(nil) == "rejected reports: not told by the Leader")
        #expect(RejectionWords.line([]) == "rejected reports: none")
        #expect(
            RejectionWords.line([
                RejectedReports(party: .leader, reason: .vdafVerifyError, count: 3),
                RejectedReports(party: .helper, reason: .invalidMessage, count: 1),
            ])
                == "rejected reports: 4; 3 by the leader: vdaf_verify_error (its shares do not verify); "
                + "1 by the helper: invalid_message (it does not decode)")
    }

    @Test func aShareIsOfTheReportsOfTheFirstStep() async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        let discovery = scene.discovery()
        let result = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "3.4%"))).result
        #expect(result.votes == 11 && result.strings == scene.leader.oracle.popular(11))
    }

    @Test func anInterruptedWalkRepeatsItsVeryRequest() async throws {
        let whole = try Scene(.sample(), strings: Self.strings)
        defer { whole.cleanUp() }
        for patience in 0..<6 {
            let scene = try Scene(whole.task, strings: Self.strings)
            defer { scene.cleanUp() }
            scene.leader.state.withLock { $0.patience = patience }
            let discovery = scene.discovery()
            let start = discovery.newState(DiscoveryOptions(threshold: "4", bitsPerStep: "2"))
            await #expect(throws: CollectorError.self) { try await discovery.run(from: start) }
            let state = try #require(scene.saved)
            let asked = try #require(state.asked)
            #expect(state.steps.count == patience)
            scene.leader.state.withLock { $0.patience = .max }
            let result = try await scene.discovery().run(from: state).result
            #expect(result.strings == scene.leader.oracle.popular(4))
            #expect(scene.leader.state.withLock { $0.requests[patience] } == [UInt8](asked.request))
        }
    }

    @Test func theRequestIsOnTheDiskBeforeItIsPosted() async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.patience = 0 }
        let discovery = scene.discovery()
        await #expect(throws: CollectorError.self) {
            try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "4")))
        }
        #expect(scene.saved?.asked != nil && scene.saved?.lastJob == nil)
    }

    /// What a power failure leaves of the last line is no state; the one before is.
    @Test(arguments: ["torn", "holes", "whole"]) func theLastWholeLineCounts(_ kind: String) async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.patience = 3 }
        let discovery = scene.discovery()
        let start = discovery.newState(DiscoveryOptions(threshold: "4", bitsPerStep: "2"))
        await #expect(throws: CollectorError.self) { try await discovery.run(from: start) }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: scene.statePath))
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count > 3 && bytes.last == UInt8(ascii: "\n"))
        let whole = try #require(scene.saved)
        #expect(whole.steps.count == 3 && whole.asked != nil)
        var damaged = bytes
        switch kind {
        case "torn": damaged.removeLast(lines[lines.count - 1].count / 2)
        case "holes":
            for place in damaged.indices.suffix(lines[lines.count - 1].count).dropLast(9) { damaged[place] = 0 }
        default: break
        }
        try damaged.write(to: URL(fileURLWithPath: scene.statePath))
        let loaded = try #require(scene.saved)
        #expect(loaded.steps.count == (kind == "whole" ? 3 : 2) && loaded.asked != nil)
        scene.leader.state.withLock { $0.patience = .max }
        let result = try await scene.discovery().run(from: loaded).result
        #expect(result.strings == scene.leader.oracle.popular(4))
    }

    /// Another file under the name, or a longer one, is replaced as a whole.
    @Test(arguments: ["longer", "another", "none"]) func aFileThatIsNotTheOneThatWasWritten(_ kind: String) throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        let file = DiscoveryStateFile(scene.statePath)
        var state = scene.discovery().newState(DiscoveryOptions(threshold: "4"))
        try file.save(state)
        let url = URL(fileURLWithPath: scene.statePath)
        switch kind {
        case "longer": try (Data(contentsOf: url) + Data("more".utf8)).write(to: url)
        case "another":
            try FileManager.default.removeItem(at: url)
            try Data("{}".utf8).write(to: url)
        default: try FileManager.default.removeItem(at: url)
        }
        state.unfinished = 7
        try file.save(state)
        #expect(scene.saved == state)
        #expect(try Data(contentsOf: url).split(separator: UInt8(ascii: "\n")).count == 1)
    }

    /// Of a later step the job is not saved: who abandons the walk asks again.
    ///
    /// A question that the Leader refuses for good made none.
    @Test(arguments: [nil, ProblemType.stepMismatch, .walkEnded, .unrecognizedTask])
    func abandoningAsksForTheLatestJob(refusal: ProblemType?) async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.patience = 2 }
        let discovery = scene.discovery()
        await #expect(throws: CollectorError.self) {
            try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "4")))
        }
        let state = try #require(scene.saved)
        #expect(state.steps.count == 2 && state.asked != nil)
        scene.leader.state.withLock { leader in
            leader.patience = refusal == nil ? .max : 0
            leader.refusal = refusal.map { ProblemDocument(type: $0, status: 409, detail: "no", taskID: scene.task.id) }
        }
        let abandoning: Result<Void, CollectorError>
        do throws(CollectorError) { abandoning = .success(try await scene.discovery().abandon(state)) } catch {
            abandoning = .failure(error)
        }
        let deleted = scene.leader.state.withLock { $0.deleted }
        switch refusal {
        case nil:
            #expect(deleted.count == 1 && deleted.first != state.lastJob)
        case .stepMismatch?:
            #expect(deleted == [state.lastJob])
        default:
            #expect(deleted.isEmpty)
            guard case .failure(.refused) = abandoning else { Issue.record("\(abandoning)"); return }
        }
    }

    @Test func nothingPopularEndsWithAnEmptyResultAndDeletesTheJob() async throws {
        let strings = (0..<60).map { Array("w\($0)".utf8) }
        let scene = try Scene(.sample(), strings: strings)
        defer { scene.cleanUp() }
        let discovery = scene.discovery()
        let result = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "12"))).result
        #expect(result.strings.isEmpty && result.reports == 60)
        #expect(scene.leader.state.withLock { $0.deleted.count } == 1)
    }

    @Test func aShareBelowTheMinimumStopsAfterTheFirstStepAndCanBeRaised() async throws {
        let scene = try Scene(.sample(minThreshold: 10), strings: Self.strings)
        defer { scene.cleanUp() }
        let discovery = scene.discovery()
        await #expect(throws: CollectorError.thresholdTooLow(votes: 3, minimum: 10, reports: 300)) {
            try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "1%")))
        }
        var state = try #require(scene.saved)
        #expect(state.steps.count == 1 && state.votes == nil && state.asked == nil)
        state.options.threshold = "12"
        let result = try await scene.discovery().run(from: state).result
        #expect(result.strings == scene.leader.oracle.popular(12))
    }

    @Test(arguments: [FakeLeader.Tampering.otherBatch, .moreReports, .risingVotes, .foreignKey])
    func answersThatContradictEarlierOnesAreRefused(tampering: FakeLeader.Tampering) async throws {
        let scene = try Scene(.sample(), strings: Self.strings)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.tampering = tampering }
        let discovery = scene.discovery()
        await #expect {
            try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "4", bitsPerStep: "1")))
        } throws: { error in
            switch error as? CollectorError {
            case .inconsistent: tampering != .foreignKey
            case .shareDoesNotOpen(.leader): tampering == .foreignKey
            default: false
            }
        }
    }

    @Test func lateRejectionsAreBorneAndMoreOfThemLaterAreNot() async throws {
        let strings = Self.strings + Array(repeating: Array("zz".utf8), count: 5)
        let scene = try Scene(.sample(), strings: strings)
        defer { scene.cleanUp() }
        scene.leader.state.withLock { $0.lateRejections = 2 }
        let discovery = scene.discovery()
        let result = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "60"))).result
        #expect(result.reports == 303 && result.acceptedAtStart == 305)
    }

    @Test func anOldWalkEndsWithTheStringsThatHaveEnded() async throws {
        let strings = Array(repeating: Array("a".utf8), count: 9) + Array(repeating: Array("abcdef".utf8), count: 9)
        let scene = try Scene(.sample(maxLifeSeconds: 100), strings: strings)
        defer { scene.cleanUp() }
        let leader = scene.leader
        // The clock jumps once the third step was asked.
        let discovery = scene.discovery { leader.state.withLock { $0.requests.count } < 3 ? 1000 : 1099 }
        let result = try await discovery.run(
            from: discovery.newState(DiscoveryOptions(threshold: "5", bitsPerStep: "8"))
        ).result
        #expect(result.strings == [PopularString(value: Array("a".utf8), count: 9)] && result.unfinished == 1)
        #expect(result.beginnings == [Array("ab".utf8)])
    }

    @Test func optionsMustNameABatchOfTheTasksMode() throws {
        let task = try DiscoveryTask.sample()
        #expect(DiscoveryOptions(threshold: "2").query(for: task.configuration) == .leaderSelected)
        #expect(DiscoveryOptions(threshold: "2", since: 1, until: 2).query(for: task.configuration) == nil)
    }

    @Test func aDamagedStateIsToldFromNone() throws {
        let path = FileManager.default.temporaryDirectory.path + "/discovery-\(UUID().uuidString).json"
        #expect(DiscoveryState.load(path) == .none)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        #expect(DiscoveryState.load(path) == .damaged)
        try FileManager.default.removeItem(atPath: path)
    }
}
