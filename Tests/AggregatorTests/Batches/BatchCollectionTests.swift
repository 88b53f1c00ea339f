import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What a Collector may ask of a batch task's Leader.
@Suite struct BatchCollectionTests {
    @Test func requestsThatCannotBeTaken() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        let leader = simulation.leader
        func refused(_ query: Query, _ parameter: [UInt8] = [], _ extensions: [CollectionJobExtension] = []) async
            -> ProblemType?
        {
            let request = CollectionJobReq(
                query: query, aggregationParameter: parameter, extensions: extensions)
            return await problem { _ = try await leader.createCollectionJob(body: request.encoded()) }
        }
        #expect(await problem { _ = try await leader.createCollectionJob(body: [1, 2]) } == .invalidMessage)
        #expect(await refused(.leaderSelected) == .invalidMessage)
        #expect(await refused(simulation.interval(0, 0)) == .batchInvalid)
        let endless = Interval(start: Time(units: 5), duration: TimeDuration(units: .max))
        #expect(await refused(.timeInterval(endless)) == .batchInvalid)
        #expect(await refused(simulation.query, [1]) == .invalidAggregationParameter)
        await #expect(throws: AggregatorError.unsupportedExtensions([7])) {
            let request = CollectionJobReq(
                query: simulation.query, aggregationParameter: [],
                extensions: [CollectionJobExtension(type: 7, data: [])])
            _ = try await leader.createCollectionJob(body: request.encoded())
        }
        await #expect(throws: AggregatorError.notFound) {
            _ = try await leader.collectionJob(id: .random(), waitingUpTo: .zero)
        }
    }

    @Test func overlappingIntervals() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        let first = try await simulation.collect(simulation.interval(-3, 6))
        #expect(first.value == Sample.count.result)
        for query in [
            simulation.interval(-3, 1), simulation.interval(2, 1), simulation.interval(-10, 8),
            simulation.interval(-10, 13), simulation.interval(-1, 2),
        ] {
            #expect(await problem { _ = try await simulation.create(query) } == .batchOverlap)
        }
        // Neighbours are others; one that waits counts like one that is done.
        simulation.clock.advance(seconds: 1000)
        let waiting = try await simulation.create(simulation.interval(-7, 5))
        #expect(await problem { _ = try await simulation.create(simulation.interval(-6, 5)) } == .batchOverlap)
        _ = try await simulation.create(simulation.interval(-14, 1))
        try await simulation.leader.deleteCollectionJob(id: waiting)
        _ = try await simulation.create(simulation.interval(-6, 5))
    }

    /// An interval that lasts for ten years would close the task, and one that is not over lose what is still to come.
    @Test(arguments: [4, 10, 3_153_600] as [UInt64])
    func intervalsThatAreNotOverAreRefused(_ units: UInt64) async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        let query = simulation.interval(0, units)
        await #expect {
            _ = try await simulation.create(query)
        } throws: { error in
            guard case .problem(.batchInvalid, let detail)? = error as? AggregatorError else { return false }
            let end = Time(units: simulation.now + units).text(precision: TimePrecision(seconds: 100))
            return detail.contains(end)
        }
        // Nothing was closed.
        #expect(try await simulation.upload([simulation.report(.integer(1), time: simulation.now + 1)]) == [])
        #expect(try await simulation.collect(simulation.interval(0, 1)).value == Sample.count.result)
    }

    @Test(arguments: [Sample.count, Sample.poplar1[0]], Sample.modes)
    func waitsForEnoughReports(_ sample: Sample, _ mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, minBatchSize: 7, batchMode: mode))
        try await simulation.upload(Array(sample.measurements.prefix(6)))
        let query = mode == .timeInterval ? simulation.interval(-5, 6) : nil
        let id = try await simulation.create(query, parameter: sample.parameter)
        #expect(try await simulation.leader.collectionJob(id: id, waitingUpTo: .milliseconds(100_000)) == .pending)
        try await simulation.upload(Array(sample.measurements.dropFirst(6)))
        let result = try simulation.open(try await simulation.ready(id), query, sample.parameter)
        #expect(result.value == sample.result)
    }

    @Test(arguments: [Sample.count, Sample.poplar1[0]], Sample.modes)
    func tooFewReportsAndALaterTry(_ sample: Sample, _ mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, minBatchSize: 7, batchMode: mode))
        let query = mode == .timeInterval ? simulation.interval(-5, 6) : nil
        let now = simulation.now
        try await simulation.upload(Array(sample.measurements.prefix(6)))
        let id = try await simulation.create(query, parameter: sample.parameter)
        simulation.clock.advance(seconds: 300)
        #expect(await problem { _ = try await simulation.ready(id) } == .invalidBatchSize)
        try await simulation.upload(Array(sample.measurements.dropFirst(6)), time: now)
        let again = try await simulation.create(query, parameter: sample.parameter)
        #expect(again != id)
        let result = try simulation.open(try await simulation.ready(again), query, sample.parameter)
        #expect(result.value == sample.result)
    }

    @Test func aPoplar1BatchIsCollectedWithOneParameter() async throws {
        let (first, second) = (Sample.poplar1[0], Sample.poplar1[1])
        let simulation = try BatchSimulation(try TestTask(first.vdaf, batchMode: .timeInterval))
        try await simulation.upload(first.measurements)
        _ = try await simulation.collect(parameter: first.parameter)
        #expect(await problem { _ = try await simulation.create(parameter: second.parameter) } == .batchOverlap)
    }

    @Test func poplar1ParametersAreChecked() async throws {
        let sample = Sample.poplar1[0]
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected))
        let good = try Poplar1AggregationParameter(decoding: sample.parameter, bits: 8)
        let bad: [[UInt8]] = try [
            [], sample.parameter + [0], Array(sample.parameter.dropLast()),
            Poplar1AggregationParameter(level: 3, prefixes: good.prefixes.reversed()).encode(),
            Poplar1AggregationParameter(level: 3, prefixes: []).encode(),
        ]
        for parameter in bad {
            #expect(
                await problem { _ = try await simulation.create(parameter: parameter) } == .invalidAggregationParameter)
        }
    }

    @Test func theStoredBytesEveryTime() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        let id = try await simulation.create()
        let body = try await simulation.ready(id)
        try await simulation.restartLeader()
        #expect(try await simulation.create() == id)
        #expect(try await simulation.ready(id) == body)
        // The Leader's sums have served.
        let isErased = try await simulation.leaderStore.read("test") { transaction in
            try transaction.bucket(BatchBucketKey(Time(units: simulation.now)))?.share.isEmpty
        }
        #expect(isErased == true)
    }

    @Test func deletion() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, minBatchSize: 7, batchMode: .timeInterval))
        try await simulation.upload(Array(Sample.count.measurements.prefix(6)))
        let waiting = try await simulation.create()
        try await simulation.leader.deleteCollectionJob(id: waiting)
        await #expect(throws: AggregatorError.notFound) {
            _ = try await simulation.leader.collectionJob(id: waiting, waitingUpTo: .zero)
        }
        // It was not collected.
        try await simulation.upload(Array(Sample.count.measurements.dropFirst(6)))
        let id = try await simulation.create()
        #expect(id != waiting)
        _ = try await simulation.ready(id)
        try await simulation.leader.deleteCollectionJob(id: id)
        try await simulation.leader.deleteCollectionJob(id: id)
        await #expect(throws: AggregatorError.notFound) {
            _ = try await simulation.leader.collectionJob(id: id, waitingUpTo: .zero)
        }
        // It was.
        #expect(await problem { _ = try await simulation.create() } == .batchOverlap)
    }

    @Test func deletionWhileTheHelperIsAway() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        try await simulation.settled()
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                if call == .share { continuation.yield() }
                return .loseRequest
            }
        }
        let id = try await simulation.create(simulation.interval(-3, 6))
        for await _ in asked { break }
        try await simulation.leader.deleteCollectionJob(id: id)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        // The batch was closed: nothing else may have its reports.
        #expect(await problem { _ = try await simulation.create(simulation.interval(0, 1)) } == .batchOverlap)
        // The Leader goes on with others.
        try await simulation.upload(Sample.count.measurements, time: simulation.now - 7)
        #expect(try await simulation.collect(simulation.interval(-8, 2)).value == Sample.count.result)
    }

    @Test func disagreementIsNoticed() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .share, let honest = try? AggregateShareReq(decoding: body) else { return .none }
                body = AggregateShareReq(
                    collectionJobReq: honest.collectionJobReq, batchSelector: honest.batchSelector,
                    reportCount: honest.reportCount - 1, checksum: honest.checksum
                ).encoded()
                return .none
            }
        }
        try await simulation.upload(Sample.count.measurements)
        #expect(await problem { _ = try await simulation.collect() } == .batchMismatch)
    }
}
