import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Whole collections of batch tasks: every VDAF, both batch modes.
@Suite struct WholeBatchTests {
    @Test(arguments: Sample.all, Sample.modes) func oneBatch(_ sample: Sample, _ mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode))
        try await simulation.upload(sample.measurements)
        let result = try await simulation.collect(parameter: sample.parameter)
        #expect(result.value == sample.result)
        #expect(result.count == UInt64(sample.measurements.count))
        #expect(
            result.interval == Interval(start: Time(units: simulation.now), duration: TimeDuration(units: 1)))
        #expect(try await simulation.leader.reportCounts() == [])
        #expect(try await simulation.helper.reportCounts() == [])
    }

    @Test(arguments: Sample.all) func theHelperAnswersLater(_ sample: Sample) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected)) {
            $0.answersLater = true
        }
        try await simulation.upload(sample.measurements)
        #expect(try await simulation.collect(parameter: sample.parameter).value == sample.result)
        #expect(simulation.peer.sent.withLock { $0.contains { $0.call == .poll } })
    }

    @Test func prio3IsAggregatedBeforeAnyoneAsks() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        try await simulation.settled()
        #expect(simulation.peer.sent.withLock { $0.allSatisfy { $0.call == .create } })
        let sent = simulation.peer.sent.withLock { $0.count }
        // Seven reports, five a job at most.
        #expect(sent >= 2)
        #expect(try await simulation.collect().value == Sample.count.result)
        let calls = simulation.peer.sent.withLock { $0.dropFirst(sent).map(\.call) }
        #expect(calls.filter { $0 != .deleteShare } == [.share])
    }

    @Test func poplar1WaitsForTheParameter() async throws {
        let sample = Sample.poplar1[0]
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected))
        try await simulation.upload(sample.measurements)
        try await Task.sleep(for: .milliseconds(50))
        #expect(simulation.peer.sent.withLock { $0.isEmpty })
    }

    @Test func leaderSelectedBatchesFollowOneAnother() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, minBatchSize: 2, batchMode: .leaderSelected))
        for round in 1...3 {
            try await simulation.upload((0...round).map { .integer($0 == 0 ? 0 : 1) })
            let id = try await simulation.create()
            // The same request is the same job, as long as that is there.
            #expect(try await simulation.create() == id)
            let result = try simulation.open(try await simulation.ready(id))
            #expect(result.value == .number(UInt128(round)))
            #expect(try await simulation.create() == id)
            try await simulation.leader.deleteCollectionJob(id: id)
        }
    }

    @Test func intervalsFollowOneAnother() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, minBatchSize: 2, batchMode: .timeInterval))
        let now = simulation.now
        for hour in 0..<4 as Range<UInt64> {
            try await simulation.upload([.integer(1), .integer(hour % 2)], time: now - hour)
        }
        let last = try await simulation.collect(simulation.interval(0, 1))
        #expect(last.value == .number(1))
        let others = try await simulation.collect(simulation.interval(-3, 3))
        #expect(others.value == .number(5))
        #expect(others.interval == Interval(start: Time(units: now - 3), duration: TimeDuration(units: 3)))
    }
}
