import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The safety rules as the Leader keeps them against a Collector or a Helper that does not.
@Suite struct LeaderRulesTests {
    static let values = HelperRulesTests.values

    private func begin(_ bounds: TestTask.Bounds = .init()) async throws -> (simulation: Simulation, walk: WalkID) {
        let simulation = try Simulation(try TestTask(bounds: bounds), shardReports: 100)
        let (walk, _) = try await simulation.stepZero(Self.values)
        return (simulation, walk)
    }

    @Test func rule1BoundBeforeItIsSent() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let store = simulation.leaderStore
        try await simulation.upload(Self.values)
        simulation.peer.set { $0.onRequest = { _, _ in .loseRequest } }
        try await simulation.create(.random(), 0, try simulation.level3())
        var bound = 0
        for _ in 0..<500 where bound == 0 {
            try await Task.sleep(for: .milliseconds(5))
            bound = try await store.read("test") { transaction in
                try transaction.walks().flatMap { try transaction.shards($0.id) }
                    .reduce(0) { $0 + (try transaction.boundReports(job: $1.row).count) }
            }
        }
        #expect(bound == Self.values.count)
        // Bound reports are in no other walk.
        #expect(
            await problem { try await simulation.create(.random(), 0, try simulation.level3()) } == .invalidBatchSize)
    }

    @Test func rule2HistoryFirst() async throws {
        let (simulation, walk) = try await begin()
        let good = try simulation.level7(0xABCD)
        let bad: [Poplar1AggregationParameter] = [
            try simulation.level3(),
            try Poplar1AggregationParameter(level: 7, prefixes: good.prefixes.reversed()),
            try Poplar1AggregationParameter(level: 7, prefixes: [good.prefixes[0], good.prefixes[0]]),
            try Poplar1AggregationParameter(level: 7, prefixes: []),
        ]
        for parameter in bad {
            #expect(await problem { try await simulation.create(walk, 1, parameter) } == .invalidAggregationParameter)
        }
        #expect(await problem { try await simulation.create(walk, 2, good) } == .stepMismatch)
        #expect(await problem { try await simulation.create(walk, 0, good) } == .invalidAggregationParameter)
        _ = try await simulation.collect(walk, 1, good)
        #expect(
            await problem { try await simulation.create(walk, 1, try simulation.level7(0x1234)) }
                == .invalidAggregationParameter)
        let foreign = try Poplar1AggregationParameter(
            level: 11, prefixes: [simulation.factory.path(0x5555).ancestor(level: 11)])
        #expect(await problem { try await simulation.create(walk, 2, foreign) } == .invalidAggregationParameter)
    }

    @Test func rule3LateRejectionsAreFew() async throws {
        let (simulation, walk) = try await begin()
        // A Helper that spoils three of twenty second-round shares, where two may be rejected.
        simulation.peer.set { hooks in
            hooks.onAnswer = { call, body in
                guard call == .post(.walkEvaluateReq) else { return }
                for report in 0..<3 { body[body.count - 8 - 32 * report] ^= 1 }
            }
        }
        let next = try simulation.level7(0xABCD, 0x1234)
        #expect(await problem { _ = try await simulation.collect(walk, 1, next) } == .lateRejectionsExceeded)
        #expect(await problem { try await simulation.create(walk, 2, next) } == .walkEnded)
        #expect(try await segmentsVanish(of: simulation.leaderStore))
    }

    @Test func rule4TheThresholdBindsTheCollector() async throws {
        var bounds = TestTask.Bounds()
        bounds.minThreshold = 15
        let (simulation, walk) = try await begin(bounds)
        #expect(
            await problem { try await simulation.create(walk, 1, try simulation.level7(0x1234, 0xABCD)) }
                == .thresholdBelowMinimum)
        try await simulation.upload(Self.values)
        let deep = try Poplar1AggregationParameter(
            level: 8, prefixes: [simulation.factory.path(0xABCD).ancestor(level: 8)])
        #expect(await problem { try await simulation.create(.random(), 0, deep) } == .firstStepBoundExceeded)
    }

    @Test func rule5TheBatchIsFrozen() async throws {
        let simulation = try Simulation(try TestTask(batchMode: .timeInterval), shardReports: 100)
        let now = simulation.clock.now
        try await simulation.upload(Self.values)
        let interval = Interval(start: Time(units: now - 10), duration: TimeDuration(units: 20))
        let parameter = try simulation.level3()
        _ = try await simulation.collect(.random(), 0, parameter, query: .timeInterval(interval))
        let late = try simulation.factory.report(1)
        let errors = try await simulation.leader.upload(
            body: UploadRequest(reports: [late]).encoded())
        let expected = UploadErrors(
            status: [ReportUploadStatus(id: late.metadata.reportID, error: .batchCollected)])
        #expect(errors == expected.encoded())
        let overlapping = Interval(start: Time(units: now), duration: TimeDuration(units: 100))
        #expect(
            await problem {
                _ = try await simulation.collect(.random(), 0, parameter, query: .timeInterval(overlapping))
            } == .batchOverlap)
    }

    /// Whoever asks for an interval that is not over would lose the rest of it, and all reports of years with `2036`.
    @Test(arguments: [301, 86_400, 315_360_000] as [UInt64])
    func rule5AnIntervalIsOverBeforeItIsWalked(_ ahead: UInt64) async throws {
        let simulation = try Simulation(try TestTask(batchMode: .timeInterval), shardReports: 100)
        let now = simulation.clock.now
        try await simulation.upload(Self.values)
        let interval = Interval(start: Time(units: now - 10), duration: TimeDuration(units: 10 + ahead))
        let parameter = try simulation.level3()
        await #expect {
            _ = try await simulation.collect(.random(), 0, parameter, query: .timeInterval(interval))
        } throws: { error in
            guard case .problem(.batchInvalid, let detail)? = error as? AggregatorError else { return false }
            return detail.contains(Time.text(secondsSinceEpoch: now + ahead))
        }
        #expect(try await simulation.leaderStore.read("test") { try $0.walks().isEmpty })
        // The reports are there for the interval that is over, but for what clocks may differ by.
        let over = Interval(start: interval.start, duration: TimeDuration(units: 310))
        _ = try await simulation.collect(.random(), 0, parameter, query: .timeInterval(over))
    }

    @Test func rule5TooFewReports() async throws {
        let simulation = try Simulation(try TestTask(minBatchSize: 5))
        try await simulation.upload([1, 2, 3, 4])
        #expect(
            await problem { try await simulation.create(.random(), 0, try simulation.level3()) } == .invalidBatchSize)
    }

    @Test func rule6and7RepeatedBytesGetTheSameAnswer() async throws {
        var bounds = TestTask.Bounds()
        bounds.noise = .discreteLaplace(scaleNumerator: 10, scaleDenominator: 1)
        let simulation = try Simulation(try TestTask(bounds: bounds))
        try await simulation.upload(Self.values)
        let body = simulation.request(.random(), 0, try simulation.level3()).encoded()
        let id = try await simulation.leader.createCollectionJob(body: body)
        let first = try await simulation.ready(id)
        try await simulation.restartLeader()
        #expect(try await simulation.leader.createCollectionJob(body: body) == id)
        #expect(try await simulation.ready(id) == first)
        #expect(try await simulation.leaderStore.synchronousLevel() == 2)
        #expect(try await simulation.helperStore.synchronousLevel() == 2)
    }

    @Test func rule8DeletionGivesTheWalkUp() async throws {
        let (simulation, walk) = try await begin()
        let id = try await simulation.leader.createCollectionJob(
            body: simulation.request(walk, 0, try simulation.level3()).encoded())
        try await simulation.leader.deleteCollectionJob(id: id)
        #expect(await problem { try await simulation.create(walk, 1, try simulation.level7(0xABCD)) } == .walkEnded)
        for store in [simulation.leaderStore, simulation.helperStore] { #expect(try await segmentsVanish(of: store)) }
        // The reports are spent.
        #expect(
            await problem { try await simulation.create(.random(), 0, try simulation.level3()) } == .invalidBatchSize)
    }

    @Test func rule8LifeWithRoomForTheLeaf() async throws {
        let (simulation, walk) = try await begin()
        simulation.clock.advance(seconds: 3601)
        #expect(
            await problem { try await simulation.create(walk, 1, try simulation.level7(0xABCD)) } == .walkBoundExceeded)
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [simulation.factory.path(0x1234), simulation.factory.path(0xABCD)])
        #expect(try await simulation.collect(walk, 1, leaf).counts == [8, 12])
    }

    @Test func aHelperThatForgetsReportsIsNoticed() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        simulation.peer.set { hooks in
            hooks.onAnswer = { call, body in
                guard call == .create, let answer = try? AggregationJobResp(decoding: Array(body.dropFirst(16))) else {
                    return
                }
                let fewer = AggregationJobResp(verifyResps: answer.verifyResps.dropLast()).encoded()
                body = Array(body.prefix(16)) + fewer
            }
        }
        #expect(await problem { _ = try await simulation.stepZero(Self.values) } == .invalidMessage)
    }

    @Test func aStoreBelongsToOneTaskAndRole() throws {
        let simulation = try Simulation(try TestTask())
        let other = try TestTask()
        #expect(throws: StoreError.self) { try Simulation.store(simulation.folder, simulation.task, .leader) }
        try simulation.stopHelper()
        #expect {
            _ = try Simulation.store(simulation.folder, other, .helper)
        } throws: { error in
            guard case StoreError.belongsToAnother = error else { return false }
            return true
        }
    }
}
