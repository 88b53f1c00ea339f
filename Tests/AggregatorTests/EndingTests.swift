import Aggregator
import Dispatch
import Foundation
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// The end of a task, by its operator's word: what is refused from then on, what goes on, and that it is for good (rule 8).
@Suite struct EndingTests {
    static let values = HelperRulesTests.values

    /// What a Leader tells the client of one report.
    private static func upload(_ value: Int, to simulation: Simulation) async throws -> [ReportError] {
        let report = try simulation.factory.report(value)
        let errors = try await simulation.leader.upload(body: UploadRequest(reports: [report]).encoded())
        return try errors.map { try UploadErrors(decoding: $0).status.map(\.error) } ?? []
    }

    @Test func aLeaderThatIsClosedTakesNoUploadAndIsCollected() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        try await simulation.upload(Self.values)
        let end = try await simulation.leader.end(.close)
        #expect(end.closed == simulation.clock.now && end.stopped == nil)
        #expect(try await Self.upload(1, to: simulation) == [.taskExpired])
        simulation.clock.advance(seconds: 50)
        // Once is enough, and the first time counts.
        #expect(try await simulation.leader.end(.close) == end)
        try await simulation.restartLeader()
        #expect(try await simulation.leader.taskEnd() == end)
        #expect(try await Self.upload(2, to: simulation) == [.taskExpired])
        // What was uploaded is collected, by a walk that begins after the end.
        let found = try await simulation.walk(Self.values, threshold: 5)
        #expect(!found.isEmpty)
        let counts = try await simulation.leader.reportCounts()
        #expect(counts.contains { $0.error == .taskExpired && $0.point == .upload && $0.count == 2 })
    }

    /// Every process of a Leader refuses, whichever was told.
    @Test func aReplicaRefusesToo() async throws {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        let disks = try MemoryDisks(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (task, peer) = (try TestTask(), FaultyPeer())
        let leaders = try (0..<2).map { _ in
            let aggregator = try task.aggregator(.leader)
            let store = try TestStore(on: disks.leader, aggregator, segmentsDirectory: disks.leader.segmentsDirectory)
            return try Leader(
                task: aggregator, store: store, peer: peer, settings: AggregatorSettings(),
                machine: .forTests(clock: TestClock()))
        }
        let factory = ReportFactory(task: task, time: TestClock().now)
        func errors(_ leader: Leader) async throws -> [ReportError] {
            let body = UploadRequest(reports: [try factory.report(3)]).encoded()
            return try await leader.upload(body: body).map { try UploadErrors(decoding: $0).status.map(\.error) } ?? []
        }
        #expect(try await errors(leaders[1]) == [])
        let end = try await leaders[0].end(.close)
        #expect(try await errors(leaders[1]) == [.taskExpired])
        #expect(try await leaders[1].end(.close) == end)
    }

    @Test func aHelperThatIsClosedGoesOnWithItsWalksAndBeginsNone() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        let (walk, _) = try await simulation.stepZero(Self.values)
        _ = try await simulation.helper.end(.close)
        // The walk that runs comes to its next step, also after a restart.
        let next = try simulation.level7(0xABCD, 0x1234)
        try simulation.stopHelper()
        try simulation.startHelper()
        let answer = try await simulation.collect(walk, 1, next)
        #expect(answer.reportCount == UInt64(Self.values.count))
        // Another one does not begin, and its Collector learns that for good.
        try await simulation.upload(Self.values)
        let level3 = try simulation.level3()
        #expect(await problem { _ = try await simulation.collect(.random(), 0, level3) } == .walkEnded)
    }

    @Test func whatIsStoppedEndsWalksAndErasesWhatWaits() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        let (walk, _) = try await simulation.stepZero(Self.values)
        try await simulation.upload([1, 2, 3])
        _ = try await simulation.leader.end(.close)
        let stopped = try await simulation.leader.end(.stop)
        #expect(stopped.stopped != nil)
        let next = try simulation.level7(0xABCD, 0x1234)
        #expect(await problem { _ = try await simulation.collect(walk, 1, next) } == .walkEnded)
        let level3 = try simulation.level3()
        #expect(await problem { _ = try await simulation.collect(.random(), 0, level3) } == .walkEnded)
        try await Self.expectNothingWaits(at: simulation.leaderStore)
        #expect(try await segmentsVanish(of: simulation.leaderStore))
        // The Helper is told, and its walk ends too; its task goes on.
        try await Self.wait(for: "the Helper's end of the walk") {
            try await simulation.helperStore.read("test") { try $0.walks().map(\.end) } == [.abandoned]
        }
        #expect(try await simulation.helper.taskEnd() == nil)
        // History is there as ever, and no start begins anything anew.
        try await simulation.restartLeader()
        let (steps, walks) = try await simulation.leaderStore.read("test") { transaction in
            (try transaction.steps(walk, from: 0).count, try transaction.walks())
        }
        #expect(steps == 1 && walks.map(\.end) == [.abandoned])
        #expect(try await simulation.leader.end(.close) == stopped)
        #expect(try await Self.upload(1, to: simulation) == [.taskExpired])
        #expect(await problem { _ = try await simulation.collect(.random(), 0, level3) } == .walkEnded)
    }

    /// A Helper that takes requests and does not answer holds up nothing: what waits is erased, and the end is told.
    @Test func aHelperThatHangsHoldsUpNoEnd() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        _ = try await simulation.stepZero(Self.values)
        try await simulation.upload([1, 2, 3])
        let gate = DispatchSemaphore(value: 0)
        let hasAnswered = Answered()
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                guard call == .delete else { return .none }
                // Should the end wait for it, it is let go in the end, and that is seen.
                _ = gate.wait(timeout: .now() + 20)
                hasAnswered.mark.withLock { $0 = true }
                return .loseRequest
            }
        }
        let end = try await simulation.leader.end(.stop)
        #expect(end.stopped != nil && !hasAnswered.mark.withLock { $0 })
        try await Self.expectNothingWaits(at: simulation.leaderStore)
        for _ in 0..<10 { gate.signal() }
    }

    /// Jobs of batches that were on their way end with the task, with their reports' bodies.
    @Test func jobsOfBatchesEndWithTheTask() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        let helper = simulation.peer.helper.withLock { helper in
            defer { helper = nil }
            return helper
        }
        try await simulation.upload(Sample.count.measurements)
        func open() async throws -> [BatchJobRecord] {
            try await simulation.leaderStore.read("test") { try $0.openBatchJobs() }
        }
        try await Self.wait(for: "a job that is asked for") { try await open().contains { $0.phase == .bound } }
        let rows = try await open().map(\.row)
        _ = try await (simulation.leader as? any TaskEnding)?.end(.stop)
        for attempt in 0..<2 {
            #expect(try await open().isEmpty, "\(attempt)")
            let bodies = try await simulation.leaderStore.read("test") { transaction in
                try rows.map { try transaction.uploads(job: $0).count }
            }
            #expect(bodies.allSatisfy { $0 == 0 }, "\(attempt)")
            try await Self.expectNothingWaits(at: simulation.leaderStore)
            // A start finds nothing to go on with, and the Helper that is back is asked for nothing.
            try await simulation.restartLeader()
            simulation.peer.helper.withLock { $0 = helper }
        }
        #expect(try await simulation.helperStore.read("test") { try $0.openBatchJobs() }.isEmpty)
    }

    /// A share that is asked for behind the end is not taken in: it would be at work for ever.
    @Test func aHelperThatIsStoppedTakesNoShareIn() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        try await Self.wait(for: "the reports' jobs") {
            try await simulation.leaderStore.read("test") { transaction in
                try transaction.openBatchJobs().isEmpty
                    && transaction.countWaitingReports(times: 0..<UInt64.max, throughRow: .max, limit: 1) == 0
            }
        }
        _ = try await (simulation.helper as? any TaskEnding)?.end(.stop)
        #expect(await problem { _ = try await simulation.collect(simulation.interval(-3, 6)) } == .batchInvalid)
        #expect(try await simulation.helperStore.read("test") { try $0.runningResources() }.isEmpty)
    }

    /// Cut off between the end and the erasing: the next start goes on with it.
    @Test func aStartErasesWhatWaitsInATaskThatHasEnded() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        try await simulation.upload(Self.values)
        let now = simulation.clock.now
        try await simulation.leaderStore.write("test") { transaction in
            try transaction.setTaskEnd(TaskEnd(closed: now, stopped: now))
        }
        try await simulation.restartLeader()
        try await Self.expectNothingWaits(at: simulation.leaderStore)
    }

    @Test func aHelperThatIsStoppedReleasesNothing() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        let (walk, _) = try await simulation.stepZero(Self.values)
        _ = try await simulation.helper.end(.stop)
        let next = try simulation.level7(0xABCD, 0x1234)
        // A verdict on the step, with the walk's end as its reason.
        #expect(await problem { _ = try await simulation.collect(walk, 1, next) } == .stepMismatch)
        #expect(try await segmentsVanish(of: simulation.helperStore))
    }

    /// Whoever else has stopped the task, and whatever jobs that left running: no result is stored behind it.
    @Test func aLeaderThatIsStoppedReleasesNothing() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 7)
        let (walk, _) = try await simulation.stepZero(Self.values)
        let (store, now) = (simulation.leaderStore, simulation.clock.now)
        store.holdsWrite.withLock { hook in
            hook = { name in
                guard name == "release a result" else { return }
                // That it is stopped is seen below.
                try? await store.write("test") { try $0.setTaskEnd(TaskEnd(closed: now, stopped: now)) }
            }
        }
        let tries = AsyncStream.makeStream(of: Bool.self)
        store.onWrite.withLock { hook in
            hook = { name, event in
                guard name == "release a result" else { return }
                switch event {
                case .begins: break
                case .isDone: tries.continuation.yield(true)
                case .fails: tries.continuation.yield(false)
                }
            }
        }
        func answers() async throws -> [ResourceRecord.State?] {
            try await store.read("test") { transaction in
                try transaction.steps(walk, from: 0).compactMap(\.resource).map { try transaction.resource($0)?.state }
            }
        }
        let request = simulation.request(walk, 1, try simulation.level7(0xABCD, 0x1234))
        _ = try await simulation.leader.createCollectionJob(body: request.encoded())
        #expect(await tries.stream.first { _ in true } == false)
        #expect(try await answers() == [.released, .running])
        #expect(try await store.read("test") { try $0.steps(walk, from: 1).map(\.reportCount) } == [nil])
        _ = try await simulation.leader.end(.stop)
        #expect(try await answers() == [.released, .failed])
    }

    /// By batches: the Helper rejects each report of a new job, and a Leader that is stopped releases no sum.
    @Test func batches() async throws {
        let simulation = try BatchSimulation(try TestTask(.prio3Count, batchMode: .timeInterval))
        try await simulation.upload(Sample.count.measurements)
        let first = try await simulation.collect(simulation.interval(-3, 6))
        #expect(first.value == Sample.count.result)
        simulation.clock.advance(seconds: 1000)
        let helper = try #require(simulation.helper as? any TaskEnding)
        _ = try await helper.end(.close)
        try await simulation.upload(Sample.count.measurements, time: simulation.now - 1)
        // All are rejected, and none is counted.
        let id = try await simulation.create(simulation.interval(-1, 1))
        try await Self.wait(for: "the Helper's rejections") {
            try await helper.helperCounts().contains {
                $0.error == .taskExpired && $0.count == Sample.count.measurements.count
            }
        }
        try await simulation.leader.deleteCollectionJob(id: id)
        let leader = try #require(simulation.leader as? any TaskEnding)
        _ = try await leader.end(.stop)
        let later = simulation.interval(-9, 1)
        #expect(await problem { _ = try await simulation.create(later) } == .batchInvalid)
        #expect(try await simulation.upload([try simulation.report(Sample.count.measurements[0])]) == [.taskExpired])
        try await Self.expectNothingWaits(at: simulation.leaderStore)
    }

    private static func expectNothingWaits(at store: TestStore) async throws {
        // A start does it beside all else.
        try await wait(for: "the erasing of reports") {
            try await store.read("test") { try $0.remainingUploads(in: 0..<UInt64.max, isBound: false).count } == 0
        }
    }

    private static func wait(for what: String, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<1000 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("waited for \(what)")
    }
}

/// Whether a request came back.
private final class Answered: Sendable {
    let mark = Mutex(false)
}

extension TaskEnding {
    fileprivate func helperCounts() async throws -> [ReportCount] {
        try await (self as? Helper)?.reportCounts() ?? []
    }
}
