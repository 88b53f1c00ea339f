import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Lost, repeated and late messages of batch tasks, and restarts between any two of them: the result is the same.
@Suite struct BatchRestartTests {
    static let samples = [Sample.prio3[2], Sample.poplar1[1]]

    static let calls: [FaultyPeer.Call] = [.create, .post(.aggregationJobContinueReq), .share]

    @Test(arguments: samples, [false, true]) func everyMessageIsLostOnce(_ sample: Sample, _ later: Bool) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .timeInterval)) {
            $0.answersLater = later
        }
        let counter = SeenBefore()
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                if call == .poll { return .none }
                return switch counter.next(body) {
                case 0: .loseRequest
                case 1: .loseAnswer
                default: .duplicate
                }
            }
        }
        try await simulation.upload(sample.measurements)
        #expect(try await simulation.collect(parameter: sample.parameter).value == sample.result)
    }

    @Test(arguments: samples, calls) func leaderKilledWhileAsking(
        _ sample: Sample, _ call: FaultyPeer.Call
    ) async throws {
        for helperActs in [false, true] {
            try await interrupted(sample, at: call, helperActs: helperActs) { simulation in
                try await simulation.stopLeader()
                simulation.peer.set { $0 = FaultyPeer.Hooks() }
                try simulation.startLeader()
            }
        }
    }

    @Test(arguments: samples, calls) func helperKilledWhileAsked(
        _ sample: Sample, _ call: FaultyPeer.Call
    ) async throws {
        for helperActs in [false, true] {
            try await interrupted(sample, at: call, helperActs: helperActs) { simulation in
                simulation.peer.set { $0 = FaultyPeer.Hooks() }
                try await simulation.restartHelper()
            }
        }
    }

    /// Lets no `call` through until something is killed, or its answer not back.
    private func interrupted(
        _ sample: Sample, at call: FaultyPeer.Call, helperActs: Bool,
        _ kill: (BatchSimulation) async throws -> Void
    ) async throws {
        // Prio3 has no second round.
        if !sample.parameter.isEmpty || call != .post(.aggregationJobContinueReq) {
            let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected))
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
            try await kill(simulation)
            let result = try simulation.open(try await simulation.ready(id), nil, sample.parameter)
            #expect(result.value == sample.result, "helper acts: \(helperActs)")
        }
    }

    @Test func restartsBetweenUploadsAndCollections() async throws {
        let sample = Sample.prio3[3]
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected))
        for measurement in sample.measurements {
            try await simulation.upload([measurement])
            try await simulation.restartLeader()
            try await simulation.restartHelper()
        }
        let id = try await simulation.create()
        try await simulation.restartLeader()
        #expect(try simulation.open(try await simulation.ready(id)).value == sample.result)
    }

    @Test func aHelperThatForgetsReportsIsNoticed() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, minBatchSize: 2, batchMode: .timeInterval)) {
            $0.greatestAttempts = 1
        }
        let spoiled = Mutex(0)
        simulation.peer.set { hooks in
            hooks.onAnswer = { call, body in
                guard call == .create, let answer = try? AggregationJobResp(decoding: Array(body.dropFirst(16))) else {
                    return
                }
                spoiled.withLock { $0 += 1 }
                body = Array(body.prefix(16)) + AggregationJobResp(verifyResps: answer.verifyResps.dropLast()).encoded()
            }
        }
        try await simulation.upload(Array(Sample.count.measurements.prefix(3)))
        for _ in 0..<1000 where spoiled.withLock({ $0 }) < 2 { try await Task.sleep(for: .milliseconds(5)) }
        try await simulation.settled()
        let counts = try await simulation.leader.reportCounts()
        #expect(counts.contains(ReportCount(error: .reportDropped, point: .deletion, count: 3)))
    }

    @Test func oneReportThatTheHelperChokesOnStopsNobodyElse() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval), jobReports: 64)
        let poison = try simulation.report(.integer(1))
        let id = poison.metadata.reportID
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .create, let request = try? AggregationJobInitReq(decoding: body),
                    request.verifyInits.contains(where: { $0.reportShare.metadata.reportID == id })
                else { return .none }
                return .refuse(.invalidMessage)
            }
        }
        #expect(try await simulation.upload([poison]) == [])
        try await simulation.upload(Sample.count.measurements)
        let result = try await simulation.collect()
        #expect(result.value == Sample.count.result)
        #expect(
            try await simulation.leader.reportCounts()
                == [ReportCount(error: .reportDropped, point: .deletion, count: 1)])
    }
}
