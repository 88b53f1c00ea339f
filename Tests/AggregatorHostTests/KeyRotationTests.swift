import Aggregator
import AggregatorHost
import AggregatorServer
import Foundation
import PopulusDAP
import PopulusTaskFiles
import StoreMemory
import Testing

/// Keys of tasks come and go: by command, by schedule, in several processes, and none before its time.
@Suite struct KeyRotationTests {
    private let clock = SetClock()
    private let disk = RotatingProcess.disk(.leader)
    private let task: TaskID
    private let registration: TaskRegistration

    init() throws {
        registration = try RotatingProcess.files().registration(of: .leader)
        task = registration.taskID
    }

    private func process(
        _ clock: SetClock? = nil, isShared: Bool = false, period: UInt64? = nil, keep: UInt64? = nil,
        settling: Duration = .zero
    ) throws -> RotatingProcess {
        try RotatingProcess(
            disk, clock: clock ?? self.clock, isShared: isShared, period: period, keep: keep, settling: settling)
    }

    private func conflict(_ body: () async throws -> Void) async -> Bool {
        do { try await body() } catch {
            if case .conflict = error as? TaskDeskError { return true }
        }
        return false
    }

    @Test func aKeyIsKnownThenOfferedThenOpensThenIsGone() async throws {
        let process = try process(keep: 86_400)
        _ = try await process.tasks.add(registration.encoded())
        let old = try #require(process.offered(task).first)
        let sealed = try #require(process.host.registry[task]?.backend.hpkeConfigList().configs.first)
            .seal([7], label: .inputShare(recipient: .leader), associatedData: [1])
        #expect(try await process.rotateKey(task))
        var keys = try await process.keys(task)
        let new = try #require(keys.first?.id)
        #expect(keys.map(\.state) == ["pending", "active"] && new != old)
        let receiver = try process.receiver()
        // Sealed to it by whoever heard of it early.
        #expect(process.offered(task) == [old] && receiver.takesUploads(configID: new))

        clock.pass(59)
        #expect(process.offered(task) == [old])
        clock.pass(1)
        #expect(process.offered(task) == [new] && receiver.takesUploads(configID: old))
        #expect(try await process.keys(task).map(\.state) == ["active", "expired"])

        clock.pass(86_399)
        #expect(process.offered(task) == [new] && receiver.takesUploads(configID: old))
        clock.pass(1)
        // What is stored is opened, and nothing new is taken.
        #expect(process.offered(task) == [new] && !receiver.takesUploads(configID: old))
        #expect(try receiver.open(sealed, label: .inputShare(recipient: .leader), associatedData: [1]) == [7])
        #expect(try await process.keys(task).map(\.state) == ["active", "closed"])
        #expect(try await !process.tasks.keepSchedule())

        clock.pass(RotationPolicy.slack)
        // A look at what is stored, and then it goes.
        #expect(try await process.tasks.keepSchedule())
        #expect(receiver.recognizes(configID: old))
        #expect(try await process.tasks.keepSchedule())
        #expect(!receiver.recognizes(configID: old))
        keys = try await process.keys(task)
        #expect(keys.map(\.id) == [new])
        let kept = try #require(try MemoryDatastore(disk).keptTasks(only: task).first)
        #expect(kept.secrets.filter { $0.kind == .hpkeKey }.map(\.label.first) == [new])
        try await process.end()
    }

    /// Reports that wait need it, be they another task's: clients seal to the key of any.
    @Test func aKeyStaysWhileAReportMayNeedIt() async throws {
        let process = try process(keep: 86_400)
        _ = try await process.tasks.add(registration.encoded())
        let other = try RotatingProcess.files().registration(of: .leader)
        _ = try await process.tasks.add(other.encoded())
        let old = try #require(process.offered(task).first)
        let beside = MemoryDatastore(disk, isShared: true)
        let store = try beside.open(
            other.taskID, configurationDigest: other.configuration.storeDigest, uploads: .byTime)
        func upload(_ number: UInt8) async throws {
            let id = try #require(ReportID(bytes: [UInt8](repeating: number, count: 16)))
            _ = try await store.write("upload", .uploads) {
                try $0.insertReports([NewUpload(id, time: UInt64(number), body: [number])], in: .byTime)
            }
        }
        try await upload(1)
        try await process.rotateKey(task)
        clock.pass(60 + 86_400 + RotationPolicy.slack)
        for _ in 0..<3 { _ = try await process.tasks.keepSchedule() }
        #expect(try process.receiver().recognizes(configID: old))
        // One that came since was sealed to another key.
        try await upload(2)
        try await store.write("erase") { try $0.eraseBodies(rows: 0...Int64.max, in: 1..<2) }
        clock.pass(OperatedTasks.pauseOfLooks)
        #expect(try await process.tasks.keepSchedule())
        #expect(try !process.receiver().recognizes(configID: old))
        try await process.end()
    }

    /// Of many tasks whose keys were replaced at once all are looked at with one question, and not every few seconds.
    @Test func manyKeysAreOneQuestion() async throws {
        let counter = LookCounter()
        let process = try RotatingProcess(disk, clock: clock, keep: 86_400, looks: counter)
        let registrations = try (0..<8).map { _ in try RotatingProcess.files().registration(of: .leader) }
        for registration in registrations { _ = try await process.tasks.add(registration.encoded()) }
        let store = try MemoryDatastore(disk, isShared: true).open(
            registrations[0].taskID, configurationDigest: registrations[0].configuration.storeDigest, uploads: .byTime)
        let id = try #require(ReportID(bytes: [UInt8](repeating: 1, count: 16)))
        _ = try await store.write("upload", .uploads) {
            try $0.insertReports([NewUpload(id, time: 1, body: [1])], in: .byTime)
        }
        for registration in registrations { try await process.rotateKey(registration.taskID) }
        clock.pass(60 + 86_400 + RotationPolicy.slack)
        for _ in 0..<5 { _ = try await process.tasks.keepSchedule() }
        #expect(counter.questions == 1)
        clock.pass(OperatedTasks.pauseOfLooks)
        for _ in 0..<5 { _ = try await process.tasks.keepSchedule() }
        #expect(counter.questions == 2)
        try await process.end()
    }

    /// A Helper does not know what waits at the Leader.
    @Test func aHelperKeepsKeysUntilItIsTold() async throws {
        let disk = RotatingProcess.disk(.helper)
        let process = try RotatingProcess(disk, clock: clock)
        let helpers = try RotatingProcess.files().registration(of: .helper)
        _ = try await process.tasks.add(helpers.encoded())
        try await process.rotateKey(helpers.taskID)
        clock.pass(1_000 * 86_400)
        #expect(try await !process.tasks.keepSchedule())
        #expect(try await process.keys(helpers.taskID).map(\.state) == ["active", "expired"])
        try await process.end()
    }

    /// Asked twice, by two operators at once, of two processes: one key comes of it.
    @Test func askedAgainItIsDone() async throws {
        let (one, other) = (try process(isShared: true), try process(isShared: true))
        _ = try await one.tasks.add(registration.encoded())
        try await other.tasks.lookAtOthers()
        let old = try #require(one.offered(task).first)
        let request = KeyRotationRequest(replaces: old)
        let task = task
        async let first = one.rotateKey(task, request)
        async let second = other.rotateKey(task, request)
        #expect(try await [first, second].count { $0 } == 1)
        #expect(try await !one.rotateKey(task))
        let (keys, others) = (try await one.keys(task), try await other.keys(task))
        #expect(keys.count == 2 && keys.map(\.id) == others.map(\.id))
        // Long after, the same request sent once more.
        clock.pass(10_000)
        #expect(try await !other.rotateKey(task, request))
        #expect(await conflict { try await one.rotateKey(task, KeyRotationRequest(replaces: keys[0].id ^ old ^ 1)) })
        // A further one takes the second one's place.
        #expect(try await one.rotateKey(task, KeyRotationRequest(replaces: keys[0].id)))
        #expect(try await one.keys(task).map(\.state) == ["pending", "active", "expired"])
        try await one.end()
        try await other.end()
    }

    /// Of several keys that came with a task the first is the newest one: an operator's command names it, and it is replaced.
    @Test func theFirstOfSeveralKeysIsTheNewest() async throws {
        let process = try process(keep: 86_400)
        let keys = [HpkeKeyPair.generate(id: 1), .generate(id: 2)]
        let several = try TaskRegistration(
            role: .leader, taskID: task, configuration: registration.configuration,
            walkCodePoints: registration.walkCodePoints, clockSkew: registration.clockSkew,
            collectorHpkeConfig: registration.collectorHpkeConfig, verifyKeys: registration.verifyKeys, hpkeKeys: keys,
            aggregatorToken: nil, leaderTokenDigest: nil, collectorTokenDigest: registration.collectorTokenDigest,
            uploadTokens: [], reportExpiry: nil)
        _ = try await process.tasks.add(several.encoded())
        #expect(process.offered(task) == [1, 2])
        #expect(try await process.rotateKey(task, KeyRotationRequest(replaces: try await process.keys(task).first?.id)))
        clock.pass(60)
        #expect(process.offered(task).count == 1 && process.offered(task) != [1])
        clock.pass(86_400 + RotationPolicy.slack)
        for _ in 0..<2 { _ = try await process.tasks.keepSchedule() }
        #expect(try await process.keys(task).map(\.state) == ["active"])
        try await process.end()
    }

    /// Of several processes exactly one follows the schedule.
    @Test func oneProcessFollowsTheSchedule() async throws {
        let processes = try (0..<3).map { _ in try process(isShared: true, period: 1000) }
        _ = try await processes[0].tasks.add(registration.encoded())
        for process in processes { try await process.tasks.lookAtOthers() }
        for process in processes { #expect(try await !process.tasks.keepSchedule()) }
        // A pending time before the period is over.
        clock.pass(940)
        let changed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for process in processes { group.addTask { try await process.tasks.keepSchedule() } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(changed == 1)
        for process in processes {
            try await process.tasks.lookAtOthers()
            #expect(try await !process.tasks.keepSchedule())
            #expect(try await process.keys(task).count == 2)
        }
        clock.pass(60)
        let offered = processes.map { $0.offered(task) }
        #expect(Set(offered).count == 1 && offered[0].count == 1)
        for process in processes { try await process.end() }
    }

    /// One that was not there while a key was pending, and one whose clock is ahead.
    @Test func othersAreNotSurprised() async throws {
        let ahead = SetClock(clock.now + 7200)
        let (one, fast) = (try process(isShared: true), try process(ahead, isShared: true, settling: .seconds(3600)))
        _ = try await one.tasks.add(registration.encoded())
        try await fast.tasks.lookAtOthers()
        let old = try #require(one.offered(task).first)
        let late = try process(isShared: true)
        try await one.rotateKey(task)
        try await fast.tasks.lookAtOthers()
        let new = try #require(try await one.keys(task).first?.id)
        // By its clock the time has come: it waits all the same until the others know.
        #expect(fast.offered(task) == [old])
        // Two seconds have passed with that answer: it has not looked since, and does before it says no.
        try await Task.sleep(for: .milliseconds(500))
        let receiver = try late.receiver()
        #expect(await receiver.isCurrent() && receiver.recognizes(configID: new))
        clock.pass(60)
        #expect(one.offered(task) == [new] && late.offered(task) == [new])
        try await one.end()
        try await fast.end()
        try await late.end()
    }

    /// What was begun goes on after a restart, whenever that is.
    @Test func aRestartChangesNothing() async throws {
        var process = try process()
        let added = try await process.tasks.add(registration.encoded()).0
        let old = try #require(process.offered(task).first)
        try await process.rotateKey(task)
        let new = try #require(try await process.keys(task).first?.id)
        for (passed, offered) in [(0, old), (59, old), (1, new), (100, new)] as [(UInt64, UInt8)] {
            clock.pass(passed)
            try await process.end()
            process = try self.process()
            #expect(process.offered(task) == [offered])
            #expect(try process.receiver().takesUploads(configID: old))
        }
        // The registration is still known for the same task.
        let again = try await process.tasks.add(registration.encoded())
        #expect(!again.isNew && again.0.task == added.task)
        try await process.end()
    }

    @Test func aTaskOfAFileIsRefusedInWords() async throws {
        let process = try process()
        let task = try registration.completed(besides: [])
        try disk.create(task.taskID, configurationDigest: task.configuration.storeDigest)
        try process.host.add(task, from: .file)
        do {
            try await process.rotateKey(task.taskID)
            Issue.record("a key of a file was replaced")
        } catch TaskDeskError.conflict(let reason) {
            #expect(reason.contains("change the file"))
        }
        #expect(try await process.tasks.show(task.taskID).keys == nil)
        try await process.end()
    }
}
