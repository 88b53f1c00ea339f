import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Which jobs a collection of an interval has to do with.
@Suite struct BatchOverlapTests {
    /// A job with reports before and after an interval, and none in it.
    @Test func jobsAroundAnInterval() async throws {
        let simulation = try BatchSimulation(try TestTask(.poplar1(bits: 8), batchMode: .timeInterval))
        let sample = Sample.poplar1[0]
        let now = simulation.now
        try await simulation.upload(Array(sample.measurements.prefix(1)), time: now - 20)
        try await simulation.upload(Array(sample.measurements.prefix(2)), time: now)
        let jobs = try await simulation.leaderStore.write("test") { transaction in
            var job = BatchJobRecord(parameter: sample.parameter, verificationKeyID: 0, phase: .planned)
            (job.firstTime, job.lastTime, job.reportCount) = (now - 20, now, 3)
            job.row = try transaction.insertJob(job)
            let rows = try transaction.waitingReports(times: 0..<UInt64.max, limit: 10).map(\.row)
            try transaction.bindReports(rows: rows, job: job.row, keyID: 0)
            return try [now - 30..<now - 20, now - 20..<now, now - 19..<now, now..<now + 1, now + 1..<now + 9].map {
                try transaction.openBatchJobs(times: $0).count
            }
        }
        #expect(jobs == [0, 1, 0, 1, 0])
    }

    /// A collection that was deleted while its jobs were running.
    @Test func jobsWithAnotherParameter() async throws {
        let (first, second) = (Sample.poplar1[0], Sample.poplar1[1])
        let simulation = try BatchSimulation(try TestTask(first.vdaf, batchMode: .timeInterval))
        try await simulation.upload(first.measurements)
        let (asked, continuation) = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                if call == .create { continuation.yield() }
                return .loseRequest
            }
        }
        let id = try await simulation.create(parameter: first.parameter)
        for await _ in asked { break }
        try await simulation.leader.deleteCollectionJob(id: id)
        #expect(await problem { _ = try await simulation.create(parameter: second.parameter) } == .invalidMessage)
        // With the same one the batch goes on; elsewhere another one is fine.
        _ = try await simulation.create(simulation.interval(-70, 5), parameter: second.parameter)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        #expect(try await simulation.collect(parameter: first.parameter).value == first.result)
    }

    /// A bucket with another parameter ends a collection, and the batch is not closed for it.
    @Test func bucketsWithAnotherParameter() async throws {
        let (first, second) = (Sample.poplar1[0], Sample.poplar1[1])
        let simulation = try BatchSimulation(
            try TestTask(first.vdaf, minBatchSize: 100, batchMode: .timeInterval))
        let id = try await simulation.create(parameter: first.parameter)
        let share = try simulation.vdaf.emptyAggregateShare(aggregationParameter: second.parameter)
        let key = BatchBucketKey(Time(units: simulation.now))
        try await simulation.leaderStore.write("test") { transaction in
            try transaction.putBucket(
                BatchBucket(key: key, parameter: second.parameter, share: share, count: 1000))
        }
        #expect(await problem { _ = try await simulation.ready(id) } == .invalidMessage)
        #expect(try await simulation.leaderStore.read("test") { try !$0.isCollected(key...key) })
        // Nor is another one begun.
        let wider = simulation.interval(-60, 61)
        #expect(
            await problem { _ = try await simulation.create(wider, parameter: first.parameter) } == .invalidMessage)
    }
}
