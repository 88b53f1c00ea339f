import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The safety rules as the Helper keeps them against a Leader that does not.
@Suite struct HelperRulesTests {
    static let values = [Int](repeating: 0xABCD, count: 12) + [Int](repeating: 0x1234, count: 8)

    private func begin(
        _ bounds: TestTask.Bounds = .init(), minBatchSize: UInt64 = 4
    ) async throws -> (simulation: Simulation, rogue: RogueLeader, walk: WalkID) {
        let simulation = try Simulation(
            try TestTask(minBatchSize: minBatchSize, bounds: bounds), shardReports: 100)
        let (walk, _) = try await simulation.stepZero(Self.values)
        return (simulation, RogueLeader(simulation: simulation), walk)
    }

    @Test func rule1AReportIsEvaluatedInOneJobOnly() async throws {
        let (simulation, rogue, _) = try await begin()
        let other = try Poplar1AggregationParameter(
            level: 2, prefixes: Simulation.extensions(Prefix(), to: 2))
        for deleting in [false, true] {
            if deleting {
                let id = try #require(try await rogue.job().jobID)
                try await simulation.helper.deleteAggregationJob(id: id)
            }
            let answer = try await rogue.create(walk: .random(), batch: .random(), parameter: other)
            #expect(answer.verifyResps.count == Self.values.count)
            #expect(answer.verifyResps.allSatisfy { $0.outcome == .reject(.reportReplayed) })
        }
    }

    @Test func rule2HistoryFirst() async throws {
        let (simulation, rogue, _) = try await begin()
        let good = try simulation.level7(0xABCD)
        let bad: [Poplar1AggregationParameter] = [
            try simulation.level3(),
            try Poplar1AggregationParameter(level: 7, prefixes: good.prefixes.reversed()),
            try Poplar1AggregationParameter(level: 7, prefixes: [good.prefixes[0], good.prefixes[0]]),
            try Poplar1AggregationParameter(level: 7, prefixes: []),
        ]
        for parameter in bad {
            #expect(await problem { try await rogue.evaluate(parameter) } == .invalidAggregationParameter)
        }
        // Step 2 before step 1; a transcript of another history.
        #expect(await problem { try await rogue.evaluate(good, step: 2) } == .stepMismatch)
        var request = try await rogue.evaluateRequest(good)
        request[30] ^= 1
        #expect(await problem { _ = try await rogue.post(request, .walkEvaluateReq) } == .stepMismatch)
        // Asked with one list, then with another.
        try await rogue.evaluate(good)
        #expect(await problem { try await rogue.evaluate(try simulation.level7(0x1234)) } == .stepMismatch)
        // And then a foreign one: no descendant.
        let foreign = try Poplar1AggregationParameter(
            level: 11, prefixes: [simulation.factory.path(0x5555).ancestor(level: 11)])
        #expect(await problem { try await rogue.evaluate(foreign, step: 2) } == .stepMismatch)
    }

    /// A Helper that knows its job from before asks the store again before it answers.
    @Test(arguments: [false, true]) func rule1WhatIsInMemoryMayBeOld(deleting: Bool) async throws {
        let (simulation, rogue, _) = try await begin()
        let id = try #require(try await rogue.job().jobID)
        let one = try await rogue.evaluateRequest(try simulation.level7(0xABCD))
        let other = try await rogue.evaluateRequest(try simulation.level7(0x1234))
        let second = try Helper(
            task: try simulation.task.aggregator(.helper), store: simulation.helperStore,
            settings: simulation.settings, machine: .forTests(clock: simulation.clock))
        if deleting {
            try await second.deleteAggregationJob(id: id)
        } else {
            _ = try await second.postAggregationJob(id: id, mediaType: .walkEvaluateReq, body: other)
        }
        // The walk ends with its last job, and its shards take no message then.
        #expect(await problem { _ = try await rogue.post(one, .walkEvaluateReq) } == .stepMismatch)
        let digest = try await rogue.job().evaluateDigest
        #expect(digest.isEmpty == deleting)
    }

    /// A key that the Helper does not know fails the job; in a draft that has it so, each report.
    @Test func anUnknownVerificationKey() async throws {
        for rejecting in [false, true] {
            var task = try TestTask()
            if rejecting {
                task.version = SpecVersion(
                    tag: "dap-18", leastTaskInfo: 0, unknownVerificationKey: .rejectsReports(.outdatedConfig))
            }
            let simulation = try Simulation(task, shardReports: 100)
            _ = try await simulation.stepZero(Self.values)
            let rogue = RogueLeader(simulation: simulation)
            if rejecting {
                let answer = try await rogue.create(walk: .random(), batch: .random(), keyID: 8)
                #expect(answer.verifyResps.allSatisfy { $0.outcome == .reject(.outdatedConfig) })
                #expect(answer.verifyResps.count == Self.values.count)
            } else {
                #expect(
                    await problem { _ = try await rogue.create(walk: .random(), batch: .random(), keyID: 8) }
                        == .invalidMessage)
            }
        }
    }

    @Test func rule2ForeignPrefixes() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        try await simulation.upload(Self.values)
        let some = try Poplar1AggregationParameter(
            level: 3, prefixes: [simulation.factory.path(0xABCD).ancestor(level: 3)])
        _ = try await simulation.collect(.random(), 0, some)
        let rogue = RogueLeader(simulation: simulation)
        #expect(
            await problem { try await rogue.evaluate(try simulation.level7(0x1234)) } == .invalidAggregationParameter)
    }

    @Test func rule2OneStepAtATime() async throws {
        let (simulation, rogue, walk) = try await begin()
        let next = try simulation.level7(0xABCD, 0x1234)
        // Evaluated and not committed: no share; and no further step.
        try await rogue.evaluate(next)
        #expect(await problem { _ = try await rogue.share(walk, 1, next) } == .stepMismatch)
    }

    @Test func rule3LateRejectionsAreFew() async throws {
        let (simulation, rogue, walk) = try await begin()
        let next = try simulation.level7(0xABCD, 0x1234)
        // 10 % of 20: two may be dropped, three may not.
        try await rogue.evaluate(next)
        let evaluated = try WalkEvaluateReq(decoding: try await rogue.evaluateRequest(next))
        let verdict = WalkVerdictReq(
            header: WalkStepHeader(
                walkID: walk, step: 1, phase: .verdict, liveCount: 20, transcript: evaluated.header.transcript),
            verdicts: [0b1111_1000, 0xff, 0x0f])
        _ = try await rogue.post(verdict.encoded(), .walkVerdictReq)
        #expect(await problem { _ = try await rogue.share(walk, 1, next, count: 17) } == .lateRejectionsExceeded)
        #expect(await problem { _ = try await rogue.share(walk, 1, next, count: 17) } == .walkEnded)
        #expect(try await segmentsVanish(of: simulation.helperStore))
    }

    @Test func rule4TheThresholdBindsTheCollector() async throws {
        var bounds = TestTask.Bounds()
        bounds.minThreshold = 15
        let (simulation, rogue, _) = try await begin(bounds)
        // 20 reports and a threshold of 15 leave one ancestor.
        #expect(
            await problem { try await rogue.evaluate(try simulation.level7(0x1234, 0xABCD)) } == .thresholdBelowMinimum)
        let deep = try Poplar1AggregationParameter(
            level: 8, prefixes: [simulation.factory.path(0xABCD).ancestor(level: 8)])
        #expect(
            await problem { _ = try await rogue.create(walk: .random(), batch: .random(), parameter: deep) }
                == .firstStepBoundExceeded)
    }

    @Test func rule5TheBatchIsFrozen() async throws {
        let (_, rogue, walk) = try await begin()
        #expect(await problem { _ = try await rogue.create(walk: walk, keeping: 0..<3) } == .batchOverlap)
        #expect(await problem { _ = try await rogue.create(walk: .random()) } == .batchOverlap)
    }

    /// The Helper first sees the interval when the share is asked for: a Leader whose clock is wrong, or who is, waits.
    @Test func rule5AnIntervalIsOverBeforeItIsClosed() async throws {
        let simulation = try Simulation(try TestTask(batchMode: .timeInterval), shardReports: 100)
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        let peer = simulation.peer
        peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .share else { return .none }
                // What is lost counts as sent: another Leader would send it.
                let lost = body
                peer.sent.withLock { $0.append((call, nil, lost)) }
                continuation.yield()
                return .loseRequest
            }
        }
        try await simulation.upload(Self.values)
        let start = Time(units: simulation.clock.now - 10)
        func interval(_ units: UInt64) -> Interval { Interval(start: start, duration: TimeDuration(units: units)) }
        let parameter = try simulation.level3()
        let (walk, over) = (WalkID.random(), Query.timeInterval(interval(20)))
        let request = simulation.request(walk, 0, parameter, query: over)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in asked { break }
        let rogue = RogueLeader(simulation: simulation)
        for ahead in [301, 86_400, 315_360_000] as [UInt64] {
            let long = interval(10 + ahead)
            let refused = await problem {
                _ = try await rogue.share { honest in
                    let query = Query.timeInterval(long)
                    return WalkAggregateShareReq(
                        request: AggregateShareReq(
                            collectionJobReq: simulation.request(walk, 0, parameter, query: query),
                            batchSelector: .timeInterval(long), reportCount: honest.request.reportCount,
                            checksum: honest.request.checksum),
                        lateRejections: 0)
                }
            }
            #expect(refused == .batchInvalid)
        }
        let known = try await simulation.helperStore.read("test") { try $0.walk(walk) }
        #expect(known?.batchSelector == [] && known?.isFrozen == false)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        #expect(
            try simulation.open(try await simulation.ready(id), request, parameter).reportCount
                == UInt64(Self.values.count))
    }

    @Test func rule5MinimumBatchSizeAtEveryStep() async throws {
        var bounds = TestTask.Bounds()
        bounds.maxLateRejectionsPPM = 1_000_000
        let (simulation, rogue, walk) = try await begin(bounds, minBatchSize: 19)
        let next = try simulation.level7(0xABCD, 0x1234)
        try await rogue.evaluate(next)
        let evaluated = try WalkEvaluateReq(decoding: try await rogue.evaluateRequest(next))
        let verdict = WalkVerdictReq(
            header: WalkStepHeader(
                walkID: walk, step: 1, phase: .verdict, liveCount: 20, transcript: evaluated.header.transcript),
            verdicts: [0xfc, 0xff, 0x0f])
        _ = try await rogue.post(verdict.encoded(), .walkVerdictReq)
        #expect(await problem { _ = try await rogue.share(walk, 1, next, count: 18) } == .invalidBatchSize)
        #expect(await problem { try await rogue.evaluate(next) } != nil)
    }

    @Test func rule6OneShareSealedOnce() async throws {
        let (_, rogue, _) = try await begin()
        let first = try await rogue.share()
        #expect(try await rogue.share() == first)
        #expect(
            await problem {
                _ = try await rogue.share { WalkAggregateShareReq(request: $0.request, lateRejections: 1) }
            } == .stepMismatch)
    }

    @Test func disagreementIsNoticed() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .share, let honest = try? WalkAggregateShareReq(decoding: body) else { return .none }
                let request = AggregateShareReq(
                    collectionJobReq: honest.request.collectionJobReq, batchSelector: honest.request.batchSelector,
                    reportCount: honest.request.reportCount - 1, checksum: honest.request.checksum)
                body = WalkAggregateShareReq(request: request, lateRejections: 0).encoded()
                return .none
            }
        }
        #expect(await problem { _ = try await simulation.stepZero(Self.values) } == .batchMismatch)
    }

    @Test func rule7RepeatedBytesGetTheSameAnswer() async throws {
        let (simulation, rogue, walk) = try await begin()
        let next = try simulation.level7(0xABCD, 0x1234)
        _ = try await simulation.collect(walk, 1, next)
        for _ in 0..<2 {
            let evaluate = try rogue.sent(.post(.walkEvaluateReq))
            let verdict = try rogue.sent(.post(.walkVerdictReq))
            let answers = [
                try await rogue.post(evaluate, .walkEvaluateReq), try await rogue.post(verdict, .walkVerdictReq),
                try await rogue.share(),
            ]
            try simulation.stopHelper()
            try simulation.startHelper()
            #expect(try await rogue.post(evaluate, .walkEvaluateReq) == answers[0])
            #expect(try await rogue.post(verdict, .walkVerdictReq) == answers[1])
            #expect(try await rogue.share() == answers[2])
        }
        var other = try rogue.sent(.post(.walkVerdictReq))
        other[other.count - 1] ^= 1
        #expect(await problem { _ = try await rogue.post(other, .walkVerdictReq) } == .stepMismatch)
    }

    @Test func rule8LifeAndDeletion() async throws {
        let (simulation, rogue, walk) = try await begin()
        simulation.clock.advance(seconds: 3601)
        #expect(await problem { try await rogue.evaluate(try simulation.level7(0xABCD)) } == .walkBoundExceeded)
        let id = try #require(try await rogue.job().jobID)
        try await simulation.helper.deleteAggregationJob(id: id)
        #expect(try await segmentsVanish(of: simulation.helperStore))
        #expect(
            await problem { _ = try await rogue.share(walk, 1, try simulation.level7(0xABCD)) } != nil)
        let counts = try await simulation.helper.reportCounts()
        #expect(counts == [ReportCount(error: .reportDropped, point: .deletion, count: 20)])
    }

    /// With DAP's step its two answers to step 0, without one what was said last.
    @Test func aJobThatIsAskedForGivesWhatWasAnswered() async throws {
        let (simulation, rogue, walk) = try await begin()
        let id = try #require(try await rogue.job().jobID)
        func asked(_ step: UInt16? = nil) async throws -> [UInt8] {
            try await simulation.helper.aggregationJob(id: id, step: step).body
        }
        let initial = try await simulation.helper.createAggregationJob(body: try rogue.sent(.create)).body
        let continued = try await rogue.post(
            try rogue.sent(.post(.aggregationJobContinueReq)), .aggregationJobContinueReq)
        #expect(try await asked(0) == initial)
        #expect(try await asked(1) == continued)
        #expect(try await asked() == continued)

        let next = try simulation.level7(0xABCD)
        let evaluated = try await rogue.post(try await rogue.evaluateRequest(next), .walkEvaluateReq)
        #expect(try await asked() == evaluated)
        #expect(try await asked(1) == continued)
        #expect(await problem { _ = try await asked(2) } == .stepMismatch)
        let header = try WalkEvaluateReq(decoding: try await rogue.evaluateRequest(next)).header
        let verdict = WalkVerdictReq(
            header: WalkStepHeader(
                walkID: walk, step: 1, phase: .verdict, liveCount: 20, transcript: header.transcript),
            verdicts: [0xff, 0xff, 0x0f])
        let committed = try await rogue.post(verdict.encoded(), .walkVerdictReq)
        #expect(try await asked() == committed)
        for step: UInt16 in [0, 1, 2] {
            #expect(await problem { _ = try await asked(step) } == .stepMismatch, "step \(step)")
        }
    }

    @Test func theGreatestStepIsRefused() async throws {
        let (simulation, rogue, walk) = try await begin()
        let next = try simulation.level7(0xABCD, 0x1234)
        _ = try await simulation.collect(walk, 1, next)
        #expect(await problem { try await rogue.evaluate(next, step: .max) } == .stepMismatch)
        let verdict = WalkVerdictReq(
            header: WalkStepHeader(
                walkID: walk, step: .max, phase: .verdict, liveCount: 20,
                transcript: try #require(WalkTranscript(bytes: try await rogue.job().transcript))),
            verdicts: [0xff, 0xff, 0x0f])
        #expect(await problem { _ = try await rogue.post(verdict.encoded(), .walkVerdictReq) } == .stepMismatch)
    }

    @Test func packedMessagesAreExact() async throws {
        let (simulation, rogue, _) = try await begin()
        let request = try await rogue.evaluateRequest(try simulation.level7(0xABCD))
        #expect(
            await problem { _ = try await rogue.post(Array(request.dropLast()), .walkEvaluateReq) } == .invalidMessage)
        #expect(await problem { _ = try await rogue.post(request + [0], .walkEvaluateReq) } == .invalidMessage)
        let notCanonical = request.dropLast(8) + [UInt8](repeating: 0xff, count: 8)
        #expect(await problem { _ = try await rogue.post(Array(notCanonical), .walkEvaluateReq) } == .invalidMessage)
    }
}
