import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Batches of two processes of each role on one store each.
@Suite struct ReplicaBatchTests {
    /// What runs on PostgreSQL too: each kind of VDAF, each mode, and answers that come later.
    static let inDatabases = [(Sample.prio3[3], BatchMode.timeInterval, true), (.poplar1[1], .leaderSelected, false)]

    @Test(arguments: [Sample.prio3[0], Sample.prio3[3], Sample.poplar1[1]], Sample.modes)
    func anyProcessIsAsked(_ sample: Sample, _ mode: BatchMode) async throws {
        for later in [false, true] { try await anyProcessIsAsked(on: .memory, sample, mode, later) }
    }

    private func anyProcessIsAsked(
        on kind: ReplicaKind, _ sample: Sample, _ mode: BatchMode, _ later: Bool
    ) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode), jobReports: 2) {
            $0.answersLater = later
        }
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(sample.measurements)
        let result = try await simulation.collect(parameter: sample.parameter)
        #expect(result.value == sample.result)
        #expect(result.count == UInt64(sample.measurements.count))
        // Whichever of them sealed it counts it, though the other one may answer before that; and the other one does not.
        var released: UInt64 = 0
        for _ in 0..<1000 where released == 0 {
            for process in replicas.helpers.withLock({ Array($0.values) }) {
                released += try await process.aggregator.figures().meter?.ended[.released] ?? 0
            }
            if released == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(released == 1)
        try await replicas.stop()
    }

    #if PostgreSQL
    @Test(arguments: inDatabases) func anyProcessIsAsked(_ batch: (Sample, BatchMode, Bool)) async throws {
        try await anyProcessIsAsked(on: .postgresql, batch.0, batch.1, batch.2)
    }
    #endif

    /// All work at everything: no report is counted twice.
    @Test(arguments: [Sample.prio3[0], Sample.prio3[3], Sample.poplar1[1]], Sample.modes)
    func claimsAreIgnored(_ sample: Sample, _ mode: BatchMode) async throws {
        try await claimsAreIgnored(on: .memory, sample, mode)
    }

    #if PostgreSQL
    @Test(arguments: inDatabases) func claimsAreIgnored(_ batch: (Sample, BatchMode, Bool)) async throws {
        try await claimsAreIgnored(on: .postgresql, batch.0, batch.1)
    }
    #endif

    private func claimsAreIgnored(on kind: ReplicaKind, _ sample: Sample, _ mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode), jobReports: 2)
        let replicas = try await simulation.replicate(on: kind)
        replicas.ignoreClaims()
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
        try await oneOfEachKilled(on: .memory, sample, call)
    }

    #if PostgreSQL
    @Test(arguments: BatchRestartTests.calls) func oneOfEachKilledInDatabases(_ call: FaultyPeer.Call) async throws {
        try await oneOfEachKilled(on: .postgresql, .poplar1[1], call)
    }
    #endif

    private func oneOfEachKilled(on kind: ReplicaKind, _ sample: Sample, _ call: FaultyPeer.Call) async throws {
        for helperActs in [false, true] {
            let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected), jobReports: 3)
            let replicas = try await simulation.replicate(on: kind)
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
    @Test(arguments: ReplicaKind.allCases, BatchRestartTests.samples)
    func aHelperDiesWithWhatItOwes(on kind: ReplicaKind, _ sample: Sample) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected), jobReports: 3) {
            $0.answersLater = true
        }
        let replicas = try await simulation.replicate(on: kind)
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
