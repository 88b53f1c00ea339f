import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What a Leader notices of its Helper, and how often it says so.
@Suite struct PeerWatchTests {
    private let clock = TestClock()
    private let log = LogRecorder()

    private func watch() -> PeerWatch { PeerWatch(of: .random(), clock: clock, logger: log.logger()) }

    private static let away = "warning: the Helper does not answer as it should; trying again"
    private static let back = "notice: the Helper answers as it should again"

    @Test func aChangeIsToldOnce() {
        let watch = watch()
        #expect(watch.status.state == .unknown)
        watch.looked(nil)
        #expect(watch.status.state == .ok && log.lines.isEmpty)
        let since = clock.now
        for _ in 0..<20 {
            watch.looked("nobody there")
            clock.advance(seconds: 10)
        }
        #expect(watch.status == PeerStatus(state: .fault, reason: "nobody there", since: since))
        watch.looked(nil)
        #expect(log.lines == ["\(Self.away) (nobody there)", Self.back])
        #expect(watch.failures == 20)
        #expect(watch.status.state == .ok && watch.status.since == clock.now)
    }

    @Test func eachReasonIsToldOnceAndAReminderAnHour() {
        let watch = watch()
        for _ in 0..<720 {
            watch.looked("nobody there")
            watch.looked("another task", isAnswer: true)
            clock.advance(seconds: 10)
        }
        let expected = ["nobody there", "another task", "nobody there"].map { "\(Self.away) (\($0))" }
        #expect(Array(log.lines.prefix(3)) == expected && log.lines.count == 3, "\(log.lines)")
    }

    /// What waiting does not change is told as such, as long as it is the reason.
    @Test func aRefusalIsNoAbsence() {
        let watch = watch()
        watch.looked("another store", isAnswer: true, refuses: true)
        #expect(watch.status.state == .fault && watch.status.refuses == true)
        watch.looked("nobody there")
        #expect(watch.status.state == .fault && watch.status.refuses == nil)
        watch.looked(nil)
        #expect(watch.status.refuses == nil)
    }

    /// A Helper that has much to do is not away, and what it does in between says that it is there.
    @Test func workCountsMoreThanLooks() {
        let watch = watch()
        watch.looked(nil)
        let busy = watch.beginRequest()
        watch.failed(busy, "it answered 503")
        clock.advance(seconds: 1)
        watch.ended(busy, answered: true)
        #expect(log.lines.isEmpty)

        let request = watch.beginRequest()
        watch.failed(request, "nobody there")
        clock.advance(seconds: 3)
        watch.failed(request, "nobody there")
        #expect(watch.status.state == .fault && log.lines.count == 1)
        watch.ended(request, answered: true)
        #expect(watch.status.state == .ok && log.lines.count == 2)

        clock.advance(seconds: 30)
        let next = watch.beginRequest()
        watch.ended(next, answered: true)
        watch.looked("a proxy lets this path not pass", isAnswer: true)
        #expect(watch.status.state == .ok)
        watch.looked("a proxy lets this path not pass", isAnswer: true)
        #expect(watch.status.state == .fault)
    }

    /// A proxy that takes no large bodies is asked once a minute only.
    @Test func whatDoesNotPassIsToldAtOnce() {
        let watch = watch()
        watch.failed(watch.beginRequest(), "it answered 413", isCertain: true)
        #expect(watch.status.state == .fault && log.lines.count == 1)
    }

    /// What nobody needs any more is no trouble.
    @Test func aRequestThatIsGivenUpIsForgotten() {
        let watch = watch()
        let request = watch.beginRequest()
        watch.failed(request, "nobody there")
        clock.advance(seconds: 3)
        watch.failed(request, "nobody there")
        #expect(watch.status.state == .fault)
        watch.ended(request, answered: false)
        #expect(watch.status.state != .fault)
    }
}

/// What goes wrong again and again.
@Suite struct TroublesTests {
    @Test func oneLineThenOneAnHourThenTheEnd() {
        let (clock, log) = (TestClock(), LogRecorder())
        let troubles = Troubles(of: .random(), clock: clock, logger: log.logger())
        for _ in 0..<1000 {
            troubles.note("it cannot go on", about: "1", reason: "the disk is full")
            clock.advance(seconds: 5)
        }
        troubles.end("it cannot go on", about: "1")
        troubles.end("it cannot go on", about: "1")
        #expect(
            log.lines == [
                "error: it cannot go on (the disk is full)", "error: still so: it cannot go on (the disk is full)",
                "notice: no longer so: it cannot go on",
            ])
        #expect(troubles.counts == ["it cannot go on": 1000])
    }

    @Test func oneSubjectDoesNotHideAnother() {
        let log = LogRecorder()
        let troubles = Troubles(of: nil, clock: TestClock(), logger: log.logger())
        for subject in ["1", "2", "1", "2"] { troubles.note("it cannot go on", about: subject) }
        #expect(log.lines.count == 2)
    }
}

/// How many reports wait, as a Collector may know it.
@Suite struct WaitingReportsTests {
    @Test(arguments: [
        (0, 1000, 0), (99, 1000, 0), (100, 1000, 100), (999, 1000, 900), (1000, 1000, 1000), (1099, 1000, 1000),
        (104, 105, 100), (105, 105, 105), (109, 105, 105), (7, 10, 7), (3, 1, 3),
    ])
    func areRoundedDownToATenthOfTheLeastBatch(exact: UInt64, least: UInt64, shown: UInt64) {
        let reports = WaitingReports(exact: exact, least: least, oldest: 119, countedAt: 0)
        #expect(reports.count == shown)
        #expect(reports.oldest == 60)
    }

    /// Whoever asks again and again sees no upload come.
    @Test func areCountedOnceAMinute() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, minBatchSize: 10, batchMode: .leaderSelected))
        func shown() async throws -> UInt64? { try await simulation.leader.status().reports?.count }
        #expect(try await shown() == 0)
        try await simulation.upload([1, 0, 1].map { VdafMeasurement.integer($0) })
        #expect(try await shown() == 0)
        simulation.clock.advance(seconds: 59)
        #expect(try await shown() == 0)
        simulation.clock.advance(seconds: 1)
        #expect(try await shown() == 3)
    }
}
