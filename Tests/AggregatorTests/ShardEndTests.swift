import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What a shard answers that takes part in its walk no more, and what both sides do about it.
@Suite struct ShardEndTests {
    /// A report that the verification at a level refuses.
    private func bad(_ simulation: Simulation, atLevel level: Int) throws -> Report {
        try simulation.factory.report(9) { share, inputs in
            if level <= 3 {
                inputs[0].correlatedInner[2 * level] += .one
            } else {
                share.inner[level].authenticator += .one
            }
        }
    }

    /// Shards of three reports: two of honest ones around one of `bad`.
    private func begin(badAtLevel level: Int) async throws -> Simulation {
        var bounds = TestTask.Bounds()
        bounds.maxLateRejectionsPPM = 500_000
        let simulation = try Simulation(try TestTask(bounds: bounds), shardReports: 3)
        try await simulation.upload([9, 9, 9])
        try await simulation.upload(try (0..<3).map { _ in try bad(simulation, atLevel: level) })
        try await simulation.upload([9, 9, 9])
        return simulation
    }

    private func parameter(_ simulation: Simulation, _ level: Int) throws -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(level: level, prefixes: [simulation.factory.path(9).ancestor(level: level)])
    }

    /// The shard in the middle, as the Helper has it.
    private func middle(_ simulation: Simulation) async throws -> ShardRecord {
        let jobs = try await simulation.helperStore.read("test") { transaction in
            try transaction.walks().flatMap { try transaction.shards($0.id) }
        }
        let emptied = jobs.filter { $0.count == 0 && !$0.verdictDigest.isEmpty }
        try #require(emptied.count == 1)
        return emptied[0]
    }

    private func sent(
        _ simulation: Simulation, _ mediaType: MediaType, to job: AggregationJobID?
    ) -> [[UInt8]] {
        simulation.peer.sent.withLock { $0.filter { $0.call == .post(mediaType) && $0.job == job }.map(\.body) }
    }

    private func post(
        _ body: [UInt8], _ mediaType: MediaType, to job: ShardRecord, of simulation: Simulation
    ) async throws -> [UInt8] {
        let id = try #require(job.jobID)
        return try await simulation.helper.postAggregationJob(id: id, mediaType: mediaType, body: body).body
    }

    private func evaluation(_ job: ShardRecord, step: UInt16, _ parameter: Poplar1AggregationParameter) throws
        -> [UInt8]
    {
        WalkEvaluateReq(
            header: WalkStepHeader(
                walkID: job.walk, step: step, phase: .evaluate, liveCount: 0,
                transcript: try #require(WalkTranscript(bytes: job.transcript))
                    .evaluating(step: step, aggregationParameter: parameter.encode())),
            aggregationParameter: parameter.encode(), leaderVerifierShares: []
        ).encoded()
    }

    /// The continuation that names no report is sent, its answer has no content, and the shard has ended for both.
    @Test func aShardThatStepZeroEmpties() async throws {
        let simulation = try await begin(badAtLevel: 3)
        let walk = WalkID.random()
        #expect(try await simulation.collect(walk, 0, try simulation.level3()).reportCount == 6)
        let job = try await middle(simulation)
        #expect(job.phase == .finished)
        let continuation = try #require(sent(simulation, .aggregationJobContinueReq, to: job.jobID).first)
        #expect(try AggregationJobContinueReq(decoding: continuation).verifyContinues.isEmpty)
        // Again, since the Leader may have missed the answer.
        #expect(try await post(continuation, .aggregationJobContinueReq, to: job, of: simulation) == [])
        let next = try parameter(simulation, 7)
        let request = try evaluation(job, step: 1, next)
        #expect(
            await problem { _ = try await post(request, .walkEvaluateReq, to: job, of: simulation) } == .stepMismatch)
        #expect(try await simulation.collect(walk, 1, next).counts == [6])
        #expect(sent(simulation, .walkEvaluateReq, to: job.jobID).isEmpty)
        #expect(sent(simulation, .walkVerdictReq, to: job.jobID).isEmpty)
    }

    /// A Helper of another implementation takes an answer without content for one that is not ready.
    @Test func theEmptyContinuationNeedsNoAnswer() async throws {
        let simulation = try await begin(badAtLevel: 3)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .post(.aggregationJobContinueReq),
                    (try? AggregationJobContinueReq(decoding: body))?.verifyContinues.isEmpty == true
                else { return .none }
                return .withhold
            }
        }
        let first = try await simulation.collect(.random(), 0, try simulation.level3())
        #expect(first.reportCount == 6)
        #expect(simulation.peer.sent.withLock { $0.allSatisfy { $0.call != .poll } })
    }

    @Test func aShardThatALaterStepEmpties() async throws {
        let simulation = try await begin(badAtLevel: 7)
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let second = try await simulation.collect(walk, 1, try parameter(simulation, 7))
        #expect(second.reportCount == 6 && second.lateRejections == 3)
        let job = try await middle(simulation)
        #expect(job.phase == .finished)
        let verdict = try #require(sent(simulation, .walkVerdictReq, to: job.jobID).first)
        let evaluation = try #require(sent(simulation, .walkEvaluateReq, to: job.jobID).first)
        let answer = try WalkVerdictResp(
            decoding: try await post(verdict, .walkVerdictReq, to: job, of: simulation))
        #expect(answer.header.phase == .committed && answer.header.liveCount == 0)
        #expect(
            await problem { _ = try await post(evaluation, .walkEvaluateReq, to: job, of: simulation) } == .stepMismatch
        )
        #expect(try await simulation.collect(walk, 2, try parameter(simulation, 15)).counts == [6])
        #expect(sent(simulation, .walkEvaluateReq, to: job.jobID).count == 1)
        #expect(
            await problem { _ = try await post(verdict, .walkVerdictReq, to: job, of: simulation) } == .stepMismatch)
    }

    /// Every kind of message, in the very bytes that were answered before.
    @Test(arguments: [false, true]) func afterTheWalksEnd(restarting: Bool) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let rogue = RogueLeader(simulation: simulation)
        try await simulation.upload([Int](repeating: 9, count: 6))
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let continuation = try rogue.sent(.post(.aggregationJobContinueReq))
        let share = try rogue.sent(.share)
        _ = try await simulation.collect(walk, 1, try parameter(simulation, 15))
        if restarting {
            try simulation.stopHelper()
            try simulation.startHelper()
        }
        let messages = [
            (continuation, MediaType.aggregationJobContinueReq),
            (try rogue.sent(.post(.walkEvaluateReq)), .walkEvaluateReq),
            (try rogue.sent(.post(.walkVerdictReq)), .walkVerdictReq),
            ([0], .aggregationJobContinueReq), ([0], .walkEvaluateReq), ([0], .walkVerdictReq),
        ]
        for (body, mediaType) in messages {
            #expect(await problem { _ = try await rogue.post(body, mediaType) } == .stepMismatch, "\(mediaType)")
        }
        #expect(await problem { _ = try await rogue.create() } == .stepMismatch)
        #expect(await problem { _ = try await rogue.create(keeping: 0..<2) } == .walkEnded)
        // The released share stays, of every step; whatever else is asked of the walk, it has ended.
        let first = try await simulation.helper.createAggregateShare(mediaType: .walkAggregateShareReq, body: share)
        #expect(!first.body.isEmpty)
        for step in [UInt16(0), 1, 2] {
            #expect(
                await problem { _ = try await rogue.share(walk, step, try simulation.level3()) } == .walkEnded,
                "\(step)")
        }
        #expect(
            await problem { _ = try await rogue.share(.random(), 0, try simulation.level3()) } == .stepMismatch)
    }

    @Test func aDeletedShardTakesNoMessage() async throws {
        let simulation = try Simulation(try TestTask(bounds: Self.lenient), shardReports: 3)
        try await simulation.upload([Int](repeating: 9, count: 9))
        let walk = WalkID.random()
        _ = try await simulation.collect(walk, 0, try simulation.level3())
        let next = try parameter(simulation, 7)
        _ = try await simulation.collect(walk, 1, next)
        let job = try #require(
            try await simulation.helperStore.read("test") { try $0.shards(walk) }.first)
        let id = try #require(job.jobID)
        try await simulation.helper.deleteAggregationJob(id: id)
        try await simulation.helper.deleteAggregationJob(id: id)
        for mediaType in [MediaType.aggregationJobContinueReq, .walkEvaluateReq, .walkVerdictReq] {
            let body = try #require(sent(simulation, mediaType, to: id).last)
            #expect(
                await problem { _ = try await post(body, mediaType, to: job, of: simulation) } == .stepMismatch,
                "\(mediaType)")
        }
        // The Leader that goes on with it learns so, and gives the walk up.
        #expect(
            await problem { _ = try await simulation.collect(walk, 2, try parameter(simulation, 15)) } == .stepMismatch)
    }

    private static var lenient: TestTask.Bounds {
        var bounds = TestTask.Bounds()
        bounds.maxLateRejectionsPPM = 500_000
        return bounds
    }

    /// The same job again, and never a new one: its result stays gone.
    @Test func aDeletedCollectionJobIsNotMadeAgain() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        try await simulation.upload([Int](repeating: 9, count: 6))
        let body = simulation.request(.random(), 0, try simulation.level3()).encoded()
        let id = try await simulation.leader.createCollectionJob(body: body)
        _ = try await simulation.ready(id)
        try await simulation.leader.deleteCollectionJob(id: id)
        #expect(try await simulation.leader.createCollectionJob(body: body) == id)
        await #expect(throws: AggregatorError.notFound) {
            _ = try await simulation.leader.collectionJob(id: id, waitingUpTo: .zero)
        }
        // Deleted again: as before.
        try await simulation.leader.deleteCollectionJob(id: id)
    }

    /// A result's interval is that of the reports that are left, not of those that there were.
    @Test func theIntervalShrinksWithLateRejections() async throws {
        let simulation = try Simulation(try TestTask(bounds: Self.lenient), shardReports: 100)
        let (factory, now) = (simulation.factory, simulation.clock.now)
        try await simulation.upload([9, 9, 9, 9])
        try await simulation.upload([
            try factory.report(9, time: now - 1000) { share, _ in share.inner[7].authenticator += .one }
        ])
        let walk = WalkID.random()
        func interval(_ step: UInt16, _ parameter: Poplar1AggregationParameter) async throws -> Interval {
            let id = try await simulation.leader.createCollectionJob(
                body: simulation.request(walk, step, parameter).encoded())
            return try WalkCollectionJobResp(decoding: try await simulation.ready(id)).result.interval
        }
        let first = try await interval(0, try simulation.level3())
        #expect(first == Interval(containing: Time(units: now - 1000), Time(units: now)))
        let second = try await interval(1, try parameter(simulation, 7))
        #expect(second == Interval(containing: Time(units: now), Time(units: now)))
    }
}
