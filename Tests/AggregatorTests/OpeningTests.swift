import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Junk, which anybody can upload, spends no honest report.
@Suite struct OpeningTests {
    static let honest = [Int](repeating: 0xABCD, count: 35) + [Int](repeating: 0x1234, count: 25)
    static let more = [Int](repeating: 0xABCD, count: 40)

    private func junk(_ simulation: Simulation, _ count: Int) throws -> [Report] {
        let other = try TestTask()
        return try (0..<count).map { index in
            index % 2 == 0
                ? try simulation.factory.report(1, sealedFor: other)
                : try simulation.factory.report(1, truncating: [.leader])
        }
    }

    private func query(_ mode: BatchMode, _ simulation: Simulation) -> Query {
        guard mode == .timeInterval else { return .leaderSelected }
        let start = simulation.clock.now - 10
        return .timeInterval(Interval(start: Time(units: start), duration: TimeDuration(units: 20)))
    }

    @Test(arguments: [BatchMode.leaderSelected, .timeInterval])
    func junkSpendsNoReportOfAWalk(_ mode: BatchMode) async throws {
        let simulation = try Simulation(try TestTask(minBatchSize: 100, batchMode: mode), shardReports: 30)
        let query = query(mode, simulation)
        let junk = try junk(simulation, 40)
        try await simulation.upload(Array(junk.prefix(25)))
        try await simulation.upload(Self.honest)
        try await simulation.upload(Array(junk.suffix(15)))
        let walk = WalkID.random()
        let parameter = try simulation.level3()
        do {
            _ = try await simulation.collect(walk, 0, parameter, query: query)
            Issue.record("a batch of 60 reports is none of 100")
        } catch AggregatorError.failed(let document, let status) {
            #expect(document.type == .invalidBatchSize && document.party == .leader && status == 400)
            #expect(document.detail == "Only 60 of 100 reports are valid: 40 more are needed. Nothing was spent.")
        }
        #expect(simulation.peer.sent.withLock { $0.isEmpty })
        #expect(
            Set(try await simulation.leader.reportCounts()) == [
                ReportCount(error: .hpkeDecryptError, point: .opening, count: 20),
                ReportCount(error: .invalidMessage, point: .opening, count: 20),
            ])
        // The walk's ID is used up: its failure stays, and it takes no further step.
        #expect(
            await problem { _ = try await simulation.collect(walk, 0, parameter, query: query) } == .invalidBatchSize)
        #expect(
            await problem {
                _ = try await simulation.collect(walk, 1, try simulation.level7(0xABCD), query: query)
            } == .walkEnded)
        // What was refused does not count any more.
        #expect(
            await problem { _ = try await simulation.collect(.random(), 0, parameter, query: query) }
                == .invalidBatchSize)
        try await simulation.restartLeader()
        try await simulation.upload(Self.more)
        #expect(
            try await simulation.walk(Self.honest + Self.more, threshold: 20, query: query)
                == [0xABCD: 75, 0x1234: 25])
    }

    /// The same after a restart: the Leader opens anew, since nothing was planned.
    @Test func aRestartWhileReportsAreOpened() async throws {
        let simulation = try Simulation(try TestTask(minBatchSize: 100), shardReports: 30)
        try await simulation.upload(try junk(simulation, 40))
        try await simulation.upload(Self.honest)
        try await simulation.stopLeader()
        try simulation.startLeader()
        let id = try await simulation.leader.createCollectionJob(
            body: simulation.request(.random(), 0, try simulation.level3()).encoded())
        try await simulation.restartLeader()
        #expect(await problem { _ = try await simulation.ready(id) } == .invalidBatchSize)
        try await simulation.upload(Self.more)
        #expect(try await simulation.walk(Self.honest + Self.more, threshold: 20)[0xABCD] == 75)
    }

    /// A walk that comes while another one's reports are opened waits, so that what comes back is in its batch.
    @Test func theNextWalkTakesWhatComesBack() async throws {
        let simulation = try Simulation(try TestTask(minBatchSize: 100), shardReports: 30)
        try await simulation.stopLeader()
        try simulation.startLeader()
        try await simulation.upload(try junk(simulation, 40))
        try await simulation.upload(Self.honest)
        let first = try await simulation.leader.createCollectionJob(
            body: simulation.request(.random(), 0, try simulation.level3()).encoded())
        try await simulation.upload(Self.more)
        let parameter = try simulation.level3()
        let second = try await simulation.collect(.random(), 0, parameter)
        #expect(second.reportCount == 100)
        #expect(await problem { _ = try await simulation.ready(first) } == .invalidBatchSize)
    }

    /// Giving a walk up while its reports are opened spends none of them.
    @Test func aWalkThatIsGivenUpWhileItsReportsAreOpened() async throws {
        let simulation = try Simulation(try TestTask(minBatchSize: 100), shardReports: 30)
        try await simulation.upload(try junk(simulation, 40))
        try await simulation.upload(Self.honest)
        let id = try await simulation.leader.createCollectionJob(
            body: simulation.request(.random(), 0, try simulation.level3()).encoded())
        try await simulation.leader.deleteCollectionJob(id: id)
        #expect(simulation.peer.sent.withLock { $0.isEmpty })
        try await simulation.upload(Self.more)
        #expect(
            try await simulation.walk(Self.honest + Self.more, threshold: 20) == [0xABCD: 75, 0x1234: 25])
    }

    @Test(arguments: [BatchMode.leaderSelected, .timeInterval])
    func junkSpendsNoReportOfAPlainCollection(_ mode: BatchMode) async throws {
        let bench = try LeaderBench(try BatchTask.poplar1(mode, minBatchSize: 10))
        let junk = BatchTask.Changes(plaintext: { role, bytes in if role == .leader { bytes.removeLast() } })
        for _ in 0..<4 {
            #expect(try await bench.error(try bench.task.report(1, time: bench.now, changing: junk)) == nil)
        }
        try await bench.upload([3, 3, 3, 3, 3, 5])
        let id = try await bench.create(try bench.request(parameter: try bench.task.parameter(level: 1)))
        #expect(try await bench.eventually { try await bench.counts() == [.invalidMessage: 4] })
        bench.clock.advance(seconds: 1_000_000)
        do {
            _ = try await bench.ready(id)
            Issue.record("a batch of 6 reports is none of 10")
        } catch AggregatorError.failed(let document, _) {
            #expect(document.type == .invalidBatchSize)
            #expect(
                document.detail == "6 valid reports are in the batch, which needs 10: ask again when there are 4 more")
        }
        #expect(bench.peer.sent.isEmpty)
        try await bench.leader.deleteCollectionJob(id: id)
        // Nothing is bound to the parameter that was asked for: another one gets all.
        let time = mode == .timeInterval ? bench.now - 1_000_000 / 60 : bench.now
        try await bench.upload([3, 3, 5, 5], time: time)
        let interval = Interval(start: Time(units: time - 5), duration: TimeDuration(units: 10))
        let query: Query = mode == .timeInterval ? .timeInterval(interval) : .leaderSelected
        let result = try await bench.collect(try bench.request(query))
        #expect(result.response.reportCount == 10)
        #expect(result.value == .vector((0..<16).map { $0 == 3 ? 7 : $0 == 5 ? 3 : 0 }))
    }

    /// A stranger who goes on uploading junk that sorts before all else keeps no collection from beginning.
    @Test func steadyJunkHoldsNothingUp() async throws {
        let bench = try LeaderBench(try BatchTask.poplar1(.leaderSelected, minBatchSize: 10))
        let junk = BatchTask.Changes(plaintext: { role, bytes in if role == .leader { bytes.removeLast() } })
        let (task, leader, early) = (bench.task, bench.leader, bench.now - 5)
        let stranger = Task {
            while !Task.isCancelled {
                let reports = try [task.report(1, time: early, changing: junk)]
                _ = try await leader.upload(body: UploadRequest(reports: reports).encoded())
            }
        }
        defer { stranger.cancel() }
        try await bench.upload([Int](repeating: 3, count: 10))
        let result = try await bench.collect(try bench.request(parameter: try bench.task.parameter(level: 1)))
        #expect(result.response.reportCount == 10)
    }

    /// Junk that a job of an earlier key gave back, as it does where the Helper's clock is behind, is refused with that key.
    @Test func junkOfAnEarlierKeyHoldsNothingUp() async throws {
        let bench = try LeaderBench(try BatchTask.poplar1(.leaderSelected, minBatchSize: 10))
        let junk = BatchTask.Changes(plaintext: { role, bytes in if role == .leader { bytes.removeLast() } })
        for _ in 0..<4 { _ = try await bench.upload([bench.task.report(1, time: bench.now, changing: junk)]) }
        let keys = bench.task.verifyKeys.keys.sorted()
        let earlier = try #require(keys.first)
        #expect(keys.count > 1)
        let released = try await bench.store.write("test") { transaction in
            let job = try transaction.insertJob(
                BatchJobRecord(parameter: [], verificationKeyID: earlier, phase: .abandoned))
            let rows = try transaction.waitingReports(times: 0..<UInt64.max, limit: 2).map(\.row)
            try transaction.bindReports(rows: rows, job: job, keyID: earlier)
            return try transaction.releaseReports(job: job, attemptsBelow: .max)
        }
        #expect(released == 2)
        try await bench.upload([Int](repeating: 3, count: 10))
        let result = try await bench.collect(try bench.request(parameter: try bench.task.parameter(level: 1)))
        #expect(result.response.reportCount == 10)
        #expect(try await bench.counts() == [.invalidMessage: 4])
    }

    /// A collection ends although enough reports wait that nobody here can open.
    @Test func reportsThatCannotBeOpenedKeepNoCollectionWaiting() async throws {
        let bench = try LeaderBench(try BatchTask.poplar1(.leaderSelected, minBatchSize: 10))
        try await bench.upload([Int](repeating: 3, count: 12))
        try await bench.restart(exchangingKeyFor: HpkeKeyPair.generate(id: 9))
        let id = try await bench.create(try bench.request())
        bench.clock.advance(seconds: 1_000_000)
        #expect(await problem { _ = try await bench.ready(id) } == .invalidBatchSize)
        #expect(bench.peer.sent.isEmpty)
        #expect(try await bench.counts() == [:])
    }

    /// Of two collections over the same reports one takes them all; the other binds none.
    @Test func twoCollectionsAtOnce() async throws {
        let bench = try LeaderBench(try BatchTask.poplar1(.leaderSelected, minBatchSize: 6), starting: false)
        bench.settings.greatestJobReports = 4
        try await bench.restart()
        try await bench.upload([Int](repeating: 3, count: 11))
        let first = try bench.request(parameter: try bench.task.parameter(level: 1))
        let second = try bench.request(parameter: try bench.task.parameter(level: 2))
        let (firstID, secondID) = (try await bench.create(first), try await bench.create(second))
        #expect(try bench.open(try await bench.ready(firstID), first).response.reportCount == 11)
        bench.clock.advance(seconds: 1_000_000)
        #expect(await problem { _ = try await bench.ready(secondID) } == .invalidBatchSize)
    }
}
