import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// What the Collector is told of rejected reports: by reason and party, each report once, and not before the end.
@Suite struct RejectionTests {
    static let honest = WholeWalkTests.values
    private static let value = 0xABCD

    /// One that does not open here, one that does not there, and one that fails at the first step and at each later one.
    static func forged(_ factory: ReportFactory) throws -> [Report] {
        func lost(_ level: Int) -> UInt8 { factory.path(value).bit(level) ? 1 : 2 }
        return [
            try factory.report(value, truncating: [.leader]), try factory.report(value, truncating: [.helper]),
            try factory.report(value, sealedFor: try TestTask()),
            try factory.report(value) { _, inputs in inputs[0].correlatedInner[6] += .one },
            try factory.report(value) { share, _ in share.controlBits[7] ^= lost(7) },
            try factory.report(value) { share, _ in share.inner[11].authenticator += .one },
            try factory.report(value) { share, _ in share.leaf.authenticator += .one },
        ]
    }

    /// Which of them count like any other as far as a level.
    static func counted(_ level: Int) -> [Int] {
        [Int](repeating: value, count: level < 7 ? 3 : level < 11 ? 2 : level < 15 ? 1 : 0)
    }

    static let told = [
        RejectedReports(party: .leader, reason: .hpkeDecryptError, count: 1),
        // One at each of four steps.
        RejectedReports(party: .leader, reason: .vdafVerifyError, count: 4),
        RejectedReports(party: .leader, reason: .invalidMessage, count: 1),
        RejectedReports(party: .helper, reason: .invalidMessage, count: 1),
    ]

    static func task() throws -> TestTask {
        var bounds = TestTask.Bounds()
        bounds.maxLateRejectionsPPM = 300_000
        return try TestTask(bounds: bounds)
    }

    @Test func ofAWalkOnceItHasEnded() async throws {
        let simulation = try Simulation(try Self.task())
        try await simulation.upload(Self.honest)
        try await simulation.upload(try Self.forged(simulation.factory))
        try await simulation.walk(
            Self.honest, threshold: 5, alsoAtLevel: Self.counted,
            beforeStep: { step in
                guard step > 0 else { return }
                // Each step so far has rejected some, and is released.
                let told = try await simulation.rejections()
                #expect(told == nil)
            })
        #expect(try await simulation.rejections() == Self.told)
        // All reports of the batch are accepted at the leaf or among them.
        #expect(Self.told.reduce(0) { $0 + $1.count } == 7)
        await #expect(throws: AggregatorError.notFound) { try await simulation.leader.rejections(of: .random()) }
    }

    /// Every answer is lost once, and the Leader starts anew before each step.
    @Test func eachReportOnceWhateverIsSentAgain() async throws {
        let simulation = try Simulation(try Self.task(), shardReports: 4)
        try await simulation.upload(Self.honest)
        try await simulation.upload(try Self.forged(simulation.factory))
        let seen = Mutex<Set<[UInt8]>>([])
        simulation.peer.set { hooks in
            hooks.onRequest = { _, body in seen.withLock { $0.insert(body).inserted } ? .loseAnswer : .none }
        }
        try await simulation.walk(
            Self.honest, threshold: 5, alsoAtLevel: Self.counted,
            beforeStep: { _ in try await simulation.restartLeader() })
        try await simulation.restartLeader()
        #expect(try await simulation.rejections() == Self.told)
    }

    /// Of several processes each counts what its shards have rejected.
    @Test(arguments: ReplicaKind.allCases) func ofAllProcesses(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try Self.task(), shardReports: 3)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(Self.honest)
        try await simulation.upload(try Self.forged(simulation.factory))
        try await simulation.walk(Self.honest, threshold: 5, alsoAtLevel: Self.counted)
        let store = try replicas.leader("l1").store
        let id = try await store.read("test") { try $0.onlyJob() }
        let body = try await replicas.leader("l2").aggregator.rejections(of: try #require(id))
        #expect(try CollectionJobRejections(decoding: body).rejected == Self.told)
        try await replicas.stop()
    }

    /// A walk that is given up has ended too; nobody has a result of it, and nothing grows any more.
    @Test func ofAWalkThatIsGivenUp() async throws {
        let simulation = try Simulation(try Self.task())
        try await simulation.upload(Self.honest)
        try await simulation.upload(try Self.forged(simulation.factory))
        let request = simulation.request(.random(), 0, try simulation.level3())
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        _ = try await simulation.ready(id)
        #expect(try await simulation.rejections() == nil)
        try await simulation.leader.deleteCollectionJob(id: id)
        let first = RejectedReports(party: .leader, reason: .vdafVerifyError, count: 1)
        #expect(try await simulation.rejections() == [Self.told[0], first, Self.told[2], Self.told[3]])
    }

    /// A batch's are its own: what lies beside its interval has others.
    @Test func ofABatchByTime() async throws {
        let sample = Sample.count
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .timeInterval))
        let now = simulation.now
        for time in [now - 20, now - 10] {
            try await simulation.upload(sample.measurements, time: time)
            #expect(
                try await simulation.upload([
                    try simulation.report(sample.measurements[0], time: time) { _, shares in shares[0].removeLast() },
                    try simulation.report(sample.measurements[0], time: time) { _, shares in shares[1].removeLast() },
                ]) == [])
        }
        for offset in [-25, -12] as [Int64] {
            let id = try await simulation.create(simulation.interval(offset, 10))
            _ = try await simulation.ready(id)
            let body = try await simulation.leader.rejections(of: id)
            #expect(
                try CollectionJobRejections(decoding: body).rejected == [
                    RejectedReports(party: .leader, reason: .invalidMessage, count: 1),
                    RejectedReports(party: .helper, reason: .invalidMessage, count: 1),
                ])
        }
    }
}

extension StoreTransaction {
    /// The collection job of the latest step of the one walk.
    func onlyJob() throws -> CollectionJobID? {
        guard let walk = try walks().first, let job = try lastStep(walk.id)?.resource else { return nil }
        return CollectionJobID(bytes: job.bytes)
    }
}

extension Simulation {
    /// What the Leader tells with the latest step of its one walk; nothing where it does not.
    func rejections() async throws -> [RejectedReports]? {
        let id = try #require(try await leaderStore.read("test") { try $0.onlyJob() })
        let body: [UInt8]
        do throws(AggregatorError) { body = try await leader.rejections(of: id) } catch {
            #expect(error == .notFound)
            return nil
        }
        return try CollectionJobRejections(decoding: body).rejected
    }
}
