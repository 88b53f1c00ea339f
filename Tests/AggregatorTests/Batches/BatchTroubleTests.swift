import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// What an operator can mend costs no reports.
@Suite struct BatchTroubleTests {
    @Test func reportsThatWereGivenBackKeepTheirKey() async throws {
        let simulation = try BatchSimulation(try TestTask(.poplar1(bits: 8), batchMode: .timeInterval))
        try await simulation.upload(Array(Sample.poplar1[0].measurements.prefix(2)))
        let counts = try await simulation.leaderStore.write("test") { transaction in
            var job = BatchJobRecord(parameter: [], verificationKeyID: 3, phase: .planned)
            job.row = try transaction.insertJob(job)
            let all = 0..<UInt64.max
            let rows = try transaction.waitingReports(times: all, keys: [7], limit: 10).map(\.row)
            try transaction.bindReports(rows: Array(rows.prefix(1)), job: job.row, keyID: 3)
            let released = try transaction.releaseReports(job: job.row, attemptsBelow: 1)
            return [
                rows.count, released, try transaction.waitingReports(times: all, keys: [7], limit: 10).count,
                try transaction.waitingReports(times: all, keys: [3, 7], limit: 10).count,
                try transaction.countWaitingReports(forKeysBeside: [7]),
                try transaction.countWaitingReports(forKeysBeside: [3]),
            ]
        }
        #expect(counts == [2, 1, 1, 2, 1, 0])
    }

    @Test func aHelperThatRefusesEverythingCostsNoReport() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval)) {
            $0.greatestAttempts = 1
        }
        let refusals = Mutex(0)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                guard call == .create else { return .none }
                refusals.withLock { $0 += 1 }
                return .refuse(.invalidMessage)
            }
        }
        try await simulation.upload(Sample.count.measurements)
        for _ in 0..<1000 where refusals.withLock({ $0 }) < 20 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(refusals.withLock { $0 } >= 20)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        #expect(try await simulation.collect().value == Sample.count.result)
        #expect(try await simulation.leader.reportCounts().isEmpty)
    }

    /// As after a decryption key was dropped too early, and put back.
    @Test func aBoundJobThatCannotBeRepeatedIsParked() async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, batchMode: .timeInterval), jobReports: 64)
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { _, _ in
                continuation.yield()
                return .loseAnswer
            }
        }
        try await simulation.upload(Sample.count.measurements)
        for await _ in asked { break }
        try await change(simulation)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try simulation.startLeader()
        try await Task.sleep(for: .milliseconds(100))
        #expect(try await simulation.leaderStore.read("test") { try $0.openBatchJobs().map(\.phase) } == [.bound])
        try await change(simulation)
        try simulation.startLeader()
        #expect(try await simulation.collect().value == Sample.count.result)
    }

    /// Nothing of a job that was only planned has been sent, so that even Poplar1's reports get another chance.
    @Test func aPlannedJobThatFailsSpendsNothing() async throws {
        let sample = Sample.poplar1[0]
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .timeInterval))
        try await simulation.upload(sample.measurements)
        try await simulation.stopLeader()
        let store = try Simulation.store(simulation.folder, simulation.task, .leader)
        try await store.write("test") { transaction in
            var job = BatchJobRecord(parameter: sample.parameter, verificationKeyID: 7, phase: .planned)
            // One more than there are: as if an upload were gone.
            job.reportCount = 3
            (job.firstTime, job.lastTime) = (simulation.now, simulation.now)
            job.row = try transaction.insertJob(job)
            let rows = try transaction.waitingReports(times: 0..<UInt64.max, limit: 2).map(\.row)
            try transaction.bindReports(rows: rows, job: job.row, keyID: 7)
        }
        try store.close()
        try simulation.startLeader()
        #expect(try await simulation.collect(parameter: sample.parameter).value == sample.result)
    }

    /// A bucket that has got reports of another parameter: the job that comes too late is given up.
    @Test func aJobOfAnotherParameterIsGivenUpAtCommit() async throws {
        let (sample, other) = (Sample.poplar1[0], Sample.poplar1[1])
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .timeInterval), jobReports: 64)
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                guard call == .post(.aggregationJobContinueReq) else { return .none }
                continuation.yield()
                return .loseRequest
            }
        }
        try await simulation.upload(sample.measurements)
        _ = try await simulation.create(parameter: sample.parameter)
        for await _ in asked { break }
        let share = try simulation.vdaf.emptyAggregateShare(aggregationParameter: other.parameter)
        let key = BatchBucketKey(Time(units: simulation.now))
        try await simulation.leaderStore.write("test") { transaction in
            try transaction.putBucket(BatchBucket(key: key, parameter: other.parameter, share: share, count: 1))
        }
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try await simulation.settled()
        #expect(
            try await simulation.leader.reportCounts()
                == [ReportCount(error: .reportDropped, point: .deletion, count: 7)])
        let bucket = try await simulation.leaderStore.read("test") { try $0.bucket(key) }
        #expect(bucket?.count == 1 && bucket?.parameter == other.parameter)
    }

    /// Stops the Leader and inverts what it knows of the job's request.
    private func change(_ simulation: BatchSimulation) async throws {
        try await simulation.stopLeader()
        let store = try Simulation.store(simulation.folder, simulation.task, .leader)
        try await store.write("test") { transaction in
            for open in try transaction.openBatchJobs() {
                var job = open
                job.initDigest = job.initDigest.map { ~$0 }
                try transaction.updateJob(job)
            }
        }
        try store.close()
    }
}
