import Aggregator
import PopulusDAP
import Synchronization
import Testing

extension WriteScenario {
    static let ofBatches =
        [Sample.prio3[1], .prio3[3], .poplar1[1]].flatMap { sample in
            [false, true].map { later in
                WriteScenario("\(sample.name), answered \(later ? "later" : "at once")") { recorder in
                    let simulation = try BatchSimulation(
                        try TestTask(sample.vdaf, batchMode: later ? .timeInterval : .leaderSelected),
                        change: { $0.answersLater = later }, stores: recorder.stores)
                    for measurement in sample.measurements { try await simulation.upload([measurement]) }
                    try await simulation.restartLeader()
                    let id = try await simulation.create(parameter: sample.parameter)
                    try await simulation.restartHelper()
                    let result = try simulation.open(try await simulation.ready(id), nil, sample.parameter)
                    #expect(result.value == sample.result && result.count == UInt64(sample.measurements.count))
                    try await simulation.stop()
                }
            }
        } + [
            WriteScenario("a Leader that has a share deleted", deleteShare),
            WriteScenario("a Helper that is started to answer later", answerLater),
            WriteScenario("a Helper that finds reports too early", findTooEarly),
            WriteScenario("a Leader that learns late that reports are too early", putOff),
            WriteScenario("a Helper that refuses jobs", refuse),
            WriteScenario("reports of batches that do not open", openNot),
        ]

    /// The Leader asks for that once: with a Helper that is down just then, the share would stay.
    private static func deleteShare(_ recorder: WriteRecorder) async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, batchMode: .timeInterval), stores: recorder.stores)
        try await simulation.upload(Sample.count.measurements)
        #expect(try await simulation.collect().value == Sample.count.result)
        try await recorder.wait(for: "delete an aggregate share")
        try await simulation.stop()
    }

    /// A job that was bound by a Helper that answers at once, and has to be kept by one that answers later.
    private static func answerLater(_ recorder: WriteRecorder) async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, batchMode: .timeInterval), stores: recorder.stores)
        let held = AsyncStream.makeStream(of: Void.self)
        simulation.helperStore.beforeWrite.withLock { hook in
            hook = { name in
                guard name == "commit an aggregation job" else { return }
                held.continuation.yield()
                throw StoreError.database("held")
            }
        }
        try await simulation.upload(Sample.count.measurements)
        for await _ in held.stream { break }
        simulation.settings.answersLater = true
        try await simulation.restartHelper()
        #expect(try await simulation.collect().value == Sample.count.result)
        try await simulation.stop()
    }

    private static func findTooEarly(_ recorder: WriteRecorder) async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, batchMode: .timeInterval, timePrecision: 1), stores: recorder.stores)
        simulation.helperClock.set(ahead: -600)
        try await simulation.upload(Sample.count.measurements)
        try await recorder.wait(for: "reports that are too early")
        // The Leader lets them wait a while from when it hears of it.
        for _ in 0..<2000 where try await !simulation.isWaiting(for: Sample.count.measurements.count) {
            try await Task.sleep(for: .milliseconds(5))
        }
        simulation.helperClock.set(ahead: 0)
        simulation.clock.advance(seconds: 61)
        let query = simulation.interval(-111, 101)
        #expect(try await simulation.collect(query).value == Sample.count.result)
        try await simulation.stop()
    }

    /// The Helper's clock goes back when a job is planned, and is right again when it is put off.
    private static func putOff(_ recorder: WriteRecorder) async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, batchMode: .timeInterval, timePrecision: 1), stores: recorder.stores)
        simulation.tellTime(ahead: 0)
        let clock = simulation.helperClock
        let isPutOff = Mutex(false)
        recorder.after("plan an aggregation job") { if !isPutOff.withLock({ $0 }) { clock.set(ahead: -600) } }
        recorder.after("put off an aggregation job") { isPutOff.withLock { $0 = true } }
        // The clock may have gone back before there was anything to plan, or come back too early: once more.
        var rounds: UInt128 = 0
        while rounds < 100, !isPutOff.withLock({ $0 }) {
            clock.set(ahead: 0)
            try await simulation.upload(Sample.count.measurements)
            rounds += 1
            for _ in 0..<20 where !isPutOff.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        }
        isPutOff.withLock { $0 = true }
        clock.set(ahead: 0)
        simulation.clock.advance(seconds: 61)
        let query = simulation.interval(-111, 101)
        #expect(try await simulation.collect(query).value == .number(5 * rounds))
        try await simulation.stop()
    }

    private static func refuse(_ recorder: WriteRecorder) async throws {
        let simulation = try BatchSimulation(
            try TestTask(.prio3Count, batchMode: .timeInterval), stores: recorder.stores)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in call == .create ? .refuse(.invalidMessage) : .none }
        }
        try await simulation.upload(Sample.count.measurements)
        try await recorder.wait(for: "abandon an aggregation job")
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        #expect(try await simulation.collect().value == Sample.count.result)
        try await simulation.stop()
    }

    private static func openNot(_ recorder: WriteRecorder) async throws {
        let sample = Sample.poplar1[0]
        let task = try TestTask(sample.vdaf, batchMode: .leaderSelected)
        let simulation = try BatchSimulation(task, stores: recorder.stores)
        let other = try TestTask(sample.vdaf, batchMode: .leaderSelected)
        let junk = try sample.measurements.prefix(3).map { try simulation.report($0, sealedFor: other) }
        _ = try await simulation.upload(junk)
        try await simulation.upload(sample.measurements)
        #expect(try await simulation.collect(parameter: sample.parameter).value == sample.result)
        try await simulation.stop()
    }
}

extension BatchSimulation {
    /// Whether so many reports wait at the Leader, and no job is under way.
    fileprivate func isWaiting(for count: Int) async throws -> Bool {
        try await leaderStore.read("test") { transaction in
            try transaction.openBatchJobs().isEmpty
                && transaction.countWaitingReports(times: 0..<UInt64.max, throughRow: .max, limit: count) == count
        }
    }
}
