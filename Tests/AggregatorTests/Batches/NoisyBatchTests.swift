import Aggregator
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusSchemes
import PopulusVDAF
import Testing

/// Batches with noise: every VDAF, both batch modes, and what an altered task comes to.
@Suite struct NoisyBatchTests {
    /// Sigma is 2^30, so that a sum without noise is hardly ever met.
    static let sigma = 0x1p30

    static func noise(sigma: UInt64 = 1 << 30) throws -> BatchNoise {
        let variance = try #require(NoiseVariance(numerator: sigma * sigma, denominator: 1))
        return try #require(BatchNoise(variance: variance, inverseDelta: 100_000_000))
    }

    static func task(
        _ vdaf: VdafConfiguration, _ noise: BatchNoise, minBatchSize: UInt64 = 4, mode: BatchMode = .leaderSelected
    ) throws -> TestTask {
        try TestTask(vdaf, minBatchSize: minBatchSize, batchMode: mode, extensions: [.noise(noise)])
    }

    private func truth(_ sample: Sample) -> [Int128] {
        switch sample.result {
        case .number(let number): [Int128(number)]
        case .vector(let numbers): numbers.map { Int128($0) }
        }
    }

    @Test(arguments: Sample.all, Sample.modes)
    func sumsAreNearTheTruth(_ sample: Sample, _ mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try Self.task(sample.vdaf, try Self.noise(), mode: mode))
        try await simulation.upload(sample.measurements)
        let body = try await simulation.ready(try await simulation.create(parameter: sample.parameter))
        let response = try CollectionJobResp(decoding: body)
        #expect(response.reportCount == UInt64(sample.measurements.count))
        let sums = try simulation.vdaf.signedSums(
            aggregationParameter: sample.parameter,
            aggregateShares: try simulation.shares(response, nil, sample.parameter))
        let truth = truth(sample)
        #expect(sums.count == truth.count)
        for (sum, exact) in zip(sums, truth) {
            #expect(sum != exact && abs(Double(sum - exact)) < 14 * Self.sigma)
        }
        // All elements have noise of their own.
        #expect(Set(zip(sums, truth).map { $0 - $1 }).count == sums.count)
    }

    /// Batches of one task one after the other: above and below the truth, and as far as two samples of sigma 1,000 are.
    @Test func sumsAreSigned() async throws {
        let simulation = try BatchSimulation(try Self.task(.prio3Count, try Self.noise(sigma: 1000), minBatchSize: 2))
        var sums: [Double] = []
        for _ in 0..<30 {
            try await simulation.upload([.integer(1), .integer(1)])
            let id = try await simulation.create()
            let response = try CollectionJobResp(decoding: try await simulation.ready(id))
            sums += try simulation.vdaf.signedSums(
                aggregationParameter: [], aggregateShares: try simulation.shares(response)
            ).map { Double($0) - 2 }
            try await simulation.leader.deleteCollectionJob(id: id)
        }
        // Each fails once in 10^8 times.
        #expect(sums.contains { $0 < 0 } && sums.contains { $0 > 0 })
        let variance = sums.reduce(0) { $0 + $1 * $1 } / 30 / 2_000_000
        #expect(variance > 0.1 && variance < 3.5, "\(sums)")
    }

    @Test func thePreviousExactTasksAreExact() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .leaderSelected))
        try await simulation.upload(Sample.count.measurements)
        #expect(try await simulation.collect().value == Sample.count.result)
    }

    // MARK: What an altered task comes to

    /// A client's other noise, or none: its reports are in no batch.
    @Test func reportsForOtherNoiseDoNotOpen() async throws {
        let task = try Self.task(.prio3Count, try Self.noise(), minBatchSize: 2)
        let simulation = try BatchSimulation(task)
        for noise in [try Self.noise(sigma: 1), nil] {
            let other = try TestTask(
                .prio3Count, minBatchSize: 2, batchMode: .leaderSelected, extensions: noise.map { [.noise($0)] } ?? [])
            // Sealed for the task's identifier and another configuration.
            let altered = TestTask(task, configuration: other.configuration)
            let reports = try (0..<3).map { _ in try simulation.report(.integer(1), sealedFor: altered) }
            _ = try await simulation.upload(reports)
        }
        try await simulation.upload([.integer(1), .integer(1)])
        let response = try CollectionJobResp(decoding: try await simulation.ready(try await simulation.create()))
        #expect(response.reportCount == 2)
    }

    /// A store knows its task's configuration, noise and all.
    @Test func aStoreOpensForItsOwnTaskOnly() async throws {
        let task = try Self.task(.prio3Count, try Self.noise())
        let simulation = try BatchSimulation(task)
        try await simulation.stopLeader()
        let other = try Self.task(.prio3Count, try Self.noise(sigma: 1))
        let altered = TestTask(task, configuration: other.configuration)
        #expect(throws: StoreError.self) { try Simulation.store(simulation.folder, altered, .leader) }
        try simulation.startLeader()
    }

    /// The Collector's other noise: neither share opens.
    @Test func sharesDoNotOpenForOtherNoise() async throws {
        let simulation = try BatchSimulation(try Self.task(.prio3Count, try Self.noise()))
        try await simulation.upload(Sample.count.measurements)
        let response = try CollectionJobResp(decoding: try await simulation.ready(try await simulation.create()))
        let other = try Self.task(.prio3Count, try Self.noise(sigma: 1)).configuration
        #expect(throws: HpkeError.self) { try simulation.shares(response, nil, [], other) }
    }

    @Test func noAggregatorServesNoiseThatItDoesNotKnow() throws {
        let good = try Self.noise().encoded()
        for data in [[0, 2] + good.dropFirst(2), Array(good.dropLast()), []] as [[UInt8]] {
            let task = try TestTask(
                .prio3Count, batchMode: .leaderSelected, extensions: [TaskExtension(type: 0xFD58, data: data)])
            #expect(throws: AggregatorError.self) { try task.aggregator(.leader) }
            #expect(throws: AggregatorError.self) { try task.aggregator(.helper) }
        }
    }
}
