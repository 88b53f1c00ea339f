import Aggregator
import Logging
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// A Helper whose clock is ten minutes behind destroys no report.
@Suite struct ClockTests {
    private static func sent(_ peer: FaultyPeer) -> Int { peer.sent.withLock { $0.count } }

    /// Those of a time that the Helper has not reached join a later walk, whatever order they came in.
    @Test func aWalkLeavesOutWhatTheHelperWouldFindTooEarly() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 5)
        let (old, new) = (simulation.clock.now - 1000, simulation.clock.now)
        let values = [Int](repeating: 0xABCD, count: 12)
        simulation.tellTime(ahead: -600)
        // Even ones are old.
        try await simulation.upload(
            (0..<24).map { try simulation.factory.report(0xABCD, time: $0 % 2 == 0 ? old : new) })
        #expect(try await simulation.walk(values, threshold: 4) == [0xABCD: 12])
        // Two more, and the rest once the Helper takes them.
        try await simulation.upload((0..<2).map { _ in try simulation.factory.report(0xABCD, time: old) })
        simulation.clock.advance(seconds: 400)
        try await simulation.restartLeader()
        #expect(try await simulation.walk(values + [0xABCD, 0xABCD], threshold: 4) == [0xABCD: 14])
        #expect(try await simulation.helper.reportCounts() == [])
    }

    /// Where too few are left, or the interval is not over by its clock, nothing is bound or sent.
    @Test(arguments: [BatchMode.leaderSelected, .timeInterval])
    func aWalkThatTheHelpersClockDoesNotPermitSpendsNothing(mode: BatchMode) async throws {
        let simulation = try Simulation(try TestTask(batchMode: mode))
        let start = simulation.clock.now - 10
        let query: Query =
            mode == .leaderSelected
            ? .leaderSelected : .timeInterval(Interval(start: Time(units: start), duration: TimeDuration(units: 20)))
        simulation.tellTime(ahead: -600)
        let values = [Int](repeating: 0x1234, count: 9)
        try await simulation.upload(values)
        for _ in 0..<2 {
            do {
                _ = try await simulation.collect(.random(), 0, try simulation.level3(), query: query)
                Issue.record("the Helper's clock does not permit it")
            } catch let error as AggregatorError {
                guard case .failed(let document, 400) = error else { throw error }
                #expect(document.type == .clocksDiffer && document.party == .leader)
                #expect(document.detail?.contains("the Helper's clock is 10 min behind the Leader's") == true)
                #expect(document.detail?.hasSuffix("Nothing was spent.") == true)
            }
        }
        #expect(Self.sent(simulation.peer) == 0)
        simulation.tellTime(ahead: 0)
        #expect(try await simulation.walk(values, threshold: 4, query: query) == [0x1234: 9])
    }

    /// What only the margin and whole seconds put off is waited for: by clocks that agree it is no difference.
    @Test(arguments: [0, 20] as [UInt64]) func aWalkWaitsForTheLastSeconds(helperBehind: UInt64) async throws {
        let simulation = try Simulation(try TestTask(batchMode: .timeInterval))
        simulation.tellTime(ahead: -Int64(helperBehind))
        // As late as the Helper would take it.
        let length = TimeDuration(units: 10 + simulation.settings.toleratedClockSkew - helperBehind)
        let query = Query.timeInterval(Interval(start: Time(units: simulation.clock.now - 10), duration: length))
        let values = [Int](repeating: 0x1234, count: 9)
        try await simulation.upload(values)
        #expect(try await simulation.walk(values, threshold: 4, query: query) == [0x1234: 9])
    }

    /// The Helper may come up after the walk was asked for: its clock is looked at all the same, before anything is bound.
    @Test func aHelperThatIsAwayIsAskedBeforeAnythingIsBound() async throws {
        let simulation = try Simulation(try TestTask())
        simulation.tellTime(ahead: -600)
        try simulation.stopHelper()
        try await simulation.upload([Int](repeating: 0x1234, count: 9))
        let id = try await simulation.leader.createCollectionJob(
            body: simulation.request(.random(), 0, try simulation.level3()).encoded())
        try await Task.sleep(for: .milliseconds(20))
        try simulation.startHelper()
        #expect(await problem { _ = try await simulation.ready(id) } == .clocksDiffer)
        #expect(Self.sent(simulation.peer) == 0)
    }

    /// A Helper whose clock was set back after it was asked loses nothing: it keeps nothing of the job until the clocks agree.
    @Test func aHelperWhoseClockIsSetBackMeanwhilePutsTheJobOff() async throws {
        let simulation = try Simulation(try TestTask())
        let values = [Int](repeating: 0x1234, count: 9)
        try await simulation.upload(values)
        simulation.tellTime(ahead: -600)
        // What the Leader was told before.
        simulation.peer.saysOfClock.withLock { $0 = { HelperClock(offset: 0, tolerance: 300) } }
        let heard = PeerClock(
            role: .helper, task: simulation.task.id, tolerance: 300, clock: simulation.helperClock,
            logger: Logger(label: "clocks") { _ in SwiftLogNoOpLogHandler() })
        heard.hear(now: simulation.clock.now)
        simulation.leaderClock = heard
        try simulation.stopHelper()
        try simulation.startHelper()
        let request = simulation.request(.random(), 0, try simulation.level3())
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        while Self.sent(simulation.peer) < 3 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await simulation.helper.reportCounts() == [])
        simulation.helperClock.set(ahead: 0)
        let counts = try simulation.open(try await simulation.ready(id), request, try simulation.level3()).counts
        #expect(counts.reduce(0, +) == 9)
        #expect(try await simulation.helper.reportCounts() == [])
    }

    /// A question says which store the Leader has, and the Helper keeps to that: there is none before there is work.
    @Test func aLeaderWithoutReportsAsksNothing() async throws {
        let simulation = try BatchSimulation(
            try TestTask(Sample.count.vdaf, batchMode: .leaderSelected, timePrecision: 1))
        let asked = Asked()
        simulation.peer.saysOfClock.withLock { $0 = { asked.note() } }
        try await simulation.restartLeader()
        try await Task.sleep(for: .milliseconds(100))
        #expect(asked.count == 0)
        try await simulation.upload(Sample.count.measurements)
        _ = try await simulation.ready(try await simulation.create(parameter: Sample.count.parameter))
        #expect(asked.count > 0)
    }

    private final class Asked: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }

        func note() -> HelperClock? {
            number.withLock { $0 += 1 }
            return nil
        }
    }

    @Test(arguments: [Sample.count, .poplar1[0]], Sample.modes)
    func aBatchWaitsForTheHelpersClock(sample: Sample, mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode, timePrecision: 1))
        simulation.tellTime(ahead: -600)
        try await simulation.upload(sample.measurements)
        let id = try await simulation.create(parameter: sample.parameter)
        try await Task.sleep(for: .milliseconds(100))
        #expect(try await simulation.leader.collectionJob(id: id, waitingUpTo: .zero) == .pending)
        #expect(Self.sent(simulation.peer) == 0)
        // After the Leader's patience it says why; nothing is spent.
        simulation.clock.advance(seconds: 61)
        #expect(await problem { _ = try await simulation.ready(id) } == .clocksDiffer)
        #expect(Self.sent(simulation.peer) == 0)
        let query = mode == .leaderSelected ? nil : simulation.interval(-111, 51)
        let again = try await simulation.create(query, parameter: sample.parameter)
        simulation.tellTime(ahead: 0)
        let result = try simulation.open(try await simulation.ready(again), query, sample.parameter)
        #expect(result.value == sample.result && result.count == UInt64(sample.measurements.count))
    }

    /// An interval is over when both clocks say so: the Helper would refuse its share otherwise, for good.
    @Test func anIntervalIsClosedWhenItIsOverByTheHelpersClock() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval, timePrecision: 1))
        simulation.tellTime(ahead: -600)
        try await simulation.upload(Sample.count.measurements, time: simulation.now - 1000)
        let query = simulation.interval(-1001, 1001)
        let id = try await simulation.create(query)
        try await simulation.settled()
        try await Task.sleep(for: .milliseconds(50))
        #expect(try await simulation.leader.collectionJob(id: id, waitingUpTo: .zero) == .pending)
        simulation.tellTime(ahead: 0)
        #expect(try simulation.open(try await simulation.ready(id), query).value == Sample.count.result)
    }

    /// Against the Helper's word, or without one: Prio3's reports come again with the same message.
    @Test(arguments: Sample.modes) func whatIsFoundTooEarlyAllTheSameComesAgain(mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: mode, timePrecision: 1))
        simulation.helperClock.set(ahead: -600)
        try await simulation.upload(Sample.count.measurements)
        let counted = { try await simulation.helper.reportCounts().map(\.error) }
        // Until the Leader knows it of all: it waits from then on.
        try await eventually {
            let found = try await simulation.helper.reportCounts().reduce(0) { $0 + $1.count }
            let isBusy = try await simulation.leaderStore.read("test") { try !$0.openBatchJobs().isEmpty }
            return found == 7 && !isBusy
        }
        #expect(try await counted() == [.reportTooEarly])
        simulation.helperClock.set(ahead: 0)
        simulation.clock.advance(seconds: 61)
        let query = mode == .leaderSelected ? nil : simulation.interval(-111, 101)
        let result = try await simulation.collect(query)
        #expect(result.value == Sample.count.result && result.count == 7)
    }

    @Test func aDifferenceIsSaidOnceInTheSameWords() throws {
        let lines = Mutex<[String]>([])
        func peer(_ role: Role, _ clock: TestClock) -> PeerClock {
            var logger = Logger(label: "test") { _ in LineLog { line in lines.withLock { $0.append(line) } } }
            logger.logLevel = .info
            return PeerClock(role: role, task: .random(), tolerance: 300, clock: clock, logger: logger)
        }
        let (leaderClock, helperClock) = (TestClock(now: 10_000), TestClock(now: 9_400))
        let (leader, helper) = (peer(.leader, leaderClock), peer(.helper, helperClock))
        for _ in 0..<3 {
            leader.hear(helper.statement)
            helper.hear(leader.statement)
        }
        #expect(leader.fresh == HelperClock(offset: -600, tolerance: 300))
        #expect(lines.withLock { $0.count } == 2)
        #expect(lines.withLock { $0.allSatisfy { $0.hasPrefix("the Helper's clock is 10 min behind the Leader's") } })
        helperClock.advance(seconds: 700)
        leader.hear(helper.statement)
        helper.hear(leader.statement)
        #expect(
            lines.withLock { $0.suffix(2) } == Array(repeating: "the clocks of both aggregators agree again", count: 2))
        #expect(ClockStatement(fieldValue: helper.statement.fieldValue) == ClockStatement(now: 10_100, tolerance: 300))
        for wrong in ["", "1", "1 ", " 1 2", "1 2 3", "-1 2", "1 99999999999999999999", "a b"] {
            #expect(ClockStatement(fieldValue: wrong) == nil, "\(wrong)")
        }
    }
}

/// A log of messages.
private struct LineLog: LogHandler {
    let write: @Sendable (String) -> Void
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { write("\(event.message)") }
}
