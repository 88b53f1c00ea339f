import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What a batch task's Leader takes and what it turns away.
@Suite struct BatchUploadTests {
    @Test func tooEarlyReplayedAndForeign() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        let good = try simulation.report(.integer(1))
        let future = try simulation.report(.integer(1), time: simulation.now + 50)
        let stale = Report(
            metadata: ReportMetadata(reportID: .random(), time: good.metadata.time), publicShare: good.publicShare,
            leaderEncryptedInputShare: HpkeCiphertext(configID: 99, enc: [1], payload: [1]),
            helperEncryptedInputShare: good.helperEncryptedInputShare)
        let junk = Report(
            metadata: ReportMetadata(reportID: .random(), time: good.metadata.time), publicShare: [1],
            leaderEncryptedInputShare: good.leaderEncryptedInputShare,
            helperEncryptedInputShare: good.helperEncryptedInputShare)
        #expect(
            try await simulation.upload([good, future, stale, junk, good])
                == [.reportTooEarly, .outdatedConfig, .invalidMessage, .reportReplayed])
        #expect(try await simulation.upload([good]) == [.reportReplayed])
        #expect(
            await problem {
                _ = try await simulation.leader.upload(body: UploadRequest(reports: [good]).encoded() + [1])
            }
                == .invalidMessage)
        // It counts once, and early ones may come again.
        simulation.clock.advance(seconds: 5000)
        #expect(try await simulation.upload([future]) == [])
        try await simulation.upload([.integer(0), .integer(0)])
        #expect(try await simulation.collect(simulation.interval(-60, 61)).value == .number(2))
    }

    @Test func outsideOfTheTasksInterval() async throws {
        let now = TestClock().now / 100
        let interval = Interval(start: Time(units: now - 5), duration: TimeDuration(units: 6))
        let simulation = try BatchSimulation(
            try TestTask(
                .prio3Count, batchMode: .timeInterval,
                extensions: [TaskExtension(type: TaskExtension.taskIntervalType, data: interval.encoded())]))
        let reports = try [now - 6, now - 5, now, now + 1].map { try simulation.report(.integer(1), time: $0) }
        #expect(try await simulation.upload(reports) == [.reportDropped, .reportDropped])
    }

    @Test func lateReportsJoinNothing() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        _ = try await simulation.collect(simulation.interval(-3, 6))
        // In buckets without a report as well.
        for time in [simulation.now, simulation.now - 3, simulation.now + 2] {
            #expect(try await simulation.upload([simulation.report(.integer(1), time: time)]) == [.batchCollected])
        }
        #expect(try await simulation.upload([simulation.report(.integer(1), time: simulation.now - 4)]) == [])
        try await simulation.restartLeader()
        #expect(try await simulation.upload([simulation.report(.integer(1))]) == [.batchCollected])
    }

    @Test func withAnExtension() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .leaderSelected))
        let good = try simulation.report(.integer(1))
        let metadata = ReportMetadata(
            reportID: .random(), time: good.metadata.time, publicExtensions: [ReportExtension(type: 0xff, data: [])])
        let extended = Report(
            metadata: metadata, publicShare: good.publicShare,
            leaderEncryptedInputShare: good.leaderEncryptedInputShare,
            helperEncryptedInputShare: good.helperEncryptedInputShare)
        #expect(try await simulation.upload([extended]) == [.invalidMessage])
    }
}
