import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Whole walks of both aggregators, compared with the plaintext at every level.
@Suite struct WholeWalkTests {
    static let values =
        [Int](repeating: 0xABCD, count: 9) + [Int](repeating: 0x1234, count: 6)
        + [Int](repeating: 0xABCE, count: 5) + [1, 2, 3, 0xFFFF]

    @Test func severalShards() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(Self.values)
        let found = try await simulation.walk(Self.values, threshold: 5)
        #expect(found == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])
    }

    @Test func oneBitAStep() async throws {
        let simulation = try Simulation(try TestTask(bits: 9), shardReports: 100)
        let values = [7, 7, 7, 300, 300, 1, 511]
        try await simulation.upload(values)
        #expect(try await simulation.walk(values, threshold: 2, bitsPerStep: 1) == [7: 3, 300: 2])
    }

    /// Some shards' state finds no room in memory nor on disk: those begin at the root again.
    @Test(arguments: [0, 20 << 10]) func littleRoomForState(disk: Int) async throws {
        let simulation = try Simulation(try TestTask())
        (simulation.machine.stateMemoryBytes, simulation.machine.stateDiskBytes) = (0, disk)
        try await simulation.restartLeader()
        try simulation.stopHelper()
        try simulation.startHelper()
        try await simulation.upload(Self.values)
        let found = try await simulation.walk(Self.values, threshold: 5)
        #expect(found == [0xABCD: 9, 0x1234: 6, 0xABCE: 5])
    }

    @Test func secondWalkTakesNewReports() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(Self.values)
        try await simulation.walk(Self.values, threshold: 5)
        let more = [Int](repeating: 77, count: 8)
        try await simulation.upload(more)
        #expect(try await simulation.walk(more, threshold: 5) == [77: 8])
    }

    @Test func timeInterval() async throws {
        let simulation = try Simulation(try TestTask(batchMode: .timeInterval))
        let now = simulation.clock.now
        let early = try (0..<5).map { _ in try simulation.factory.report(5, time: now - 100) }
        let late = try (0..<6).map { _ in try simulation.factory.report(6, time: now - 10) }
        try await simulation.upload(early + late)
        let first = Interval(start: Time(units: now - 200), duration: TimeDuration(units: 150))
        let second = Interval(start: Time(units: now - 50), duration: TimeDuration(units: 51))
        #expect(
            try await simulation.walk([5, 5, 5, 5, 5], threshold: 3, query: .timeInterval(first)) == [5: 5])
        #expect(
            try await simulation.walk([6, 6, 6, 6, 6, 6], threshold: 3, query: .timeInterval(second)) == [6: 6])
    }

    @Test func endErasesSharesAndKeepsBindings() async throws {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload(Self.values)
        try await simulation.walk(Self.values, threshold: 5)
        for store in [simulation.leaderStore, simulation.helperStore] {
            #expect(try await segmentsVanish(of: store))
            let (ends, bound) = try await store.read("test") { transaction in
                let walks = try transaction.walks()
                let jobs = try walks.flatMap { try transaction.shards($0.id) }
                return (walks.map(\.end), try jobs.reduce(0) { $0 + (try transaction.boundReports(job: $1.row).count) })
            }
            #expect(ends == [.completed])
            #expect(bound == Self.values.count)
        }
        let bodies = try await simulation.leaderStore.read("test") {
            try $0.reportBodies(rows: 1...1000, in: 0..<UInt64.max, limit: 1000)
        }
        #expect(bodies.isEmpty)
    }
}
