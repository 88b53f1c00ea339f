import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What statuses and metrics say of tasks that take no more reports, and of work that ended without a result.
@Suite struct EndedFiguresTests {
    /// Closed, and then ended, by the operator; at both aggregators.
    @Test func anEndIsTold() async throws {
        let simulation = try Simulation(try TestTask())
        let (leader, helper) = (simulation.leader, simulation.helper)
        try await Self.expect(false, nil, at: leader, helper)
        _ = try await leader.end(.close)
        _ = try await helper.end(.close)
        try await Self.expect(true, .closing, at: leader, helper)
        _ = try await leader.end(.stop)
        _ = try await helper.end(.stop)
        try await Self.expect(true, .ended, at: leader, helper)
    }

    private static func expect(
        _ isClosed: Bool, _ end: TaskStatus.End?, at aggregators: any AggregatorService...
    ) async throws {
        for aggregator in aggregators {
            let (figures, status) = (try await aggregator.figures(), try await aggregator.status())
            #expect(figures.isClosed == isClosed && status.end == end, "\(aggregator.task.role)")
        }
    }

    /// A task whose own time is over takes none either.
    @Test func aTaskWhoseTimeIsOverIsClosed() async throws {
        let clock = TestClock()
        let interval = Interval(
            start: Time(units: clock.now - 100), duration: TimeDuration(units: 200))
        let fixture = try BatchFixture(.count, taskInterval: interval)
        #expect(try await fixture.helper.figures().isClosed == false)
        fixture.clock.advance(seconds: 101)
        #expect(try await fixture.helper.figures().isClosed == true)
    }

    /// Collections that an operator's word ends have failed: the Leader counts them.
    @Test func whatAnEndCutsOffHasFailed() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, minBatchSize: 7, batchMode: .leaderSelected))
        let leader = try #require(simulation.leader as? Leader)
        _ = try await simulation.create()
        #expect(try await leader.figures().meter?.ended[.failed] == nil)
        _ = try await leader.end(.stop)
        #expect(try await leader.figures().meter?.ended[.failed] == 1)
        // It is over: once is once.
        _ = try await leader.end(.stop)
        #expect(try await leader.figures().meter?.ended[.failed] == 1)
        try await simulation.stop()
    }

    /// The Helper counts a share that was deleted, and one that it gave up, before either was answered.
    @Test func aHelpersSharesEndInEachWay() async throws {
        for outcome in [ResourceRecord.State.deleted, .failed] {
            let fixture = try BatchFixture(.count)
            let entries = try fixture.entries([1, 1, 1])
            _ = try await fixture.aggregate(entries)
            // Nobody works at what is to be answered later.
            try fixture.restart(answersLater: true)
            let share = try await fixture.createShare(try fixture.shareRequest(entries.map(\.id)).body)
            if outcome == .deleted {
                try await fixture.helper.deleteAggregateShare(id: share.id)
            } else {
                _ = try await fixture.helper.end(.stop)
            }
            let ended = try #require(try await fixture.helper.figures().meter?.ended)
            #expect(ended == [outcome: 1], "\(ended)")
        }
    }

    /// An interval with too few reports lacks some, however many wait for other times.
    @Test func anIntervalLacksReportsOfItsOwn() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, minBatchSize: 3, batchMode: .timeInterval))
        try await simulation.upload([.integer(1), .integer(0)], time: simulation.now - 5)
        try await simulation.upload(Array(repeating: .integer(1), count: 8), time: simulation.now)
        _ = try await simulation.create(simulation.interval(-6, 2))
        var status = try await simulation.leader.status()
        // A job of several times counts for each of them until it is committed.
        for _ in 0..<1000 where status.collection?.lacksReports != true {
            try await Task.sleep(for: .milliseconds(10))
            status = try await simulation.leader.status()
        }
        #expect(status.collection?.state == .open && status.collection?.lacksReports == true, "\(status)")
        #expect(try #require(status.reports).count >= 3)
        // With a third one it has enough.
        try await simulation.upload([.integer(1)], time: simulation.now - 5)
        status = try await simulation.leader.status()
        #expect(status.collection?.lacksReports != true, "\(status)")
        try await simulation.stop()
    }
}
