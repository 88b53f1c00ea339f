import Aggregator
import PopulusDAP
import Testing

/// A life of two aggregators that comes to an exact result; all of them together do every kind of write.
struct WriteScenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Leaves no store open.
    let run: @Sendable (WriteRecorder) async throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (WriteRecorder) async throws -> Void) {
        (testDescription, self.run) = (name, run)
    }

    static let all = ofWalks + ofBatches
}

extension WriteScenario {
    static let ofWalks = [
        WriteScenario("a walk with a start before each step") { recorder in
            let simulation = try Simulation(try TestTask(), stores: recorder.stores)
            try await simulation.upload(WholeWalkTests.values)
            let found = try await simulation.walk(
                WholeWalkTests.values, threshold: 5,
                beforeStep: { _ in
                    try await simulation.restartLeader()
                    try simulation.stopHelper()
                    try simulation.startHelper()
                })
            #expect(found == RestartTests.found)
            try await recorder.wait(for: "erase uploads")
            if simulation.helperStore.segmentsAreCache { try await simulation.eraseBodies(recorder) }
            try await simulation.stop()
        },
        WriteScenario("a walk whose reports expire, beside others that wait") { recorder in
            let simulation = try Simulation(try TestTask(), stores: recorder.stores)
            try await simulation.restart(expiry: 1000)
            try await simulation.upload(WholeWalkTests.values)
            #expect(try await simulation.walk(WholeWalkTests.values, threshold: 5) == RestartTests.found)
            try await simulation.upload([1, 2, 3])
            simulation.clock.advance(seconds: 2000)
            try await simulation.forgetExpired()
            let floor = try await simulation.leaderStore.read("test") { try $0.forgottenBefore() }
            #expect(floor == simulation.factory.time + 1)
            try await simulation.stop()
        },
        WriteScenario("a walk that leaves reports to a later one") { recorder in
            let simulation = try Simulation(try TestTask(), shardReports: 5, stores: recorder.stores)
            let (old, new) = (simulation.clock.now - 1000, simulation.clock.now)
            simulation.tellTime(ahead: -600)
            try await simulation.upload(
                (0..<16).map { try simulation.factory.report(0xABCD, time: $0 % 2 == 0 ? old : new) })
            let first = [Int](repeating: 0xABCD, count: 8)
            #expect(try await simulation.walk(first, threshold: 4) == [0xABCD: 8])
            simulation.tellTime(ahead: 0)
            #expect(try await simulation.walk(first, threshold: 4) == [0xABCD: 8])
            try await simulation.stop()
        },
        WriteScenario("a walk whose reports do not open") { recorder in
            let simulation = try Simulation(try TestTask(minBatchSize: 10), stores: recorder.stores)
            let junk = try (0..<6).map { _ in try simulation.factory.report(1, truncating: [.leader]) }
            try await simulation.upload(junk)
            let honest = [Int](repeating: 0x1234, count: 6)
            try await simulation.upload(honest)
            #expect(
                await problem { _ = try await simulation.collect(.random(), 0, try simulation.level3()) }
                    == .invalidBatchSize)
            try await simulation.upload(honest)
            #expect(try await simulation.walk(honest + honest, threshold: 4) == [0x1234: 12])
            let counts = try await simulation.leader.reportCounts()
            #expect(counts.map(\.count) == [6])
            try await simulation.stop()
        },
        WriteScenario("a walk that is given up") { recorder in
            let simulation = try Simulation(try TestTask(), stores: recorder.stores)
            try await simulation.upload(WholeWalkTests.values)
            let request = simulation.request(.random(), 0, try simulation.level3())
            let id = try await simulation.leader.createCollectionJob(body: request.encoded())
            let counts = try simulation.open(try await simulation.ready(id), request, try simulation.level3()).counts
            #expect(counts.reduce(0, +) == WholeWalkTests.values.count)
            try await simulation.leader.deleteCollectionJob(id: id)
            try await recorder.wait(for: "delete aggregation job")
            for store in [simulation.leaderStore, simulation.helperStore] {
                #expect(try await segmentsVanish(of: store))
            }
            // Its reports are spent.
            let next = [Int](repeating: 77, count: 6)
            try await simulation.upload(next)
            #expect(try await simulation.walk(next, threshold: 4) == [77: 6])
            try await simulation.stop()
        },
        WriteScenario("a task that ends while reports wait") { recorder in
            let simulation = try Simulation(try TestTask(), stores: recorder.stores)
            let (walk, _) = try await simulation.stepZero(WholeWalkTests.values)
            try await simulation.upload([7, 8, 9])
            for kind in TaskEnd.Kind.allCases {
                _ = try await simulation.leader.end(kind)
                _ = try await simulation.helper.end(kind)
            }
            let left = try await simulation.leaderStore.read("test") {
                try $0.remainingUploads(in: 0..<UInt64.max, isBound: false).count
            }
            #expect(left == 0)
            for store in [simulation.leaderStore, simulation.helperStore] {
                #expect(try await store.read("test") { try $0.walk(walk)?.end } == .abandoned)
            }
            try await simulation.stop()
        },
        WriteScenario("a walk of several processes, of which some die", share),
    ]

    /// Two processes of each role: the work of those that die between steps goes to the others.
    private static func share(_ recorder: WriteRecorder) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 2, stores: recorder.stores)
        let replicas = try await simulation.replicate(on: try await recorder.replicas)
        try await simulation.upload(WholeWalkTests.values)
        // So that both Leaders come to shards.
        simulation.peer.set { hooks in
            hooks.onRequest = { _, _ in
                workBriefly()
                return .none
            }
        }
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5,
            beforeStep: { step in
                guard step == 2 else { return }
                try await replicas.startLeader("l3")
                try await replicas.killLeader("l1")
                try await replicas.killHelper("h1")
            })
        #expect(found == RestartTests.found)
        try await replicas.stop()
    }
}

extension Simulation {
    /// Has the Helper erase what it has kept of the reports of shards that have ended.
    fileprivate func eraseBodies(_ recorder: WriteRecorder) async throws {
        let work = Task { [helper] in try? await helper.run() }
        try await recorder.wait(for: "erase bodies")
        work.cancel()
        await work.value
    }

    func stop() async throws {
        try await stopLeader()
        try stopHelper()
    }
}
