import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// The last verdicts of a step and the request for its share as one message.
@Suite struct FinishTests {
    private static func simulation(shardReports: Int = 7) throws -> Simulation {
        try Simulation(try TestTask(bounds: .finishing), shardReports: shardReports)
    }

    /// A step of which three verdicts come with the request for the share, or ten: more than are committed with it.
    private static func step(of verdicts: Int) async throws -> HeldStep {
        try await HeldStep.of(verdicts: verdicts, shardReports: verdicts == 3 ? 7 : 2)
    }

    /// A later step of three shards has four messages, where the last is one.
    @Test func aWholeWalk() async throws {
        let simulation = try Self.simulation()
        try await simulation.upload(WholeWalkTests.values)
        let (steps, found) = try await calls(of: simulation)
        #expect(found == RestartTests.found)
        let shards = try #require(steps.first).count { $0 == .create }
        for step in steps.dropFirst() {
            #expect(step == [FaultyPeer.Call](repeating: .post(.walkEvaluateReq), count: shards) + [.finish])
        }
    }

    /// The calls of each step, but for those that end the walk.
    private func calls(of simulation: Simulation) async throws -> (steps: [[FaultyPeer.Call]], found: [Int: Int]) {
        var ends: [Int] = []
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5,
            beforeStep: { _ in ends.append(simulation.peer.sent.withLock { $0.count }) })
        let calls = simulation.peer.sent.withLock { $0.map(\.call) }.filter { $0 != .delete }
        return (zip(ends, ends.dropFirst() + [calls.count]).map { Array(calls[$0..<$1]) }, found)
    }

    /// Where the task does not list the message the Leader does not send it, and the Helper does not take it.
    @Test func aTaskThatDoesNotListIt() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        try await simulation.upload(WholeWalkTests.values)
        let (steps, found) = try await calls(of: simulation)
        #expect(found == RestartTests.found)
        #expect(steps.allSatisfy { $0.last == .share && !$0.contains(.finish) })
        let share = try RogueLeader(simulation: simulation).sent(.share)
        let request = WalkFinishReq(shareRequest: share, verdicts: [.init(jobID: .random(), request: [1])])
        await #expect(throws: AggregatorError.unsupportedMediaType) {
            _ = try await simulation.helper.createAggregateShare(mediaType: .walkFinishReq, body: request.encoded())
        }
    }

    /// Shards that are evaluated while others are still to begin have their verdicts sent at once.
    @Test func theEarlierVerdictsGoAlone() async throws {
        let simulation = try Self.simulation(shardReports: 4)
        // Two for each thread at least.
        (simulation.settings.laterShardsInFlight, simulation.machine.threads) = (2, 1)
        try await simulation.restartLeader()
        try await simulation.upload(WholeWalkTests.values)
        let (steps, found) = try await calls(of: simulation)
        #expect(found == RestartTests.found)
        let shards = try #require(steps.first).count { $0 == .create }
        for step in steps.dropFirst() {
            #expect(step.count { $0 == .post(.walkVerdictReq) } == shards - 2)
            #expect(step.last == .finish && !step.contains(.share))
        }
        let last = try #require(simulation.peer.sent.withLock { $0.last { $0.call == .finish } })
        #expect(try WalkFinishReq(decoding: last.body).verdicts.count == 2)
    }

    /// What is named by the digests of the parts is the same whatever it came with (rule 6).
    @Test func aRetryWithOtherPartsGetsTheSameBytes() async throws {
        let step = try await HeldStep(try Self.simulation())
        #expect(step.verdicts.count == 3)
        let answer = try await step.finish()
        for _ in 0..<2 {
            #expect(try await step.finish() == answer)
            #expect(try await step.finish([step.verdicts[1]]) == answer)
            #expect(try await step.share() == answer)
            for verdict in step.verdicts {
                _ = try WalkVerdictResp(decoding: try await step.post(verdict))
            }
            try step.simulation.stopHelper()
            try step.simulation.startHelper()
        }
        #expect(try await step.helper.aggregateShare(id: answer.id) == answer)
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// Some verdicts have come alone: they may be named, and need not be.
    @Test(arguments: [true, false]) func whatIsCommittedMayBeNamed(isNamed: Bool) async throws {
        let step = try await HeldStep(try Self.simulation())
        try await step.post(step.verdicts[0])
        _ = try await step.finish(isNamed ? nil : Array(step.verdicts.dropFirst()))
        #expect(try await step.committed() == 3)
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// The Helper dies after the first of several commits: the same request goes on, and so do the same verdicts one by one.
    ///
    /// Of so many verdicts each is a commit of its own.
    @Test(arguments: [true, false], [1, 2])
    func killedBetweenTwoCommits(isFinished: Bool, after commits: Int) async throws {
        let step = try await Self.step(of: 10)
        let done = Mutex(0)
        step.simulation.helperStore.beforeWrite.withLock { hook in
            hook = { name in
                guard name == "commit a step of a shard" else { return }
                let isLate = done.withLock { done in
                    done += 1
                    return done > commits
                }
                if isLate { throw StoreError.database("killed") }
            }
        }
        await #expect(throws: AggregatorError.store(.database("killed"))) { _ = try await step.finish() }
        try step.simulation.stopHelper()
        try step.simulation.startHelper()
        #expect(try await step.committed() == commits)
        #expect(await problem { _ = try await step.share() } == .stepMismatch, "a share of a part of the shards")
        if isFinished {
            _ = try await step.finish()
        } else {
            for verdict in step.verdicts { try await step.post(verdict) }
            _ = try await step.share()
        }
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// All is committed and nothing sealed, or sealed and not answered; a few verdicts are committed with the share, or nothing is.
    @Test(arguments: [3, 10], ["admit an aggregate share", nil])
    func killedAtTheSeal(shards: Int, _ write: String?) async throws {
        let step = try await Self.step(of: shards)
        var first: AggregateShareAnswer?
        if let write {
            step.simulation.helperStore.beforeWrite.withLock { hook in
                hook = { if $0 == write { throw StoreError.database("killed") } }
            }
            await #expect(throws: AggregatorError.store(.database("killed"))) { _ = try await step.finish() }
        } else {
            first = try await step.finish()
        }
        try step.simulation.stopHelper()
        try step.simulation.startHelper()
        #expect(try await step.committed() == (write != nil && shards == 3 ? 0 : shards))
        let again = try await step.finish()
        #expect(first == nil || again == first)
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// A share that is refused keeps no verdict from its commit, as if each had come alone.
    @Test(arguments: [3, 10]) func aRefusedShareLeavesTheVerdicts(shards: Int) async throws {
        let step = try await Self.step(of: shards)
        let wrong = try step.share(count: 21, late: 0)
        #expect(await problem { _ = try await step.finish(share: wrong) } == .batchMismatch)
        #expect(try await step.committed() == shards)
        _ = try await step.share()
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// One verdict is refused when it is to be committed, and no sooner: the others are committed, and nothing is sealed.
    @Test func aVerdictThatIsRefusedAtItsCommit() async throws {
        let step = try await Self.step(of: 3)
        // All with the share, then one by one: of these the second.
        let refused = ["admit an aggregate share": [1], "commit a step of a shard": [2]]
        let counts = Mutex<[String: Int]>([:])
        step.simulation.helperStore.beforeWrite.withLock { hook in
            hook = { name in
                let count = counts.withLock { counts in
                    counts[name, default: 0] += 1
                    return counts[name] ?? 0
                }
                if refused[name]?.contains(count) ?? false {
                    throw AggregatorError.problem(.stepMismatch, detail: "refused")
                }
            }
        }
        #expect(await problem { _ = try await step.finish() } == .stepMismatch)
        #expect(try await step.committed() == 2)
        #expect(counts.withLock { $0 } == ["admit an aggregate share": 1, "commit a step of a shard": 3])
        _ = try await step.finish()
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// A shard that the step leaves without a report is over for the Helper: its verdict is due all the same, and once more.
    @Test func aShardThatTheStepEmpties() async throws {
        var bounds = TestTask.Bounds.finishing
        bounds.maxLateRejectionsPPM = 500_000
        let simulation = try Simulation(try TestTask(bounds: bounds), shardReports: 5)
        try await simulation.upload([Int](repeating: 0x1234, count: 10))
        try await simulation.upload(
            try (0..<5).map { _ in
                try simulation.factory.report(0x1234) { share, _ in share.inner[7].authenticator += .one }
            })
        let step = try await HeldStep(simulation, asked: try simulation.level7(0x1234), uploading: [])
        #expect(step.verdicts.count == 3)
        let answer = try await step.finish()
        #expect(try await step.finish() == answer)
        let result = try await step.result()
        #expect(result.reportCount == 10 && result.lateRejections == 5)
    }

    /// The walk is over with the leaf's share: whoever lost the answer gets it again.
    @Test func theLeafsAnswerIsLost() async throws {
        let simulation = try Self.simulation()
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
        let step = try await HeldStep(simulation, asked: leaf)
        let answer = try await step.finish()
        #expect(try await simulation.helperStore.read("test") { try $0.walk(step.walk)?.end } == .completed)
        #expect(try await step.finish() == answer)
        #expect(await problem { try await step.post(step.verdicts[0]) } == .stepMismatch)
        #expect(try await step.result().counts == [8, 12])
    }
}
