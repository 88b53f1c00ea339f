import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// A task says how old a report may be: older ones are refused at the door and by the Helper, and only then forgotten.
@Suite struct ExpiryTests {
    private static let values = RestartTests.values

    @Test func theDoorRefusesWhatIsTooOld() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.restart(expiry: 1000)
        let now = simulation.clock.now
        let reports = try [now - 1001, now - 1000, now - 5000, now].map { try simulation.factory.report(1, time: $0) }
        #expect(try await simulation.errors(reports) == [.reportDropped, .reportDropped])
        #expect(try await simulation.known(.leader) == 2)
        let counts = try await simulation.leader.reportCounts()
        #expect(counts == [ReportCount(error: .reportDropped, point: .upload, count: 2)])
    }

    /// A report's time is a whole unit: as long as a part of it is young enough the report is.
    @Test func aUnitOfTimeIsYoungToItsEnd() async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, batchMode: .timeInterval, timePrecision: 100),
            change: { ($0.reportExpiry, $0.expiryInterval) = (1000, .seconds(1_000_000)) })
        // Now lies on a unit's beginning.
        #expect(simulation.clock.now % 100 == 0)
        simulation.clock.advance(seconds: 99)
        let last = (simulation.clock.now - 1000) / 100
        #expect(try await simulation.upload([try simulation.report(.integer(1), time: last)]) == [])
        #expect(try await simulation.upload([try simulation.report(.integer(1), time: last - 1)]) == [.reportDropped])
        simulation.clock.advance(seconds: 1)
        #expect(try await simulation.upload([try simulation.report(.integer(1), time: last)]) == [.reportDropped])
        #expect(try await simulation.upload([try simulation.report(.integer(1), time: last + 1)]) == [])
    }

    /// Where the two differ the stricter one counts, and nothing else is lost.
    @Test func theHelperRefusesWhatIsTooOldForIt() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.restart(expiry: 1000, leader: false)
        let old = simulation.clock.now - 1001
        try await simulation.upload(try [7, 7, 7, 9].map { try simulation.factory.report($0, time: old) })
        try await simulation.upload(Self.values)
        #expect(try await simulation.walk(Self.values, threshold: 5) == RestartTests.found)
        let counts = try await simulation.helper.reportCounts()
        #expect(counts == [ReportCount(error: .reportDropped, point: .opening, count: 4)])
        #expect(try await simulation.known(.helper) == Self.values.count)
    }

    /// The frozen batch stays usable until its end, whatever goes beside it, also where a process ends.
    @Test(arguments: [BatchMode.leaderSelected, .timeInterval])
    func aWalkGoesOnWhileItsReportsExpire(_ mode: BatchMode) async throws {
        let simulation = try Simulation(try TestTask(batchMode: mode))
        try await simulation.restart(expiry: 1000)
        try await simulation.upload(Self.values)
        let start = Time(units: simulation.clock.now - 10)
        let query = Query.timeInterval(Interval(start: start, duration: TimeDuration(units: 20)))
        simulation.clock.advance(seconds: mode == .timeInterval ? 20 : 0)
        let found = try await simulation.walk(
            Self.values, threshold: 5, query: mode == .timeInterval ? query : .leaderSelected,
            beforeStep: { step in
                guard step > 0 else { return }
                if step == 1 { simulation.clock.advance(seconds: 1500) }
                try await simulation.forgetExpired()
                guard step == 2 else { return }
                try await simulation.restart(expiry: 1000)
            })
        #expect(found == RestartTests.found)
        for role in [Role.leader, .helper] { #expect(try await simulation.known(role) == Self.values.count) }
        let steps = try await simulation.helperStore.read("test") { transaction in
            try transaction.walks().map { try transaction.steps($0.id, from: 0).count }
        }
        simulation.clock.advance(seconds: 1500)
        try await simulation.forgetExpired()
        for role in [Role.leader, .helper] { #expect(try await simulation.known(role) == 0) }
        // Results stay for a day at least, since they were there: whoever asked for them may be away.
        for store in [simulation.leaderStore, simulation.helperStore] {
            #expect(try await store.read("test") { try !$0.expiredResources(before: .max, limit: 9).isEmpty })
        }
        simulation.clock.advance(seconds: 86_400)
        try await simulation.forgetExpired()
        // Then results go too; what was asked does not, nor which batch it was.
        for store in [simulation.leaderStore, simulation.helperStore] {
            try await store.read("test") { transaction in
                #expect(try transaction.expiredResources(before: .max, limit: 9).isEmpty)
                let walks = try transaction.walks()
                #expect(try walks.map { try transaction.steps($0.id, from: 0).count } == steps)
                #expect(walks.allSatisfy { $0.end == .completed && !$0.batchSelector.isEmpty })
                for walk in walks
                where !walk.interval.isEmpty && simulation.task.configuration.batchMode == .timeInterval {
                    #expect(walk.interval.lowerBound == start.units)
                }
            }
        }
        if mode == .timeInterval {
            #expect(try await simulation.leaderStore.read("test") { try $0.isCollected(.only(start)) })
        }
    }

    /// The attack: IDs are forgotten, clocks are set back, and the same reports come again, to each aggregator alone.
    @Test(arguments: [true, false]) func whatWasForgottenNeverComesBack(isRestarted: Bool) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        try await simulation.restart(expiry: 1000)
        let reports = try Self.values.map { try simulation.factory.report($0) }
        try await simulation.upload(reports)
        #expect(try await simulation.walk(Self.values, threshold: 5) == RestartTests.found)
        let rogue = RogueLeader(simulation: simulation)
        simulation.clock.advance(seconds: 2000)
        try await simulation.forgetExpired()
        for role in [Role.leader, .helper] { #expect(try await simulation.known(role) == 0) }
        simulation.clock.setBack(seconds: 2000)
        // Not even an operator who lifts the limit lets them in.
        if isRestarted { try await simulation.restart(expiry: nil) }
        let dropped = [ReportError](repeating: .reportDropped, count: reports.count)
        #expect(try await simulation.errors(reports) == dropped)
        let parameter = try Poplar1AggregationParameter(level: 2, prefixes: Simulation.extensions(Prefix(), to: 2))
        let answer = try await rogue.create(walk: .random(), batch: .random(), parameter: parameter)
        #expect(answer.verifyResps.map(\.outcome) == dropped.map { .reject($0) })
        for role in [Role.leader, .helper] { #expect(try await simulation.known(role) == 0) }
        // What is younger than the floor is taken.
        let floor = try await simulation.helperStore.read("test") { try $0.forgottenBefore() }
        #expect(floor == simulation.clock.now + 1)
        #expect(try await simulation.errors([try simulation.factory.report(1, time: floor)]) == [])
    }

    /// A clock that is years ahead forgets no more than there is: what comes once it is right again is taken.
    @Test func aClockFarAheadDoesNotShutTheDoor() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.restart(expiry: 1000)
        try await simulation.upload(try Self.values.map { try simulation.factory.report($0) })
        simulation.clock.advance(seconds: 1_000_000_000)
        try await simulation.forgetExpired()
        simulation.clock.setBack(seconds: 1_000_000_000)
        simulation.clock.advance(seconds: 1)
        let time = simulation.clock.now
        try await simulation.upload(try Self.values.map { try simulation.factory.report($0, time: time) })
        #expect(try await simulation.walk(Self.values, threshold: 5) == RestartTests.found)
    }

    @Test func whatWaitsInVainIsErasedAndCounted() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.restart(expiry: 1000)
        try await simulation.upload(Self.values)
        simulation.clock.advance(seconds: 900)
        let young = simulation.clock.now
        try await simulation.upload([try simulation.factory.report(1, time: young)])
        simulation.clock.advance(seconds: 101)
        try await simulation.forgetExpired()
        #expect(try await simulation.known(.leader) == 1)
        let expired = try await simulation.leader.figures().meter?.expired
        #expect(expired?[.upload] == UInt64(Self.values.count) && expired?[.report] == UInt64(Self.values.count))
    }

    /// A task without the limit goes on as before.
    @Test func withoutALimitNothingIsForgotten() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(Self.values)
        simulation.clock.advance(seconds: 1_000_000_000)
        try await simulation.forgetExpired()
        #expect(try await simulation.known(.leader) == Self.values.count)
        #expect(try await simulation.errors([try simulation.factory.report(1, time: 5)]) == [])
    }
}

extension ClosedRange<BatchBucketKey> {
    fileprivate static func only(_ time: Time) -> Self { BatchBucketKey(time)...BatchBucketKey(time) }
}
