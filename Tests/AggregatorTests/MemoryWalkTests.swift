import Aggregator
import PopulusDAP
import Testing

/// Walks over stores in memory, whose writes overlap: the one that came late runs once more, and the result is the same.
@Suite struct MemoryWalkTests {
    @Test func uploadsThatOverlapAreAllCounted() async throws {
        let simulation = try Simulation(try TestTask())
        let disks = try MemoryDisks(simulation.folder)
        try await disks.restart(simulation)
        let leader = simulation.leader
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in WholeWalkTests.values {
                let report = try simulation.factory.report(value)
                group.addTask { try await Self.upload(report, to: leader) }
            }
            try await group.waitForAll()
        }
        #expect(try await simulation.walk(WholeWalkTests.values, threshold: 5) == RestartTests.found)
    }

    @Test func aWalkByTimeWithAStartBeforeEachStep() async throws {
        let simulation = try Simulation(try TestTask(batchMode: .timeInterval))
        let disks = try MemoryDisks(simulation.folder)
        try await disks.restart(simulation)
        let now = simulation.clock.now
        try await simulation.upload(try WholeWalkTests.values.map { try simulation.factory.report($0, time: now - 10) })
        let interval = Interval(start: Time(units: now - 50), duration: TimeDuration(units: 51))
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5, query: .timeInterval(interval),
            beforeStep: { _ in try await disks.restart(simulation) })
        #expect(found == RestartTests.found)
    }

    /// Uploads for the next walk come while the steps of this one are asked for.
    @Test func uploadsMeetTheStepsOfAWalk() async throws {
        let simulation = try Simulation(try TestTask())
        let disks = try MemoryDisks(simulation.folder)
        try await disks.restart(simulation)
        try await simulation.upload(WholeWalkTests.values)
        let leader = simulation.leader
        var uploads: [Task<Void, any Error>] = []
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5,
            beforeStep: { step in
                // The first step freezes what is there: it is to be the first walk's only.
                guard step > 0 else { return }
                for _ in 0..<2 {
                    let report = try simulation.factory.report(77)
                    uploads.append(Task { try await Self.upload(report, to: leader) })
                }
            })
        #expect(found == RestartTests.found)
        for upload in uploads { try await upload.value }
        try #require(uploads.count == 6)
        #expect(try await simulation.walk([Int](repeating: 77, count: 6), threshold: 5) == [77: 6])
    }

    private static func upload(_ report: Report, to leader: Leader) async throws {
        let refused = try await leader.upload(body: UploadRequest(reports: [report]).encoded())
        #expect(refused == nil)
    }
}
