import Aggregator
import AggregatorHost
import AggregatorServer
import Crypto
import Foundation
import Logging
import PopulusDAP
import PopulusTaskFiles
import StoreMemory
import Synchronization
import Testing

/// Tasks that an operator adds and ends while a process runs: durable, told apart, and with no secret in any answer.
@Suite struct OperatedTasksTests {
    /// Why no store can be opened for now.
    private final class StoreTrouble: Sendable {
        let reason = Mutex<StoreError?>(nil)
    }

    /// How often something was seen that must not be.
    private final class Sampler: Sendable {
        let gaps = Mutex(0)
        let isOver = Mutex(false)
    }

    /// One process of a role, on a disk that outlives it.
    private final class Process: Sendable {
        let host: TaskHost
        let tasks: OperatedTasks
        private let datastore: MemoryDatastore
        private let resources: ProcessResources

        init(
            _ disk: MemoryDisk, isShared: Bool = false, trouble: StoreTrouble = StoreTrouble(),
            retrying pause: Duration? = nil
        ) throws {
            var settings = AggregatorSettings()
            if let pause { settings.longestRetryPause = pause }
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let datastore = MemoryDatastore(disk, isShared: isShared)
            resources = ProcessResources(logger: logger)
            host = TaskHost(role: disk.role, settings: settings, resources: resources) { task in
                if let reason = trouble.reason.withLock({ $0 }) { throw reason }
                return try datastore.open(task)
            }
            tasks = OperatedTasks(host, in: datastore, datastore.replica, logger: logger)
            self.datastore = datastore
            try tasks.takeUp()
        }

        /// Has every task's own work fail.
        func loseStore() throws { try datastore.close() }

        func end() async throws {
            await resources.shutdown()
            try datastore.close()
        }

        var listed: [TaskEntry] { get async throws { try await tasks.list().tasks } }
    }

    private static func disk(_ role: Role) -> MemoryDisk {
        MemoryDisk(role: role, segmentsDirectory: NSTemporaryDirectory(), segmentsAreCache: true)
    }

    private static func files() throws -> TaskFileSet {
        try TaskFileSet(
            configuration: TaskConfiguration(
                taskInfo: Array("crashes".utf8), leaderEndpoint: Array("http://127.0.0.1:1/".utf8),
                helperEndpoint: Array("http://127.0.0.1:2/".utf8), timePrecision: TimePrecision(seconds: 60),
                minBatchSize: 10, batchMode: .timeInterval, vdaf: .prio3Count, extensions: []), encoding: nil,
            reportExpiry: 7200)
    }

    private func error(_ body: () async throws -> Void) async -> TaskDeskError? {
        do { try await body() } catch { return error as? TaskDeskError }
        return nil
    }

    @Test func aTaskIsAddedListedAndServedAfterARestart() async throws {
        let disk = Self.disk(.leader)
        var process = try Process(disk)
        #expect(try await process.listed == [])
        let files = try Self.files()
        let registration = try files.registration(of: .leader)
        let (details, isNew) = try await process.tasks.add(registration.encoded())
        #expect(isNew && details.task.state == .active && details.task.source == .store)
        #expect(details.task.taskID == files.taskID && details.task.name == "crashes")
        #expect(details.task.fingerprint == "\(registration.fingerprint)")
        #expect(process.host.registry[files.taskID] != nil)
        let configs = try #require(process.host.registry[files.taskID]).backend.hpkeConfigList()
        // The same again is the same task, with the key and the token that it has drawn.
        let again = try await process.tasks.add(registration.encoded())
        #expect(!again.isNew && again.0.aggregatorTokenDigest == details.aggregatorTokenDigest)
        try await process.end()
        process = try Process(disk)
        #expect(try await process.listed == [details.task])
        // What is kept is what was registered, how old a report may be as well.
        #expect(try await !process.tasks.add(registration.encoded()).isNew)
        #expect(try MemoryDatastore(disk).keptTasks(only: nil).first?.reportExpiry == 7200)
        #expect(process.host.registry[files.taskID]?.backend.hpkeConfigList() == configs)
        #expect(try await process.tasks.show(files.taskID).aggregatorTokenDigest == details.aggregatorTokenDigest)
        try await process.end()
    }

    /// The Leader draws what it shows the Helper, and tells the digest; no answer has a key or a token.
    @Test func eachAggregatorDrawsItsOwnSecrets() async throws {
        let (leaderDisk, helperDisk) = (Self.disk(.leader), Self.disk(.helper))
        let (leader, helper) = (try Process(leaderDisk), try Process(helperDisk))
        let files = try Self.files()
        let asked = try files.registration(of: .leader)
        #expect(asked.hpkeKeys.isEmpty && asked.aggregatorToken == nil)
        let made = try await leader.tasks.add(asked.encoded()).0
        let digest = try #require(made.aggregatorTokenDigest.flatMap { Base64URL.decode($0) })
        let forHelper = try files.registration(of: .helper).with(leaderTokenDigest: digest)
        let body = forHelper.encoded()
        let helped = try await helper.tasks.add(body).0
        #expect(helped.aggregatorTokenDigest == nil)

        let kept = try #require(try MemoryDatastore(leaderDisk).keptTasks(only: nil).first)
        let helpers = try #require(try MemoryDatastore(helperDisk).keptTasks(only: nil).first)
        let token = try #require(kept.secrets.first { $0.kind == .aggregatorToken }).bytes
        #expect(Array(SHA256.hash(data: token)) == digest)
        // A Helper knows its Leader again, and has nothing to show.
        #expect(helpers.secrets.first { $0.kind == .leaderToken }?.bytes == digest)
        #expect(!helpers.secrets.contains { $0.kind == .aggregatorToken || $0.kind == .collectorToken })
        let keys = [kept, helpers].map { task in task.secrets.filter { $0.kind == .hpkeKey }.map(\.bytes) }
        #expect(keys[0].count == 1 && keys[1].count == 1 && keys[0] != keys[1])

        let answers = [
            try JSONEncoder().encode(made), try JSONEncoder().encode(helped),
            try JSONEncoder().encode(try await leader.tasks.list()),
            try JSONEncoder().encode(try await leader.tasks.show(files.taskID)),
            try JSONEncoder().encode(try await helper.tasks.show(files.taskID)),
        ].map { String(decoding: $0, as: UTF8.self) }
        let sent = String(decoding: asked.encoded() + body, as: UTF8.self)
        for secret in (kept.secrets + helpers.secrets)
        where [.hpkeKey, .verifyKey, .aggregatorToken].contains(secret.kind) {
            let texts = [Base64URL.encode(secret.bytes), String(decoding: secret.bytes, as: UTF8.self)]
            for text in texts where !text.isEmpty {
                for answer in answers { #expect(!answer.contains(text), "\(secret.kind)") }
                // What an aggregator has drawn nobody has sent.
                if secret.kind != .verifyKey { #expect(!sent.contains(text), "\(secret.kind)") }
            }
        }
        try await leader.end()
        try await helper.end()
    }

    @Test func whatDoesNotGoTogetherIsRefused() async throws {
        let process = try Process(Self.disk(.leader))
        let files = try Self.files()
        let registration = try files.registration(of: .leader)
        _ = try await process.tasks.add(registration.encoded())
        // The same ID with another key of the Collector's.
        let other = try Self.files().registration(of: .leader)
        let changed = try TaskRegistration(
            role: .leader, taskID: files.taskID, configuration: registration.configuration,
            walkCodePoints: registration.walkCodePoints, clockSkew: registration.clockSkew,
            collectorHpkeConfig: other.collectorHpkeConfig, verifyKeys: registration.verifyKeys, hpkeKeys: [],
            aggregatorToken: nil, leaderTokenDigest: nil, collectorTokenDigest: registration.collectorTokenDigest,
            uploadTokens: [], reportExpiry: nil)
        let bodies: [([UInt8], isMalformed: Bool)] = [
            (changed.encoded(), false), (try files.registration(of: .helper).encoded(), false), ([], true),
            (Array("{}".utf8), true), (Array("[1]".utf8), true), (Array(registration.encoded().dropLast()), true),
        ]
        for (body, isMalformed) in bodies {
            switch await error({ _ = try await process.tasks.add(body) }) {
            case .malformed: #expect(isMalformed)
            case .conflict: #expect(!isMalformed)
            default: Issue.record("it was taken")
            }
        }
        #expect(await error { _ = try await process.tasks.show(.random()) } == .unknown)
        #expect(await error { _ = try await process.tasks.end(.random(), stopping: true) } == .unknown)
        #expect(try await process.listed.count == 1)
        try await process.end()
    }

    /// What is told is in words for people, and names what is to be mended.
    @Test func aRefusalSaysWhatIsWrong() async throws {
        let process = try Process(Self.disk(.leader))
        let registration = try Self.files().registration(of: .leader)
        func refusal(_ change: (inout [String: Any]) throws -> Void) async throws -> TaskDeskError? {
            var object = try #require(
                try JSONSerialization.jsonObject(with: Data(registration.encoded())) as? [String: Any])
            try change(&object)
            let body = Array(try JSONSerialization.data(withJSONObject: object))
            return await error { _ = try await process.tasks.add(body) }
        }
        let unread = "this registration cannot be used: it has \"upload_token\", which nothing here reads"
        #expect(try await refusal { $0["upload_token"] = [] as [Any] } == .malformed(unread))
        // What only serving it shows: the aggregators of a task verify with keys of one length.
        let short = try await refusal { $0["verify_keys"] = [["id": 0, "key": "AAAA"]] }
        guard case .malformed(let words) = short else {
            Issue.record("it was taken: \(String(describing: short))")
            return
        }
        #expect(words.hasPrefix("this task cannot be served: ") && !words.contains("problem("), "\(words)")
        #expect(!words.contains("ProblemType") && !words.contains("task file"), "\(words)")
        _ = try await process.tasks.add(registration.encoded())
        let digest = Base64URL.encode(Array(repeating: 7, count: 32))
        let differs = try await refusal { ($0["clock_skew"], $0["collector_token_sha256"]) = (61, digest) }
        let said = "a task of this ID is here, and has another clock_skew, collector_token_sha256"
        #expect(differs == .conflict(said))
        try await process.end()
    }

    @Test func anEndIsListedAndStays() async throws {
        let disk = Self.disk(.helper)
        var process = try Process(disk)
        let registration = try Self.files().registration(of: .helper)
        _ = try await process.tasks.add(registration.encoded())
        let task = registration.taskID
        var ended = try await process.tasks.end(task, stopping: false).task
        #expect(ended.state == .closing && ended.closed != nil && ended.stopped == nil)
        ended = try await process.tasks.end(task, stopping: true).task
        #expect(ended.state == .ended && ended.stopped != nil)
        #expect(try await process.tasks.end(task, stopping: false).task == ended)
        try await process.end()
        process = try Process(disk, isShared: true)
        #expect(try await process.listed == [ended])
        // It is not begun anew, and nobody is told that it is served: not by this process, nor by another one.
        let other = try Process(disk, isShared: true)
        for process in [process, other] {
            guard case .conflict = await error({ _ = try await process.tasks.add(registration.encoded()) }) else {
                Issue.record("a task that has ended was added")
                continue
            }
            #expect(try await process.listed == [ended])
        }
        try await process.end()
        try await other.end()
    }

    /// A task of a file that has ended is not added again, whoever asks.
    @Test func aTaskThatHasEndedIsNotAddedAgain() async throws {
        let disk = Self.disk(.leader)
        let registration = try Self.files().registration(of: .leader).completed(besides: [])
        var process = try Process(disk)
        try disk.create(registration.taskID, configurationDigest: registration.configuration.storeDigest)
        try process.host.add(registration, from: .file)
        #expect(try await process.listed.map(\.source) == [.file])
        if case .conflict = await error({ _ = try await process.tasks.add(registration.encoded()) }) {
        } else {
            Issue.record("a task of a file was added")
        }
        _ = try await process.tasks.end(registration.taskID, stopping: true)
        try await process.end()
        process = try Process(disk)
        #expect(try await process.listed == [])
        if case .conflict = await error({ _ = try await process.tasks.add(registration.encoded()) }) {
        } else {
            Issue.record("a task that has ended was added")
        }
        try await process.end()
    }

    /// A task that was served from a file goes on with its store, once no server has it from there.
    @Test func aTaskOfAFileCanBeKept() async throws {
        let disk = Self.disk(.leader)
        let registration = try Self.files().registration(of: .leader).completed(besides: [])
        try disk.create(registration.taskID, configurationDigest: registration.configuration.storeDigest)
        let process = try Process(disk)
        let (details, isNew) = try await process.tasks.add(registration.encoded())
        #expect(isNew && details.task.source == .store)
        try await process.end()
    }

    /// Two processes on one store: what one adds or ends the other serves, and lists.
    @Test func othersTakeItUp() async throws {
        let disk = Self.disk(.helper)
        let (one, other) = (try Process(disk, isShared: true), try Process(disk, isShared: true))
        let registration = try Self.files().registration(of: .helper)
        let details = try await one.tasks.add(registration.encoded()).0
        // The same asked of the other one meanwhile is no other task.
        let (again, isNew) = try await other.tasks.add(registration.encoded())
        #expect(!isNew && again.task == details.task)
        let next = try Self.files().registration(of: .helper)
        _ = try await one.tasks.add(next.encoded())
        try await other.tasks.lookAtOthers()
        #expect(other.host.registry[next.taskID] != nil)
        _ = try await one.tasks.end(next.taskID, stopping: true)
        try await other.tasks.lookAtOthers()
        #expect(try await other.listed == (try await one.listed))
        try await one.end()
        try await other.end()
    }

    /// What keeps a store from being opened may pass: then the task is served, without a restart.
    @Test func whatCouldNotBeServedIsTriedAgain() async throws {
        let (disk, trouble) = (Self.disk(.helper), StoreTrouble())
        let (one, other) = (try Process(disk, isShared: true), try Process(disk, isShared: true, trouble: trouble))
        let registration = try Self.files().registration(of: .helper)
        trouble.reason.withLock { $0 = .database("a lock") }
        let details = try await one.tasks.add(registration.encoded()).0
        try await other.tasks.lookAtOthers()
        #expect(try await other.listed.map(\.state) == [.unserved])
        // Who asks for it again hears that it is not served.
        #expect(try await other.tasks.add(registration.encoded()).0.task.state == .unserved)
        await other.tasks.tryAgain()
        #expect(try await other.listed.first?.reason?.contains("a lock") == true)
        trouble.reason.withLock { $0 = nil }
        await other.tasks.tryAgain()
        #expect(try await other.listed == [details.task])
        #expect(other.host.registry[registration.taskID]?.refusal == nil)
        try await one.end()
        try await other.end()
    }

    /// Work that fails in turns is failing all the time: nothing says that it goes well while it is merely tried again.
    @Test func whatIsTriedAgainFailsStill() async throws {
        let process = try Process(Self.disk(.helper), retrying: .milliseconds(250))
        let registration = try Self.files().registration(of: .helper)
        _ = try await process.tasks.add(registration.encoded())
        try process.loseStore()
        let host = process.host
        let work = Task { try await host.run() }
        // The troubles of the process have it, which are counted in its metrics.
        func failures() -> UInt64 { host.troubles.counts.values.max() ?? 0 }
        while failures() == 0 { await Task.yield() }
        while !host.registry.failing.contains(registration.taskID) { await Task.yield() }
        // On a thread of its own: a gap is short.
        let sampler = Sampler()
        Thread.detachNewThread {
            while !sampler.isOver.withLock({ $0 }) {
                if !host.registry.failing.contains(registration.taskID) { sampler.gaps.withLock { $0 += 1 } }
            }
        }
        while failures() < 6 { await Task.yield() }
        sampler.isOver.withLock { $0 = true }
        #expect(sampler.gaps.withLock { $0 } == 0)
        work.cancel()
        _ = await work.result
        try await process.end()
    }

    /// A task of which something does not decode is listed with the reason, and its place is kept: "no such task" would end the
    /// other side's work on it.
    @Test func aTaskThatDoesNotDecodeIsListed() async throws {
        let disk = Self.disk(.leader)
        let registration = try Self.files().registration(of: .leader).completed(besides: [])
        let kept = KeptTask(
            id: registration.taskID, configuration: registration.configuration.encoded(),
            configurationDigest: registration.configuration.storeDigest, codePoints: registration.walkCodePoints,
            clockSkew: registration.clockSkew, collectorConfig: registration.collectorHpkeConfig.encoded(), added: 7,
            secrets: [TaskSecret(.hpkeKey, label: registration.hpkeKeys[0].config.encoded(), bytes: [0])],
            reportExpiry: nil)
        try MemoryDatastore(disk).keep(kept)
        let process = try Process(disk)
        let listed = try #require(try await process.listed.first)
        #expect(listed.taskID == kept.id && listed.state == .unserved && listed.added == 7 && listed.source == .store)
        #expect(listed.reason?.contains("does not decode") == true)
        #expect(try await process.tasks.show(kept.id).task == listed)
        let served = try #require(process.host.registry[kept.id])
        #expect(served.refusal != nil && served.base == "/")
        guard case .unavailable = await error({ _ = try await process.tasks.end(kept.id, stopping: true) }) else {
            Issue.record("it was ended")
            return
        }
        try await process.end()
    }

    /// Nobody seals to the key of a task that has ended, nor is its Helper missed.
    @Test func aTaskThatHasEndedIsNotOfferedNorItsHelperMissed() async throws {
        let disk = Self.disk(.leader)
        var process = try Process(disk)
        let tasks = try (0..<2).map { _ in try Self.files().registration(of: .leader) }
        for task in tasks { _ = try await process.tasks.add(task.encoded()) }
        let lists = tasks.map { process.host.registry[$0.taskID]?.backend.hpkeConfigList() }
        #expect(process.host.registry.hpkeConfigList(base: "/").configs.count == 2)
        _ = try await process.tasks.end(tasks[0].taskID, stopping: true)
        for isRestarted in [false, true] {
            if isRestarted {
                try await process.end()
                process = try Process(disk)
            }
            let registry = process.host.registry
            #expect(registry.hpkeConfigList(base: "/") == lists[1], "\(isRestarted)")
            let watches = tasks.map { registry[$0.taskID]?.backend.watch }
            for watch in watches { watch?.looked("connection refused") }
            #expect(watches.map { $0?.status.state } == [.unknown, .fault], "\(isRestarted)")
            #expect(watches.map { $0?.isOver } == [true, false], "\(isRestarted)")
        }
        // Where there is no other it is better than none: what it seals is refused at the door.
        _ = try await process.tasks.end(tasks[1].taskID, stopping: false)
        #expect(process.host.registry.hpkeConfigList(base: "/").configs.count == 2)
        try await process.end()
    }
}
