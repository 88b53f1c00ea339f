import Aggregator
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusVDAF
import Testing

/// Walks with Gaussian noise: how far counts are off, the budget of steps, and an altered task.
@Suite struct NoisyWalkTests {
    static let values = HelperRulesTests.values

    private static func bounds(inner: UInt64, leaf: UInt64, steps: UInt16 = 100) throws -> TestTask.Bounds {
        var bounds = TestTask.Bounds(minThreshold: 10, thresholdMargin: 8, maxSteps: steps)
        let noise = WalkGaussianNoise(
            inner: try #require(NoiseVariance(numerator: inner * inner, denominator: 1)),
            leaf: try #require(NoiseVariance(numerator: leaf * leaf, denominator: 1)), inverseDelta: 100_000_000)
        bounds.noise = .discreteGaussian(try #require(noise))
        return bounds
    }

    private func counts(_ values: [Int], _ parameter: Poplar1AggregationParameter, _ simulation: Simulation) -> [Int] {
        parameter.prefixes.map { prefix in
            values.count { simulation.factory.path($0).ancestor(level: parameter.level) == prefix }
        }
    }

    private func leaf(_ simulation: Simulation) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
    }

    /// Inner steps and the leaf have noise of their own size: 2^30 and 4.
    @Test func eachStepHasItsNoise() async throws {
        let simulation = try Simulation(try TestTask(bounds: try Self.bounds(inner: 1 << 30, leaf: 4)), shardReports: 7)
        try await simulation.upload(Self.values)
        let walk = WalkID.random()
        let first = try simulation.level3()
        let inner = try await simulation.collect(walk, 0, first)
        let errors = zip(inner.counts, counts(Self.values, first, simulation)).map { Double($0 - $1) }
        #expect(errors.allSatisfy { abs($0) < 14 * 0x1p30 } && errors.contains { abs($0) > 0x1p26 })
        #expect(Set(errors).count == errors.count)
        // The leaf is reached by a jump, one candidate for each prefix.
        let last = try leaf(simulation)
        let final = try await simulation.collect(walk, 1, last)
        for (count, exact) in zip(final.counts, counts(Self.values, last, simulation)) {
            #expect(abs(count - exact) < 14 * 4)
        }
        #expect(final.reportCount == UInt64(Self.values.count))
    }

    /// A walk of `max_steps` = 2 has one inner step: each aggregator refuses another, whatever the other says.
    @Test func oneStepMoreThanTheBudgetIsRefused() async throws {
        let simulation = try Simulation(
            try TestTask(bounds: try Self.bounds(inner: 1, leaf: 1, steps: 2)), shardReports: 100)
        let (walk, _) = try await simulation.stepZero(Self.values)
        let next = try simulation.level7(0xABCD)
        let rogue = RogueLeader(simulation: simulation)
        #expect(await problem { try await simulation.create(walk, 1, next) } == .walkBoundExceeded)
        #expect(await problem { try await rogue.evaluate(next) } == .walkBoundExceeded)
        // The last step is the leaf's, and then there is none.
        let last = try leaf(simulation)
        #expect(try await simulation.collect(walk, 1, last).counts.count == 2)
        #expect(await problem { try await simulation.create(walk, 2, last) } == .walkEnded)
    }

    /// As many inner steps as there are but for the leaf's, and one more, at the deepest inner level.
    @Test func theBudgetIsSpentToTheLastStep() async throws {
        let simulation = try Simulation(
            try TestTask(bounds: try Self.bounds(inner: 1, leaf: 1, steps: 4)), shardReports: 100)
        let (walk, _) = try await simulation.stepZero(Self.values)
        for (step, level) in [(1, 7), (2, 11)] as [(UInt16, Int)] {
            let parameter = try Poplar1AggregationParameter(
                level: level, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0).ancestor(level: level) })
            _ = try await simulation.collect(walk, step, parameter)
        }
        let more = try Poplar1AggregationParameter(
            level: 14, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0).ancestor(level: 14) })
        let rogue = RogueLeader(simulation: simulation)
        #expect(await problem { try await simulation.create(walk, 3, more) } == .walkBoundExceeded)
        #expect(await problem { try await rogue.evaluate(more, step: 3) } == .walkBoundExceeded)
        _ = try await simulation.collect(walk, 3, try leaf(simulation))
    }

    @Test(arguments: [WalkNoise.discreteLaplace(scaleNumerator: 10, scaleDenominator: 1), nil])
    func repeatedBytesGetTheSameAnswer(_ other: WalkNoise?) async throws {
        var bounds = try Self.bounds(inner: 100, leaf: 100)
        if let other { bounds.noise = other }
        let simulation = try Simulation(try TestTask(bounds: bounds))
        try await simulation.upload(Self.values)
        let body = simulation.request(.random(), 0, try simulation.level3()).encoded()
        let id = try await simulation.leader.createCollectionJob(body: body)
        let first = try await simulation.ready(id)
        try await simulation.restartLeader()
        #expect(try await simulation.leader.createCollectionJob(body: body) == id)
        #expect(try await simulation.ready(id) == first)
        // The Helper, asked with the Leader's very request.
        let share = try await RogueLeader(simulation: simulation).share()
        try simulation.stopHelper()
        try simulation.startHelper()
        #expect(try await RogueLeader(simulation: simulation).share() == share)
    }

    // MARK: An extension that was altered on one side

    private func altered(_ task: TestTask) throws -> TestTask {
        TestTask(task, configuration: try TestTask(bounds: try Self.bounds(inner: 1, leaf: 1)).configuration)
    }

    /// A Helper with other noise opens no report, so nothing is released.
    @Test func aHelperWithOtherNoiseReleasesNothing() async throws {
        let task = try TestTask(bounds: try Self.bounds(inner: 100, leaf: 100))
        let simulation = try Simulation(task, shardReports: 100)
        let other = try altered(task)
        let store = try TestStore.open(simulation.folder + "/other.sqlite", try other.aggregator(.helper))
        let helper = try Helper(
            task: try other.aggregator(.helper), store: store, settings: simulation.settings,
            machine: .forTests(clock: simulation.clock))
        simulation.peer.helperStore.withLock { $0 = store }
        simulation.peer.helper.withLock { $0 = helper }
        try await simulation.upload(Self.values)
        #expect(
            await problem { _ = try await simulation.collect(.random(), 0, try simulation.level3()) }
                == .invalidBatchSize)
        #expect(simulation.peer.sent.withLock { $0.allSatisfy { $0.call != .share } })
        try store.close()
    }

    @Test func aStoreOpensForItsOwnTaskOnly() async throws {
        let task = try TestTask(bounds: try Self.bounds(inner: 100, leaf: 100))
        let simulation = try Simulation(task)
        let other = try altered(task)
        try await simulation.stopLeader()
        try simulation.stopHelper()
        for role in [Role.leader, .helper] {
            #expect(throws: StoreError.self) { try Simulation.store(simulation.folder, other, role) }
        }
        try simulation.startHelper()
        try simulation.startLeader()
    }
}
