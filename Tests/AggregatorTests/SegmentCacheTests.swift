import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import Testing

/// Where segments are a cache: whatever becomes of their files, a walk comes to the same result by the same bytes.
@Suite struct SegmentCacheTests {
    private static let values = WholeWalkTests.values

    private func begin(
        _ mode: BatchMode = .leaderSelected, shardReports: Int = 7, bounds: TestTask.Bounds = .init()
    ) async throws -> (Simulation, MemoryDisks) {
        let simulation = try Simulation(try TestTask(batchMode: mode, bounds: bounds), shardReports: shardReports)
        let disks = try MemoryDisks(simulation.folder, segmentsAreCache: true)
        // Shards in several pages.
        simulation.settings.uploadPageBytes = 4 << 10
        try await disks.restart(simulation)
        return (simulation, disks)
    }

    @Test(arguments: [false, true]) func everySegmentIsDeletedBetweenSteps(restarting: Bool) async throws {
        let (simulation, disks) = try await begin()
        try await simulation.upload(Self.values)
        var known = SegmentImage()
        var compared = 0
        let found = try await simulation.walk(
            Self.values, threshold: 5,
            beforeStep: { step in
                let now = try SegmentImage(disks)
                if step == 1 { known = now }
                if step > 1, restarting {
                    #expect(now == known, "before step \(step)")
                    compared += now.files.count
                }
                guard restarting else { return try SegmentDamage.deleted.apply(to: disks) }
                try await disks.restart(simulation) { try SegmentDamage.deleted.apply(to: disks) }
            })
        #expect(found == RestartTests.found)
        // Four shards of each side, before two steps.
        #expect(compared == (restarting ? 16 : 0))
    }

    @Test(arguments: SegmentDamage.allCases) func whateverIsFoundAtAStart(_ damage: SegmentDamage) async throws {
        let (simulation, disks) = try await begin()
        try await simulation.upload(Self.values)
        var known = SegmentImage()
        let found = try await simulation.walk(
            Self.values, threshold: 5,
            beforeStep: { step in
                if step == 1 {
                    known = try SegmentImage(disks)
                    #expect(known.files.count == 8)
                    try await disks.restart(simulation) { try damage.apply(to: disks) }
                    #expect(try SegmentImage(disks) != known)
                } else if step > 1 {
                    #expect(try SegmentImage(disks) == known, "before step \(step)")
                }
            })
        #expect(found == RestartTests.found)
    }

    /// The next step meets the end of the file: it is looked at, made again, and asked once more.
    @Test func whatIsEmptiedWhileItIsOpen() async throws {
        let (simulation, disks) = try await begin()
        try await simulation.upload(Self.values)
        var known = SegmentImage()
        let found = try await simulation.walk(
            Self.values, threshold: 5,
            beforeStep: { step in
                if step == 1 { known = try SegmentImage(disks) }
                if step > 1 { #expect(try SegmentImage(disks) == known, "before step \(step)") }
                if step > 0 { try SegmentDamage.emptied.apply(to: disks) }
            })
        #expect(found == RestartTests.found)
    }

    /// At each message, whoever had it: both processes end, and their files go with them.
    @Test(arguments: RestartTests.calls, [false, true])
    func killedWithoutAFileLeft(at call: FaultyPeer.Call, helperActs: Bool) async throws {
        let (simulation, disks) = try await begin(bounds: call.bounds)
        try await simulation.upload(Self.values)
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { asked, _ in
                guard asked == call else { return .none }
                stuck.continuation.yield()
                return helperActs ? .loseAnswer : .loseRequest
            }
        }
        let walk = WalkID.random()
        let (first, second) = (try simulation.level3(), try simulation.level7(0x1234, 0xABCD))
        let isLater = call.isOfLaterSteps
        if isLater { _ = try await simulation.collect(walk, 0, first) }
        let asked = isLater ? second : first
        let request = simulation.request(walk, isLater ? 1 : 0, asked)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        try await disks.restart(simulation) {
            try SegmentDamage.deleted.apply(to: disks)
            simulation.peer.set { $0 = FaultyPeer.Hooks() }
        }
        let answer = try simulation.open(try await simulation.ready(id), request, asked)
        #expect(
            answer.counts
                == asked.prefixes.map { prefix in
                    Self.values.count { simulation.factory.path($0).ancestor(level: prefix.level) == prefix }
                })
        // Each request was repeated in its very bytes: a shard has one of a kind.
        let sent = simulation.peer.sent.withLock { $0.filter { $0.call == call && call != .share } }
        #expect(Set(sent.map(\.body)).count == (call == .share ? 0 : call == .finish ? 1 : 4))
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
        #expect(try await simulation.collect(walk, isLater ? 2 : 1, leaf).counts == [6, 9])
    }

    /// What opens on neither side, or on one only, is in no segment that is made again.
    @Test(arguments: [BatchMode.leaderSelected, .timeInterval])
    func whatWasRefusedIsLeftOut(_ mode: BatchMode) async throws {
        let (simulation, disks) = try await begin(mode)
        let time = simulation.clock.now - 10
        for (place, value) in Self.values.enumerated() {
            var reports = [try simulation.factory.report(value, time: time)]
            let refusals: [Set<Role>] = [[.leader], [.helper], [.leader, .helper]]
            if place % 5 < 3 {
                reports.append(try simulation.factory.report(3, time: time, truncating: refusals[place % 5]))
            }
            try await simulation.upload(place % 2 == 0 ? reports : reports.reversed())
        }
        let query =
            mode == .leaderSelected
            ? Query.leaderSelected
            : .timeInterval(Interval(start: Time(units: time), duration: TimeDuration(units: 5)))
        var known = SegmentImage()
        let found = try await simulation.walk(
            Self.values, threshold: 5, query: query,
            beforeStep: { step in
                if step == 1 { known = try SegmentImage(disks) }
                if step > 1 { #expect(try SegmentImage(disks) == known, "before step \(step)") }
                if step > 0 { #expect(try await simulation.leader.status().reports?.count == 0, "before step \(step)") }
                try await disks.restart(simulation) { try SegmentDamage.deleted.apply(to: disks) }
            })
        #expect(found == RestartTests.found)
    }

    /// A Helper that was killed when a shard was bound and not opened: the Leader's request comes again.
    @Test func killedBetweenBindingAndOpening() async throws {
        let (simulation, disks) = try await begin(shardReports: 100)
        try await simulation.upload(Self.values)
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.helperStore.beforeWrite.withLock { hook in
            hook = { name in
                guard name == "shard opened" else { return }
                stuck.continuation.yield()
                throw StoreError.database("held")
            }
        }
        let (walk, level3) = (WalkID.random(), try simulation.level3())
        let request = simulation.request(walk, 0, level3)
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        let (phases, kept) = try await simulation.helperStore.read("test") { transaction in
            let jobs = try transaction.shards(walk)
            return (
                jobs.map(\.phase), try jobs.map { try transaction.keptBodies(job: $0.row, from: 0, limit: .max).count }
            )
        }
        #expect(phases == [.bound] && kept == [Self.values.count])
        try simulation.stopHelper()
        // What is still at work there finds no folder, or leaves a file that nobody takes for whole.
        try? FileManager.default.removeItem(atPath: disks.helper.segmentsDirectory)
        try simulation.startHelper(on: try TestStore(on: disks.helper, try simulation.task.aggregator(.helper)))
        let counts = try simulation.open(try await simulation.ready(id), request, level3).counts
        #expect(counts.reduce(0, +) == Self.values.count)
        try await disks.restart(simulation) { try SegmentDamage.deleted.apply(to: disks) }
        let second = try simulation.level7(0x1234, 0xABCD)
        #expect(try await simulation.collect(walk, 1, second).counts.reduce(0, +) == 20)
    }

    /// An operator who has taken the key away is told so; with the key the answer is the one that was given before.
    @Test func theKeyIsGone() async throws {
        let (simulation, disks) = try await begin(shardReports: 100)
        let rogue = RogueLeader(simulation: simulation)
        let (walk, _) = try await simulation.stepZero(Self.values)
        let answers = Answers()
        simulation.peer.set { hooks in
            hooks.onAnswer = { call, bytes in if call == .post(.walkEvaluateReq) { answers.add(bytes) } }
        }
        _ = try await simulation.collect(walk, 1, try simulation.level7(0x1234, 0xABCD))
        let evaluation = try rogue.sent(.post(.walkEvaluateReq))
        let task = simulation.task
        let keyless = try AggregatorTask(
            id: task.id, configuration: task.configuration, role: .helper,
            receiver: try HpkeReceiver(keyPairs: [.generate(id: 9)]), collectorConfig: task.collectorKey.config,
            verifyKeys: [7: task.verifyKey])
        try simulation.stopHelper()
        try SegmentDamage.deleted.apply(to: disks)
        try simulation.startHelper(on: try TestStore(on: disks.helper, keyless), as: keyless)
        var words = ""
        do { _ = try await rogue.post(evaluation, .walkEvaluateReq) } catch { words = "\(error)" }
        #expect(words.contains("older decryption keys"), "\(words)")
        #expect(try segments(of: simulation.helperStore).isEmpty)
        try simulation.stopHelper()
        try simulation.startHelper(on: try TestStore(on: disks.helper, try task.aggregator(.helper)))
        #expect(try await rogue.post(evaluation, .walkEvaluateReq) == answers.all.first)
        #expect(answers.all.count == 1)
    }
}
