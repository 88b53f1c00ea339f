import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// How the size of shares bounds an aggregation job.
@Suite struct BatchBudgetTests {
    /// Room for four shares: of three reports with one sum, of two with a sum each.
    @Test(arguments: [(false, [3, 3, 1]), (true, [2, 2, 2, 1])])
    func jobsOfTheLeader(_ hasManyTimes: Bool, _ expected: [Int]) async throws {
        let sample = Sample.poplar1[0]
        let task = try TestTask(sample.vdaf, batchMode: .timeInterval)
        let share = try task.configuration.vdaf.makeVdaf()
            .emptyAggregateShare(aggregationParameter: sample.parameter)
        let simulation = try BatchSimulation(task, jobReports: 100) { $0.greatestJobShareBytes = 4 * share.count }
        for (place, measurement) in sample.measurements.enumerated() {
            try await simulation.upload([measurement], time: simulation.now - (hasManyTimes ? UInt64(place) : 0))
        }
        #expect(try await simulation.collect(parameter: sample.parameter).value == sample.result)
        let counts = try simulation.peer.sent.withLock { $0 }.filter { $0.call == .create }
            .map { try AggregationJobInitReq(decoding: $0.body).verifyInits.count }
        #expect(counts.sorted(by: >) == expected)
    }

    @Test func sumsOfTheHelper() async throws {
        let fixture = try BatchFixture(.poplar1)
        let share = try fixture.vdaf.emptyAggregateShare(aggregationParameter: try fixture.scheme.parameter())
        fixture.settings.greatestJobShareBytes = 3 * share.count
        try fixture.restart()
        let now = fixture.clock.now
        let entries = try (0..<4).map { place in try fixture.entry(1) { $0.time = now - place } }
        let tooMany = try fixture.initRequest(entries)
        #expect(await problem { _ = try await fixture.helper.createAggregationJob(body: tooMany) } == .invalidMessage)
        #expect(try await fixture.aggregate(Array(entries.dropLast())).shares.count == 3)
    }
}
