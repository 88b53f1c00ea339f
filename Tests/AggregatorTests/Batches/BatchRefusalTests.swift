import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// A Helper that refuses a Poplar1 job as a whole.
@Suite struct BatchRefusalTests {
    @Test(arguments: [FaultyPeer.Call.create, .post(.aggregationJobContinueReq)], Sample.modes)
    func costsOneJobOfTheBatch(_ refused: FaultyPeer.Call, _ mode: BatchMode) async throws {
        let sample = Sample.poplar1[0]
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode), jobReports: 2)
        try await simulation.upload(sample.measurements)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in call == refused ? .refuse(.invalidAggregationParameter) : .none }
        }
        let id = try await simulation.create(parameter: sample.parameter)
        #expect(await problem { _ = try await simulation.ready(id) } == .invalidAggregationParameter)
        // The job is given up, and no other one is planned.
        for _ in 0..<2000 {
            guard try await waiting(simulation).isBusy else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        simulation.clock.advance(seconds: 60)
        try await Task.sleep(for: .milliseconds(50))
        let (left, isBusy) = try await waiting(simulation)
        #expect(left == 5 && !isBusy)
        // The others may be collected.
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try await simulation.leader.deleteCollectionJob(id: id)
        #expect(try await simulation.collect(parameter: sample.parameter).count == 5)
    }

    private func waiting(_ simulation: BatchSimulation) async throws -> (reports: Int, isBusy: Bool) {
        try await simulation.leaderStore.read("test") { transaction in
            let count = try transaction.countWaitingReports(times: 0..<UInt64.max, throughRow: .max, limit: 100)
            return (count, try !transaction.openBatchJobs().isEmpty)
        }
    }
}
