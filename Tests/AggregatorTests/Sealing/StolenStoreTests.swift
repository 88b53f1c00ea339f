import Aggregator
import Foundation
import PopulusDAP
import PopulusVDAF
import StoreSQLite
import Synchronization
import Testing

/// A stolen store without its seal key shows no share, no key and no token; the same search finds them in one that is not sealed.
@Suite struct StolenStoreTests {
    static func keys(_ byte: UInt8 = 1) throws -> SealKeys {
        let key = try #require(SealKey([UInt8](repeating: byte, count: 32)))
        return try #require(SealKeys([key]))
    }

    /// Files with a store for each role that keep the task's secrets too, as where it was added while a server ran.
    private static func stores(in folder: String, _ task: TestTask, _ keys: SealKeys?) -> TestStore.Opening {
        let secrets = Self.secrets(of: task)
        return { aggregator in
            let path = folder + "/\(aggregator.role).sqlite"
            let isNew = !FileManager.default.fileExists(atPath: path)
            if isNew { _ = try SQLiteDatastore.create(path: path, role: aggregator.role, sealKeys: keys) }
            let datastore = try SQLiteDatastore(path: path, role: aggregator.role, sealKeys: keys)
            if isNew { try Self.keep(aggregator, secrets, in: datastore) }
            guard try datastore.keptTasks(only: nil).first?.secrets == secrets else {
                throw StoreError.damaged("the kept secrets")
            }
            return try TestStore(alone: datastore, aggregator)
        }
    }

    static func secrets(of task: TestTask) -> [TaskSecret] {
        [
            TaskSecret(.hpkeKey, label: task.leaderKey.config.encoded(), bytes: task.leaderKey.privateKeyBytes),
            TaskSecret(.hpkeKey, label: task.helperKey.config.encoded(), bytes: task.helperKey.privateKeyBytes),
            TaskSecret(.verifyKey, label: [7], bytes: task.verifyKey),
            TaskSecret(.aggregatorToken, bytes: Array("a token that a Leader shows".utf8)),
            TaskSecret(.collectorToken, bytes: [UInt8](repeating: 0x5a, count: 32)),
        ]
    }

    /// Keeps a task that gets some of its secrets by a change, as by a rotation: one goes, two come.
    static func keep(_ task: AggregatorTask, _ secrets: [TaskSecret], in datastore: any Datastore) throws {
        let old = TaskSecret(.verifyKey, label: [6], bytes: [UInt8](repeating: 6, count: 32))
        try datastore.keep(kept(task, [old] + secrets.dropLast(2)))
        _ = try datastore.changeSecrets(of: task.id) { $0.filter { $0 != old } + secrets.suffix(2) }
    }

    private static func kept(_ task: AggregatorTask, _ secrets: [TaskSecret]) -> KeptTask {
        KeptTask(
            id: task.id, configuration: task.configuration.encoded(), configurationDigest: task.configurationDigest,
            codePoints: .provisional, clockSkew: 60, collectorConfig: [1, 2, 3], added: 1_700_000_000, secrets: secrets,
            reportExpiry: nil)
    }

    static func taskSecrets(_ task: TestTask) -> Secrets {
        var found = Secrets()
        for secret in secrets(of: task) { found.add(secret.kind.rawValue, secret.bytes) }
        return found
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "populus-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    // MARK: A walk

    /// A walk that is half done, and the secrets that are then known.
    static func walk(_ simulation: Simulation) async throws -> Secrets {
        var secrets = Secrets()
        let values = WholeWalkTests.values
        let reports = try values.map { value in
            try simulation.factory.report(value) { _, shares in
                for share in shares.map({ $0.encode() }) {
                    secrets.add("IDPF key", Array(share[..<16]))
                    secrets.add("seed", Array(share[16..<48]))
                    secrets.add("leaf's shares", Array(share.suffix(64)))
                }
            }
        }
        try await simulation.upload(reports)
        let walk = WalkID.random()
        let first = try simulation.level3()
        _ = try await simulation.collect(walk, 0, first)
        let next = try Poplar1AggregationParameter(
            level: 7,
            prefixes: [0x12, 0xAB].map { value in
                Prefix(bits: (0..<8).map { value >> (7 - $0) & 1 == 1 })
            })
        let result = try await simulation.collect(walk, 1, next)
        #expect(result.counts == [6, 14])
        for store in [simulation.leaderStore, simulation.helperStore] {
            secrets.add("noise key", store.noiseKey)
            for job in try await store.read("test", { try $0.shards(walk) }) { secrets.add("sum", job.sum) }
        }
        return secrets
    }

    @Test(arguments: [false, true]) func ofAWalk(isSealed: Bool) async throws {
        try await Self.withFolder { folder in
            let task = try TestTask()
            let simulation = try Simulation(
                task, stores: Self.stores(in: folder, task, isSealed ? try Self.keys() : nil))
            var secrets = Self.taskSecrets(task)
            secrets.add(try await Self.walk(simulation))
            #expect(secrets.names.count == 9, "\(secrets.names)")
            // While both run: databases, their logs and indexes, uploads, segments.
            let running = try Thief(robbing: folder)
            #expect(secrets.found(by: running) == (isSealed ? [] : secrets.names))
            // After a restart from what is sealed the walk goes on.
            try await simulation.restartLeader()
            try simulation.stopHelper()
            try simulation.startHelper()
            try await simulation.upload(WholeWalkTests.values)
            #expect(
                try await simulation.walk(WholeWalkTests.values, threshold: 5)
                    == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])
            try await simulation.stopLeader()
            try simulation.stopHelper()
            let ended = try Thief(robbing: folder)
            #expect(running.count > 100 && ended.count > 100)
            if isSealed { #expect(secrets.found(by: ended) == []) }
        }
    }

    // MARK: A batch

    @Test(arguments: [false, true]) func ofABatch(isSealed: Bool) async throws {
        try await Self.withFolder { folder in
            let sample = Sample.prio3[2]
            let task = try TestTask(sample.vdaf, batchMode: .timeInterval)
            let keys = isSealed ? try Self.keys() : nil
            let simulation = try BatchSimulation(task, stores: Self.stores(in: folder, task, keys))
            var opened = Secrets()
            let reports = try sample.measurements.map { measurement in
                try simulation.report(measurement) { _, shares in for share in shares { opened.add("share", share) } }
            }
            #expect(try await simulation.upload(reports) == [])
            try await simulation.settled()
            var secrets = Self.taskSecrets(task)
            let all = BatchBucketKey(Time(units: 0))...BatchBucketKey(Time(units: .max))
            for store in [simulation.leaderStore, simulation.helperStore] {
                secrets.add("noise key", store.noiseKey)
                let shares = try await store.read("test") { transaction in
                    var shares: [[UInt8]] = []
                    try transaction.forEachBucket(all) { shares.append($0.share) }
                    return shares
                }
                for share in shares { secrets.add("aggregate share", share) }
            }
            #expect(secrets.names.contains("aggregate share"))
            let running = try Thief(robbing: folder)
            #expect(secrets.found(by: running) == (isSealed ? [] : secrets.names))
            // Nobody has these but in memory.
            #expect(opened.found(by: running) == [])
            #expect(try await simulation.collect().value == sample.result)
            try await simulation.stop()
            let ended = try Thief(robbing: folder)
            if isSealed { #expect(secrets.found(by: ended) == []) }
        }
    }

    // MARK: Keys

    /// Without the key, or with another one, a sealed store is refused as it is; with a key a plain one is.
    @Test func isRefusedWithoutItsKey() async throws {
        try await Self.withFolder { folder in
            let path = folder + "/leader.sqlite"
            let (key, other) = (try Self.keys(), try Self.keys(2))
            _ = try SQLiteDatastore.create(path: path, role: .leader, sealKeys: key)
            let before = try Data(contentsOf: URL(filePath: path))
            #expect(throws: StoreError.seal(.locked(key: key.first.id, given: []))) {
                try SQLiteDatastore(path: path, role: .leader)
            }
            #expect(throws: StoreError.seal(.locked(key: key.first.id, given: [other.first.id]))) {
                try SQLiteDatastore(path: path, role: .leader, sealKeys: other)
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
            let both = try #require(SealKeys([other.first, key.first]))
            try SQLiteDatastore(path: path, role: .leader, sealKeys: both).close()
            // The first of them takes over, and the old one opens it no more.
            let done = try SQLiteDatastore.reseal(path: path, role: .leader, with: both)
            #expect(done == (key.first.id, other.first.id))
            #expect(throws: StoreError.seal(.locked(key: other.first.id, given: [key.first.id]))) {
                try SQLiteDatastore(path: path, role: .leader, sealKeys: key)
            }
            try SQLiteDatastore(path: path, role: .leader, sealKeys: other).close()
            let plain = folder + "/helper.sqlite"
            _ = try SQLiteDatastore.create(path: plain, role: .helper)
            #expect(throws: StoreError.seal(.unsealed)) {
                try SQLiteDatastore(path: plain, role: .helper, sealKeys: key)
            }
            try SQLiteDatastore(path: plain, role: .helper).close()
        }
    }

    /// A store with a walk under way is sealed where it is: nothing of before is found, the walk goes on, noise stays the same.
    @Test func isSealedLater() async throws {
        try await Self.withFolder { folder in
            let task = try TestTask()
            let current = Mutex<SealKeys?>(nil)
            let keys = try Self.keys()
            let simulation = try Simulation(
                task, stores: { try Self.stores(in: folder, task, current.withLock { $0 })($0) })
            var secrets = Self.taskSecrets(task)
            secrets.add(try await Self.walk(simulation))
            let noise = [simulation.leaderStore.noiseKey, simulation.helperStore.noiseKey]
            try await simulation.stopLeader()
            try simulation.stopHelper()
            #expect(secrets.found(by: try Thief(robbing: folder)) == secrets.names)
            for role in [Role.leader, .helper] {
                let path = folder + "/\(role).sqlite"
                #expect(try SQLiteDatastore.seal(path: path, role: role, with: keys) == keys.first.id)
                #expect(throws: StoreError.seal(.sealed(key: keys.first.id))) {
                    try SQLiteDatastore.seal(path: path, role: role, with: keys)
                }
            }
            let thief = try Thief(robbing: folder)
            #expect(thief.count > 100 && secrets.found(by: thief) == [])
            current.withLock { $0 = keys }
            try simulation.startLeader()
            try simulation.startHelper()
            #expect([simulation.leaderStore.noiseKey, simulation.helperStore.noiseKey] == noise)
            // The next walk's shares are sealed from the beginning.
            let later = try await Self.walk(simulation)
            #expect(later.found(by: try Thief(robbing: folder)) == [])
            try await simulation.upload(WholeWalkTests.values)
            #expect(
                try await simulation.walk(WholeWalkTests.values, threshold: 5)
                    == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])
        }
    }
}
