import Aggregator
import PopulusDAP
import PopulusVDAF
import Synchronization
import Testing

/// Whole walks of two processes of each role on one store each: every count is the plaintext's, whoever was asked, whoever died.
@Suite struct ReplicaWalkTests {
    static let values = WholeWalkTests.values
    static let found = RestartTests.found

    @Test(arguments: ReplicaKind.allCases) func anyProcessIsAsked(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 4)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(Self.values)
        #expect(try await simulation.walk(Self.values, threshold: 5) == Self.found)
        try await replicas.stop()
    }

    /// The shards of a walk are shared out, and stay with who has them.
    @Test(arguments: ReplicaKind.allCases) func allProcessesWorkAtShards(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 2)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(Self.values)
        // So that there is time for all: no process has more than its room at once.
        simulation.peer.set { hooks in
            hooks.onRequest = { _, _ in
                workBriefly()
                return .none
            }
        }
        let owners = Mutex<[[Int64: ReplicaID]]>([])
        try await simulation.walk(
            Self.values, threshold: 5,
            beforeStep: { step in
                guard step > 0 else { return }
                let found = try await replicas.leader("l1").store.read("test") { transaction in
                    let jobs = try transaction.walks().flatMap { try transaction.shards($0.id) }
                    return try Dictionary(
                        uniqueKeysWithValues: jobs.compactMap { job in
                            try transaction.owner(of: .row(job.row)).map { (job.row, $0.replica) }
                        })
                }
                owners.withLock { $0.append(found) }
            })
        let seen = owners.withLock { $0 }
        #expect(Set(try #require(seen.first).values).count == 2, "one process has all shards")
        #expect(seen.allSatisfy { $0 == seen[0] }, "shards have wandered")
        try await replicas.stop()
    }

    @Test(arguments: ReplicaKind.allCases, RestartTests.calls)
    func leaderKilledWhileAsking(on kind: ReplicaKind, _ call: FaultyPeer.Call) async throws {
        // In a database one of both, for the time that it takes.
        for helperActs in kind == .memory ? [false, true] : [call != .share] {
            try await interrupted(on: kind, at: call, helperActs: helperActs) { replicas in
                // Whichever drives: one after the other, and a new one in between.
                try await replicas.startLeader("l3")
                try await replicas.killLeader("l1")
                try await Task.sleep(for: .milliseconds(20))
                try await replicas.killLeader("l2")
            }
        }
    }

    @Test(arguments: ReplicaKind.allCases, RestartTests.calls)
    func helperKilledWhileAsked(on kind: ReplicaKind, _ call: FaultyPeer.Call) async throws {
        // In a database one of both, for the time that it takes.
        for helperActs in kind == .memory ? [false, true] : [call != .share] {
            try await interrupted(on: kind, at: call, helperActs: helperActs) { replicas in
                try await replicas.killHelper("h1")
                try await Task.sleep(for: .milliseconds(20))
                try await replicas.startHelper("h3")
                try await replicas.killHelper("h2")
            }
        }
    }

    /// Walks; from the first call of a kind on nothing comes back, until `recover` has run.
    private func interrupted(
        on kind: ReplicaKind, at call: FaultyPeer.Call, helperActs: Bool,
        recover: @escaping (Replicas) async throws -> Void
    ) async throws {
        let simulation = try Simulation(try TestTask(bounds: call.bounds), shardReports: 4)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(Self.values)
        let isLater = call.isOfLaterSteps
        let stuck = AsyncStream.makeStream(of: Void.self)
        let walk = WalkID.random()
        let (first, second) = (try simulation.level3(), try simulation.level7(0x1234, 0xABCD))
        if isLater { _ = try await simulation.collect(walk, 0, first) }
        simulation.peer.set { hooks in
            hooks.onRequest = { asked, _ in
                guard asked == call else { return .none }
                stuck.continuation.yield()
                return helperActs ? .loseAnswer : .loseRequest
            }
        }
        let (step, parameter) = isLater ? (1, second) : (0, first)
        let request = simulation.request(walk, UInt16(step), parameter)
        let id = try await LeaderBalancer(replicas).createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        try await recover(replicas)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        let answer = try simulation.open(try await simulation.ready(id), request, parameter)
        let expected = parameter.prefixes.map { prefix in
            Self.values.count { simulation.factory.path($0).ancestor(level: prefix.level) == prefix }
        }
        #expect(answer.counts == expected)
        let leaf = try Poplar1AggregationParameter(
            level: 15, prefixes: [0x1234, 0xABCD].map { simulation.factory.path($0) })
        #expect(try await simulation.collect(walk, UInt16(step + 1), leaf).counts == [6, 9])
        try await replicas.stop()
    }

    /// Between any two steps one of each role dies, and another one comes.
    @Test(arguments: ReplicaKind.allCases) func processesComeAndGo(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 4)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(Self.values)
        let found = try await simulation.walk(
            Self.values, threshold: 5,
            beforeStep: { step in
                guard step > 0 else { return }
                try await replicas.startLeader("l\(step + 2)")
                try await replicas.startHelper("h\(step + 2)")
                try await replicas.killLeader("l\(step)")
                try await replicas.killHelper("h\(step)")
            })
        #expect(found == Self.found)
        try await replicas.stop()
    }

    /// Processes count as dead while they work, so that several work at the same shards at the same time.
    @Test(arguments: ReplicaKind.allCases, 1...4 as ClosedRange<UInt64>)
    func claimsAreLostAllTheTime(on kind: ReplicaKind, seed: UInt64) async throws {
        guard kind == .memory || seed <= 2 else { return }
        let simulation = try Simulation(try TestTask(), shardReports: 3)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(Self.values)
        let storm = Task {
            var random = SplitMix(state: seed)
            while !Task.isCancelled {
                if let leader = replicas.leaders.withLock({ $0.values.randomElement(using: &random) }) {
                    try replicas.leaderDisk.expire(leader.store.replica.id)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 1...20, using: &random)))
                    try await replicas.leaderDisk.revive(leader.store, as: "l1")
                }
                if let (name, helper) = replicas.helpers.withLock({ $0.randomElement(using: &random) }) {
                    try replicas.helperDisk.expire(helper.store.replica.id)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 1...20, using: &random)))
                    try await replicas.helperDisk.revive(helper.store, as: name)
                }
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...20, using: &random)))
            }
        }
        let found = try await simulation.walk(Self.values, threshold: 5)
        storm.cancel()
        #expect(found == Self.found, "seed \(seed)")
        _ = await storm.result
        try await replicas.stop()
    }

    /// All work at everything: what holds rests on what the store has, and on nothing else.
    @Test(arguments: ReplicaKind.allCases) func claimsAreIgnored(on kind: ReplicaKind) async throws {
        for _ in 0..<(kind == .memory ? 5 : 2) {
            let simulation = try Simulation(try TestTask(), shardReports: 4)
            let replicas = try await simulation.replicate(on: kind)
            replicas.ignoreClaims()
            try await simulation.upload(Self.values)
            #expect(try await simulation.walk(Self.values, threshold: 5) == Self.found)
            try await replicas.stop()
        }
    }

    @Test(arguments: ReplicaKind.allCases) func deletedAtOneWhileAnotherWorks(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 4)
        let replicas = try await simulation.replicate(on: kind)
        try await simulation.upload(Self.values)
        let walk = WalkID.random()
        let (first, second) = (try simulation.level3(), try simulation.level7(0x1234, 0xABCD))
        _ = try await simulation.collect(walk, 0, first)
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, _ in
                guard call == .post(.walkEvaluateReq) else { return .none }
                stuck.continuation.yield()
                return .loseRequest
            }
        }
        let request = simulation.request(walk, 1, second)
        let id = try await replicas.leader("l1").aggregator.createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        try await replicas.leader("l2").aggregator.deleteCollectionJob(id: id)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        for name in ["l1", "l2"] {
            let store = try replicas.leader(name).store
            #expect(try await segmentsVanish(of: store), "\(name)")
            #expect(try await store.read("test") { try $0.walk(walk)?.end } == .abandoned)
        }
        for name in ["h1", "h2"] {
            #expect(try await segmentsVanish(of: try replicas.helper(name).store), "\(name)")
        }
        try await simulation.upload([Int](repeating: 77, count: 6))
        #expect(try await simulation.walk([Int](repeating: 77, count: 6), threshold: 5) == [77: 6])
        try await replicas.stop()
    }
}
