import Aggregator
import DAP
import Testing
import VDAF

/// Batches of two processes of each role on one store each.
@Suite struct ReplicaBatchTests {
    @Test(arguments: [Sample.prio3[0], Sample.prio3[3], Sample.poplar1[1]], Sample.modes)
    func anyProcessIsAsked(_ sample: Sample, _ mode: BatchMode) async throws {
        for later in [false, true] {
            let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode), jobReports: 2) {
                $0.answersLater = later
            }
            let replicas = try await simulation.replicate()
            try await simulation.upload(sample.measurements)
            let result = try await simulation.collect(parameter: sample.parameter)
            #expect(result.value == sample.result)
            #expect(result.count == UInt64(sample.measurements.count))
            try await replicas.stop()
        }
    }

    /// All work at everything: no report is counted twice.
    @Test(arguments: [Sample.prio3[0], Sample.prio3[3], Sample.poplar1[1]], Sample.modes)
    func claimsAreIgnored(_ sample: Sample, _ mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode), jobReports: 2)
        let replicas = try await simulation.replicate()
        replicas.leaderDisk.ignoreClaims()
        replicas.helperDisk.ignoreClaims()
        try await simulation.upload(sample.measurements)
        let result = try await simulation.collect(parameter: sample.parameter)
        #expect(result.value == sample.result)
        #expect(result.count == UInt64(sample.measurements.count))
        try await replicas.stop()
    }

    @Test(arguments: BatchRestartTests.samples, BatchRestartTests.calls)
    func oneOfEachKilled(_ sample: Sample, _ call: FaultyPeer.Call) async throws {
        // Prio3 has no second round.
        if sample.parameter.isEmpty && call == .post(.aggregationJobContinueReq) { return }
        for helperActs in [false, true] {
            let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected), jobReports: 3)
            let replicas = try await simulation.replicate()
            let (reached, continuation) = AsyncStream.makeStream(of: Void.self)
            simulation.peer.set { hooks in
                hooks.onRequest = { seen, _ in
                    guard seen == call else { return .none }
                    continuation.yield()
                    return helperActs ? .loseAnswer : .loseRequest
                }
            }
            try await simulation.upload(sample.measurements)
            let id = try await simulation.create(parameter: sample.parameter)
            for await _ in reached { break }
            try await Task.sleep(for: .milliseconds(5))
            try await replicas.startLeader("l3")
            try await replicas.startHelper("h3")
            try await replicas.killLeader("l1")
            try await replicas.killHelper("h1")
            try await replicas.killLeader("l2")
            simulation.peer.set { $0 = FaultyPeer.Hooks() }
            let result = try simulation.open(try await simulation.ready(id), nil, sample.parameter)
            #expect(result.value == sample.result, "helper acts: \(helperActs)")
            try await replicas.stop()
        }
    }

    /// Requests that a process was to answer later are answered by another one once it has died.
    @Test(arguments: BatchRestartTests.samples) func aHelperDiesWithWhatItOwes(_ sample: Sample) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected), jobReports: 3) {
            $0.answersLater = true
        }
        let replicas = try await simulation.replicate()
        let dying = try replicas.helper("h1")
        // It accepts, and never comes to it.
        dying.run.cancel()
        await dying.run.value
        try await simulation.upload(sample.measurements)
        let id = try await simulation.create(parameter: sample.parameter)
        try await Task.sleep(for: .milliseconds(50))
        try await replicas.killHelper("h1")
        let result = try simulation.open(try await simulation.ready(id), nil, sample.parameter)
        #expect(result.value == sample.result)
        try await replicas.stop()
    }
}
