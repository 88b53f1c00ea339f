import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// The Leader and a `CollectionJobReq` (DAP §4.6.1 to §4.6.4, §5).
@Suite struct CollectionConformanceTests {
    private static let modes = [BatchMode.timeInterval, .leaderSelected]

    private func bench(_ mode: BatchMode, minBatchSize: UInt64 = 2) throws -> LeaderBench {
        try LeaderBench(try BatchTask(.prio3Sum(maxMeasurement: 100), mode, minBatchSize: minBatchSize))
    }

    private func refused(_ bench: LeaderBench, _ request: CollectionJobReq) async -> ProblemType? {
        await problem { _ = try await bench.create(request) }
    }

    @Test(arguments: modes)
    func theResultIsExact(_ mode: BatchMode) async throws {
        let bench = try bench(mode)
        try await bench.upload([1, 2], time: bench.now - 2)
        try await bench.upload([39])
        let result = try await bench.collect(try bench.request())
        #expect(result.value == .number(42))
        #expect(result.response.reportCount == 3)
        // The smallest interval that has all of them.
        #expect(result.response.interval == bench.helper.interval(from: -2, length: 3))
    }

    @Test(arguments: modes)
    func anotherBatchModeIsAnInvalidMessage(_ mode: BatchMode) async throws {
        let bench = try bench(mode)
        let other: Query = mode == .leaderSelected ? .timeInterval(bench.helper.interval()) : .leaderSelected
        #expect(await refused(bench, try bench.request(other)) == .invalidMessage)
    }

    @Test func malformedRequestsAreInvalidMessages() async throws {
        let bench = try bench(.timeInterval)
        let body = try bench.request().encoded()
        for malformed in [[], [1], Array(body.dropLast()), body + [0]] {
            #expect(
                await problem { _ = try await bench.leader.createCollectionJob(body: malformed) } == .invalidMessage)
        }
    }

    /// Before anything is aggregated with it.
    @Test func invalidParametersAreRefused() async throws {
        let prio3 = try bench(.timeInterval)
        #expect(await refused(prio3, try prio3.request(parameter: [0])) == .invalidAggregationParameter)
        let poplar1 = try LeaderBench(try BatchTask.poplar1())
        try await poplar1.upload([1, 2, 3])
        for parameter: [UInt8] in [
            [], [0], [0, 4, 0, 0, 0, 1, 0], [0, 1, 0, 0, 0, 2, 0x40, 0x40], [0, 1, 0, 0, 0, 2, 0x80, 0x40],
            try poplar1.task.parameter() + [0],
        ] {
            #expect(await refused(poplar1, try poplar1.request(parameter: parameter)) == .invalidAggregationParameter)
        }
        #expect(poplar1.peer.sent.isEmpty)
        #expect(try await poplar1.collect(try poplar1.request()).response.reportCount == 3)
    }

    @Test func intervalsThatAreNotWellFormedAreInvalidBatches() async throws {
        let bench = try bench(.timeInterval)
        for (start, duration) in [(bench.now, UInt64(0)), (bench.now, .max), (.max, 1), (.max, .max), (0, 0)] {
            let query = Query.timeInterval(
                Interval(start: Time(units: start), duration: TimeDuration(units: duration)))
            #expect(await refused(bench, try bench.request(query)) == .batchInvalid, "\(start) \(duration)")
        }
    }

    @Test func collectedBucketsOverlap() async throws {
        let bench = try bench(.timeInterval)
        try await bench.upload([1, 2])
        _ = try await bench.collect(try bench.request())
        try await bench.restart()
        for (start, length) in [(-5, UInt64(1)), (4, 1), (-6, 2), (3, 2), (-100, 105), (0, 1)] {
            let query = Query.timeInterval(bench.helper.interval(from: start, length: length))
            #expect(await refused(bench, try bench.request(query)) == .batchOverlap, "\(start) \(length)")
        }
        // Its neighbours do not.
        let neighbours = [-6, 5].map { bench.helper.interval(from: $0, length: 1) }
        for interval in neighbours { try await bench.upload([7, 8], time: interval.start.units) }
        bench.clock.advance(seconds: 60)
        for interval in neighbours {
            #expect(try await bench.collect(try bench.request(.timeInterval(interval))).value == .number(15))
        }
    }

    @Test(arguments: [[2], [1, 9], [9, 1], [5, 5], [WalkCodePoints.provisional.collectionJob]] as [[UInt16]])
    func unknownExtensionsAreUnsupported(_ types: [UInt16]) async throws {
        let bench = try bench(.timeInterval)
        let request = try bench.request(extensions: types.map { CollectionJobExtension(type: $0, data: []) })
        #expect(await refusal { _ = try await bench.create(request) } == .unsupportedExtensions(types))
    }

    /// A known extension twice is out of order: only a task with walks knows one.
    @Test func extensionsOutOfOrderAreInvalidExtensions() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let (walk, parameter) = try await simulation.stepZero(HelperRulesTests.values)
        let honest = simulation.request(walk, 1, parameter)
        let twice = CollectionJobReq(
            query: honest.query, aggregationParameter: honest.aggregationParameter,
            extensions: honest.extensions + honest.extensions)
        #expect(
            await problem { _ = try await simulation.leader.createCollectionJob(body: twice.encoded()) }
                == .invalidExtension)
        let rogue = RogueLeader(simulation: simulation)
        #expect(
            await problem {
                _ = try await rogue.share { honest in
                    WalkAggregateShareReq(
                        request: AggregateShareReq(
                            collectionJobReq: twice, batchSelector: honest.request.batchSelector,
                            reportCount: honest.request.reportCount, checksum: honest.request.checksum),
                        lateRejections: 0)
                }
            } == .invalidExtension)
    }

    /// While a job of the batch is on its way no share is asked for; then all of it is in the result.
    @Test(arguments: modes)
    func pendingJobsAreCompletedFirst(_ mode: BatchMode) async throws {
        let bench = try bench(mode)
        bench.peer.set { hooks in
            hooks.onRequest = { call, _ throws(PeerError) in if call == .create { throw RelayPeer.lost } }
        }
        try await bench.upload([1, 2])
        #expect(try await bench.eventually { bench.peer.sent(.create).count > 2 })
        let request = try bench.request()
        let id = try await bench.create(request)
        try await bench.upload([4])
        try await Task.sleep(for: .milliseconds(100))
        #expect(bench.peer.sent(.share).isEmpty)
        #expect(try await bench.leader.collectionJob(id: id, waitingUpTo: .milliseconds(1)) == .pending)
        bench.peer.set { $0 = RelayPeer.Hooks() }
        let result = try bench.open(try await bench.ready(id), request)
        #expect(result.value == .number(7) || (result.value == .number(3) && mode == .leaderSelected))
        let calls = bench.peer.sent.map(\.call)
        #expect(try #require(calls.lastIndex(of: .create)) < (try #require(calls.firstIndex(of: .share))))
    }

    @Test(arguments: modes)
    func withTooFewReportsTheLeaderWaits(_ mode: BatchMode) async throws {
        let bench = try bench(mode, minBatchSize: 4)
        try await bench.upload([1, 2, 3])
        let request = try bench.request()
        let id = try await bench.create(request)
        // Those that are there are aggregated.
        #expect(try await bench.eventually { try await bench.isSettled() })
        try await Task.sleep(for: .milliseconds(100))
        #expect(try await bench.leader.collectionJob(id: id, waitingUpTo: .milliseconds(1)) == .pending)
        #expect(bench.peer.sent(.share).isEmpty)
        try await bench.upload([36])
        let result = try bench.open(try await bench.ready(id), request)
        #expect(result.value == .number(42) && result.response.reportCount == 4)
    }

    /// Forged reports do not make a batch large enough.
    @Test(arguments: modes)
    func tooFewReportsForTooLongFail(_ mode: BatchMode) async throws {
        let bench = try bench(mode, minBatchSize: 4)
        try await bench.upload([1, 2, 3])
        let forged = try bench.task.report(
            50, time: bench.now, changing: BatchTask.Changes(inputShare: { if $0 == .helper { $1[0] ^= 1 } }))
        #expect(try await bench.upload([forged]).isEmpty)
        let id = try await bench.create(try bench.request())
        #expect(try await bench.eventually { !bench.peer.sent(.create).isEmpty })
        bench.clock.advance(seconds: 10_000)
        var failure: ProblemType?
        for _ in 0..<1000 where failure == nil {
            failure = await problem { _ = try await bench.leader.collectionJob(id: id, waitingUpTo: .seconds(1)) }
        }
        #expect(failure == .invalidBatchSize)
        #expect(bench.peer.sent(.share).isEmpty)
    }

    @Test(arguments: [ProblemType.batchMismatch, .batchInvalid, .batchOverlap, .invalidBatchSize, .invalidMessage])
    func aFailureOfTheHelpersIsTheJobs(_ type: ProblemType) async throws {
        let bench = try bench(.timeInterval)
        bench.peer.set { hooks in
            hooks.onRequest = { call, _ throws(PeerError) in
                if call == .share { throw .problem(ProblemDocument(type: type, detail: "no"), status: 409) }
            }
        }
        try await bench.upload([1, 2])
        let id = try await bench.create(try bench.request())
        var failure: ProblemType?
        for _ in 0..<1000 where failure == nil {
            failure = await problem { _ = try await bench.leader.collectionJob(id: id, waitingUpTo: .seconds(1)) }
        }
        #expect(failure == type)
        // It is told again to whoever asks, also after a restart.
        try await bench.restart()
        #expect(
            await problem { _ = try await bench.leader.collectionJob(id: id, waitingUpTo: .milliseconds(1)) } == type)
    }

    /// What comes after the collection is in no later request for the batch's share, and in no bucket of it.
    @Test func nothingIsCommittedToACollectedBatch() async throws {
        let bench = try bench(.leaderSelected)
        try await bench.upload([1, 2])
        let request = try bench.request()
        let first = try await bench.collect(request)
        #expect(first.value == .number(3))
        try await bench.upload([10, 20])
        #expect(try await bench.eventually { bench.peer.sent(.create).count >= 2 })
        // Asking again gets the same result.
        #expect(try await bench.collect(request).response == first.response)
        let collected = try AggregateShareReq(decoding: try #require(bench.peer.sent(.share).first)).batchSelector
        guard case .leaderSelected(let batch) = collected else { return }
        let later = try AggregationJobInitReq(decoding: try #require(bench.peer.sent(.create).last))
        #expect(later.extensions.data(ofType: 1) != batch.bytes)
    }

    @Test(arguments: modes)
    func repeatedRequestsGetTheSameJob(_ mode: BatchMode) async throws {
        let bench = try bench(mode)
        try await bench.upload([1, 2])
        let request = try bench.request()
        let id = try await bench.create(request)
        #expect(try await bench.create(request) == id)
        let body = try await bench.ready(id)
        for _ in 0..<2 {
            #expect(try await bench.create(request) == id)
            #expect(try await bench.ready(id) == body)
            try await bench.restart()
        }
        #expect(Set(bench.peer.sent(.share)).count == 1)
    }

    @Test func concurrentCopiesOfARequestAreOneJob() async throws {
        let bench = try bench(.leaderSelected)
        let (leader, body) = (bench.leader, try bench.request().encoded())
        let ids = try await withThrowingTaskGroup(of: CollectionJobID.self) { group in
            for _ in 0..<8 { group.addTask { try await leader.createCollectionJob(body: body) } }
            return try await group.reduce(into: Set<CollectionJobID>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
    }

    // MARK: Deletion

    @Test func aDeletedJobIsNotForgotten() async throws {
        let bench = try bench(.timeInterval)
        let reports = try await bench.upload([1, 2])
        let request = try bench.request()
        let id = try await bench.create(request)
        _ = try await bench.ready(id)
        try await bench.leader.deleteCollectionJob(id: id)
        try await bench.restart()
        #expect(
            await refusal { _ = try await bench.leader.collectionJob(id: id, waitingUpTo: .milliseconds(1)) }
                == .notFound)
        #expect(await refused(bench, request) == .batchOverlap)
        #expect(try await bench.error(try bench.task.report(3, time: bench.now)) == .batchCollected)
        let replay = try bench.task.report(1, id: reports[0].metadata.reportID, time: bench.now - 100)
        #expect(try await bench.error(replay) == .reportReplayed)
    }

    /// Each collection has a batch of its own, which nobody else had before.
    @Test func selectedBatchesAreUnique() async throws {
        let bench = try bench(.leaderSelected)
        let request = try bench.request()
        for round in 1...3 {
            try await bench.upload([round, 10 * round])
            let id = try await bench.create(request)
            let result = try bench.open(try await bench.ready(id), request)
            #expect(result.value == .number(UInt128(11 * round)) && result.response.reportCount == 2)
            try await bench.leader.deleteCollectionJob(id: id)
        }
        let batches = try bench.peer.sent(.share).map { try AggregateShareReq(decoding: $0).batchSelector }
        #expect(Set(batches).count == 3)
    }
}
