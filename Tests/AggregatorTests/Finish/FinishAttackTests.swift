import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Requests that finish a step as no honest Leader sends them: nothing is committed by one that is refused, and whatever is asked
/// at once, one share is sealed.
@Suite struct FinishAttackTests {
    private static func held(_ bounds: TestTask.Bounds = .finishing, shardReports: Int = 7) async throws -> HeldStep {
        try await HeldStep(try Simulation(try TestTask(bounds: bounds), shardReports: shardReports))
    }

    @Test func whatIsRefusedCommitsNothing() async throws {
        let step = try await Self.held()
        let verdicts = step.verdicts
        #expect(verdicts.count == 3)
        let rest = Array(verdicts.dropFirst())
        let first = try WalkVerdictReq(decoding: verdicts[0].request)
        let next = try WalkVerdictReq(decoding: verdicts[1].request)
        func changed(_ header: WalkStepHeader, _ bits: [UInt8]? = nil) -> [WalkFinishReq.Verdict] {
            let request = WalkVerdictReq(header: header, verdicts: bits ?? first.verdicts)
            return [.init(jobID: verdicts[0].jobID, request: request.encoded())] + rest
        }
        func header(
            walk: WalkID? = nil, step: UInt16 = 1, count: UInt32? = nil, transcript: WalkTranscript? = nil
        ) -> WalkStepHeader {
            WalkStepHeader(
                walkID: walk ?? first.header.walkID, step: step, phase: .verdict,
                liveCount: count ?? first.header.liveCount, transcript: transcript ?? first.header.transcript)
        }
        let unknown = WalkFinishReq.Verdict(jobID: .random(), request: verdicts[0].request)
        let foreign = WalkFinishReq.Verdict(jobID: verdicts[0].jobID, request: verdicts[1].request)
        let bad: [(String, [WalkFinishReq.Verdict], ProblemType)] = [
            ("a shard is missing", rest, .stepMismatch),
            ("a job is unknown", verdicts + [unknown], .unrecognizedAggregationJob),
            ("another shard's verdict", [foreign] + rest, .stepMismatch),
            ("another walk", changed(header(walk: .random())), .stepMismatch),
            ("another step", changed(header(step: 2)), .stepMismatch),
            ("step 0", changed(header(step: 0)), .stepMismatch),
            ("another count", changed(header(count: first.header.liveCount + 1)), .stepMismatch),
            ("another transcript", changed(header(transcript: next.header.transcript)), .stepMismatch),
            ("a bit too many", [verdicts[0].turned(0x80)] + rest, .invalidMessage),
            ("a byte too many", changed(first.header, first.verdicts + [0]), .invalidMessage),
            ("a byte too few", changed(first.header, []), .invalidMessage),
            ("no message", [.init(jobID: verdicts[0].jobID, request: [1, 2])] + rest, .invalidMessage),
            ("an empty one", [.init(jobID: verdicts[0].jobID, request: [])] + rest, .invalidMessage),
        ]
        for (what, parts, type) in bad {
            #expect(await problem { try await step.finish(parts) } == type, "\(what)")
            #expect(try await step.committed() == 0, "\(what)")
        }
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// The message as bytes: parts twice, out of order, none at all.
    @Test func whatDoesNotDecodeCommitsNothing() async throws {
        let step = try await Self.held()
        let verdicts = step.verdicts
        let share = WalkFinishReq(shareRequest: step.request.shareRequest, verdicts: [])
        for parts in [[], [0, 0, 1, 2], [0, 1, 2, 0], [1, 0, 2], [2, 1, 0]] as [[Int]] {
            let body = share.encoded() + parts.flatMap { verdicts[$0].encoded() }
            #expect(
                await problem {
                    _ = try await step.helper.createAggregateShare(mediaType: .walkFinishReq, body: body)
                } == .invalidMessage, "\(parts)")
        }
        #expect(
            await problem {
                _ = try await step.helper.createAggregateShare(
                    mediaType: .walkFinishReq, body: step.request.encoded().dropLast())
            } == .invalidMessage)
        #expect(try await step.committed() == 0)
    }

    /// The share's own part is checked as if it had come alone, before a verdict is committed.
    @Test func aShareThatIsRefusedCommitsNothing() async throws {
        let step = try await Self.held()
        let honest = try WalkAggregateShareReq(decoding: step.request.shareRequest).request
        func share(
            _ walk: WalkID, _ number: UInt16, _ parameter: Poplar1AggregationParameter, batch: BatchSelector? = nil
        ) -> [UInt8] {
            WalkAggregateShareReq(
                request: AggregateShareReq(
                    collectionJobReq: step.simulation.request(walk, number, parameter),
                    batchSelector: batch ?? honest.batchSelector, reportCount: honest.reportCount,
                    checksum: honest.checksum),
                lateRejections: 0
            ).encoded()
        }
        let parameter = step.parameter
        let bad: [(String, [UInt8], ProblemType)] = [
            ("no message", [1], .invalidMessage),
            ("another walk", share(.random(), 1, parameter), .stepMismatch),
            ("a later step", share(step.walk, 2, parameter), .stepMismatch),
            ("another parameter", share(step.walk, 1, try step.simulation.level7(0xABCD)), .invalidMessage),
            ("another batch", share(step.walk, 1, parameter, batch: .leaderSelected(.random())), .batchMismatch),
        ]
        for (what, part, type) in bad {
            #expect(await problem { try await step.finish(share: part) } == type, "\(what)")
            #expect(try await step.committed() == 0, "\(what)")
        }
        // Step 0 is released: its own request gets what it got, and no verdict is looked at.
        let early = share(step.walk, 0, try step.simulation.level3())
        let known = try await step.helper.createAggregateShare(mediaType: .walkAggregateShareReq, body: early)
        #expect(try await step.finish(share: early) == known)
        #expect(try await step.committed() == 0)
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// A shard of another walk, in the same task.
    @Test func aForeignJob() async throws {
        let simulation = try Simulation(try TestTask(bounds: .finishing), shardReports: 7)
        let other = WalkID.random()
        try await simulation.upload([Int](repeating: 0x5678, count: 6))
        _ = try await simulation.collect(other, 0, try simulation.level3())
        let step = try await HeldStep(simulation)
        let foreign = try #require(
            try await simulation.helperStore.read("test") { try $0.shards(other).first?.jobID })
        let part = WalkFinishReq.Verdict(jobID: foreign, request: step.verdicts[0].request)
        #expect(await problem { try await step.finish(step.verdicts + [part]) } == .stepMismatch)
        #expect(await problem { try await step.finish(Array(step.verdicts.dropLast()) + [part]) } == .stepMismatch)
        #expect(try await step.committed() == 0)
        let steps = try await simulation.helperStore.read("test") { try $0.shards(other).map(\.committedSteps) }
        #expect(steps == [1])
    }

    /// A shard is named with another verdict than the one that is committed (rule 2).
    @Test func anotherVerdictThanTheCommittedOne() async throws {
        let step = try await Self.held()
        try await step.post(step.verdicts[1])
        var parts = step.verdicts
        parts[1] = parts[1].turned(1)
        #expect(await problem { try await step.finish(parts) } == .stepMismatch)
        #expect(try await step.committed() == 1, "others were committed")
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// A shard that was not evaluated has nothing that a verdict could be about; the transcript that one would have is easily
    /// known all the same.
    @Test func aShardThatWasNotEvaluated() async throws {
        let step = try await Self.held()
        let walk = step.walk
        try await step.simulation.helperStore.write("test") { transaction in
            var job = try #require(try transaction.shards(walk).last)
            job.evaluateDigest = []
            try transaction.updateJob(job)
        }
        try step.simulation.stopHelper()
        try step.simulation.startHelper()
        #expect(await problem { try await step.finish() } == .stepMismatch)
        #expect(try await step.committed() == 0)
    }

    /// A shard that was deleted takes no verdict, and is not missed.
    @Test func aDeletedShard() async throws {
        var bounds = TestTask.Bounds.finishing
        bounds.maxLateRejectionsPPM = 500_000
        let step = try await Self.held(bounds)
        try await step.helper.deleteAggregationJob(id: step.verdicts[2].jobID)
        #expect(await problem { try await step.finish() } == .stepMismatch)
        #expect(try await step.committed() == 0)
        // Of the others the share's request counts too many.
        #expect(await problem { try await step.finish(Array(step.verdicts.dropLast())) } == .batchMismatch)
    }

    /// Verdicts that are each within the walk's bound, and beyond it together: the walk ends without a share (rule 3).
    @Test func beyondTheBoundOnlyTogether() async throws {
        // Two of twenty.
        let step = try await Self.held(shardReports: 10)
        #expect(step.verdicts.count == 2)
        let parts = step.verdicts.map { $0.turned(0b11, fromEnd: 1) }
        let share = try step.share(count: 16, late: 4)
        #expect(await problem { try await step.finish(parts, share: share) } == .lateRejectionsExceeded)
        let (walk, store) = (step.walk, step.simulation.helperStore)
        let (end, count) = try await store.read("test") { (try $0.walk(walk)?.end, try $0.step(walk, 1)?.reportCount) }
        #expect(end == .lateRejections && count == nil)
        #expect(try await segmentsVanish(of: store))
        for _ in 0..<2 {
            #expect(await problem { try await step.finish(parts, share: share) } == .walkEnded)
            #expect(await problem { try await step.finish() } == .walkEnded)
            try step.simulation.stopHelper()
            try step.simulation.startHelper()
        }
    }

    /// One of the verdicts alone is within the bound: what is released says so.
    @Test func withinTheBound() async throws {
        let step = try await Self.held(shardReports: 10)
        let parts = [step.verdicts[0].turned(0b11, fromEnd: 1), step.verdicts[1]]
        #expect(await problem { try await step.finish(parts) } == .batchMismatch)
        // The other aggregator's count is another: it learns nothing, and what is committed stays.
        #expect(try await step.committed() == 2)
        #expect(await problem { try await step.finish() } == .stepMismatch)
    }

    /// Fewer than the least batch are left (rule 5).
    @Test func belowTheLeastBatch() async throws {
        var bounds = TestTask.Bounds.finishing
        bounds.maxLateRejectionsPPM = 1_000_000
        let simulation = try Simulation(try TestTask(minBatchSize: 19, bounds: bounds), shardReports: 10)
        let step = try await HeldStep(simulation)
        let parts = step.verdicts.map { $0.turned(0b1, fromEnd: 1) }
        let share = try step.share(count: 18, late: 2)
        #expect(await problem { try await step.finish(parts, share: share) } == .invalidBatchSize)
        #expect(await problem { try await step.finish() } == .walkEnded)
    }

    /// The same request several times at once, and with other parts: one sealed share (rule 6).
    @Test func twoAtOnce() async throws {
        let step = try await Self.held()
        let parts: [[WalkFinishReq.Verdict]?] = [nil, nil, nil, step.verdicts, nil]
        let answers = try await withThrowingTaskGroup(of: AggregateShareAnswer.self) { group in
            for part in parts { group.addTask { try await step.finish(part) } }
            return try await group.reduce(into: [AggregateShareAnswer]()) { $0.append($1) }
        }
        #expect(Set(answers).count == 1 && answers.count == parts.count)
        #expect(try await step.share() == answers[0])
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// Requests for different shares of one step: none but the right one is answered, whichever is first.
    ///
    /// Without the walk's lock they could take the jobs' locks crosswise, and wait for ever. That is rare: this test is not known to
    /// show it.
    @Test(.timeLimit(.minutes(1)), arguments: [3] + Array(repeating: 7, count: 8))
    func severalSharesAtOnce(_ shards: Int) async throws {
        let step = try await HeldStep.of(verdicts: shards, shardReports: shards == 3 ? 7 : 3)
        let wrong = try (8..<20).map { try step.share(count: $0, late: 20 - $0) }
        async let refused = withTaskGroup(of: ProblemType?.self) { group in
            for share in wrong { group.addTask { await problem { try await step.finish(share: share) } } }
            return await group.reduce(into: Set<ProblemType?>()) { $0.insert($1) }
        }
        async let answered = step.finish()
        let (types, answer) = (await refused, try await answered)
        #expect(types.isSubset(of: [.batchMismatch, .stepMismatch]))
        #expect(try await step.finish() == answer)
        #expect(await problem { try await step.finish(share: wrong[0]) } == .stepMismatch)
        #expect(try await step.committed() == shards)
    }

    /// The request and its verdicts one by one, at the same time.
    @Test(arguments: 0..<6) func separateVerdictsAtOnce(_ seed: UInt64) async throws {
        let step = try await Self.held(shardReports: 4)
        var random = SplitMix(state: seed)
        let order = step.verdicts.shuffled(using: &random)
        let answers = try await withThrowingTaskGroup(of: AggregateShareAnswer?.self) { group in
            group.addTask { try await step.finish() }
            for verdict in order {
                group.addTask {
                    try await step.post(verdict)
                    return nil
                }
            }
            group.addTask { try await step.finish([order[0]] + order.dropFirst()) }
            return try await group.reduce(into: [AggregateShareAnswer]()) { if let answer = $1 { $0.append(answer) } }
        }
        #expect(Set(answers).count == 1 && answers.count == 2)
        #expect(try await step.committed() == step.verdicts.count)
        #expect(try await step.result().counts.reduce(0, +) == 20)
    }

    /// One shard's verdict comes in two forms at the same time, alone and with the share: one is committed, and the share is of that
    /// one or of none.
    @Test(arguments: 0..<4) func anotherVerdictAtOnce(_ seed: Int) async throws {
        let step = try await Self.held()
        let other = step.verdicts[seed % 3].turned(1, fromEnd: 0)
        async let posted = problem { try await step.post(other) }
        async let finished = problem { try await step.finish() }
        let (alone, together) = (await posted, await finished)
        if alone == nil {
            // It was committed first: whatever else was committed, no share is of the twenty.
            #expect(together == .stepMismatch)
            #expect(await problem { _ = try await step.share() } != nil)
        } else {
            #expect(alone == .stepMismatch && together == nil)
        }
    }
}
