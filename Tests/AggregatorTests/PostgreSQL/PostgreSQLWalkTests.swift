#if PostgreSQL
import Aggregator
import PopulusDAP
import Testing
import PopulusVDAF

/// Walks and batches of aggregators whose stores are in PostgreSQL.
@Suite(.serialized) struct PostgreSQLWalkTests {
    /// Each step begins on machines that have nothing but the databases.
    @Test(arguments: [BatchMode.leaderSelected, .timeInterval])
    func aWalkWithNewMachinesBeforeEachStep(mode: BatchMode) async throws {
        let sides = try PostgreSQLSides()
        let simulation = try Simulation(try TestTask(batchMode: mode), stores: sides.stores)
        let time = simulation.clock.now - 10
        try await simulation.upload(
            try WholeWalkTests.values.map { try simulation.factory.report($0, time: time) })
        let interval = Interval(start: Time(units: time - 40), duration: TimeDuration(units: 51))
        let found = try await simulation.walk(
            WholeWalkTests.values, threshold: 5,
            query: mode == .leaderSelected ? .leaderSelected : .timeInterval(interval),
            beforeStep: { _ in
                try await simulation.stop()
                try sides.loseCaches()
                try simulation.startHelper()
                try simulation.startLeader()
            })
        #expect(found == RestartTests.found)
        try await simulation.stop()
        try sides.remove()
    }

    @Test func everyMessageIsLostOnce() async throws {
        let sides = try PostgreSQLSides()
        let simulation = try Simulation(try TestTask(), stores: sides.stores)
        try await simulation.upload(WholeWalkTests.values)
        let counter = SeenBefore()
        simulation.peer.set { hooks in
            hooks.onRequest = { _, body in
                switch counter.next(body) {
                case 0: .loseRequest
                case 1: .loseAnswer
                default: .duplicate
                }
            }
        }
        #expect(try await simulation.walk(WholeWalkTests.values, threshold: 5) == RestartTests.found)
        try await simulation.stop()
        try sides.remove()
    }

    @Test func uploadsThatOverlapAreAllCounted() async throws {
        let sides = try PostgreSQLSides()
        let simulation = try Simulation(try TestTask(), stores: sides.stores)
        let leader = simulation.leader
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in WholeWalkTests.values {
                let report = try simulation.factory.report(value)
                group.addTask {
                    let refused = try await leader.upload(body: UploadRequest(reports: [report]).encoded())
                    #expect(refused == nil)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await simulation.walk(WholeWalkTests.values, threshold: 5) == RestartTests.found)
        try await simulation.stop()
        try sides.remove()
    }

    @Test(arguments: [Sample.prio3[1], .poplar1[1]], Sample.modes)
    func aBatchWithStartsBetween(sample: Sample, mode: BatchMode) async throws {
        let sides = try PostgreSQLSides()
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode), stores: sides.stores)
        for measurement in sample.measurements { try await simulation.upload([measurement]) }
        try await simulation.restartLeader()
        try await simulation.restartHelper()
        let id = try await simulation.create(parameter: sample.parameter)
        try await simulation.restartLeader()
        let result = try simulation.open(try await simulation.ready(id), nil, sample.parameter)
        #expect(result.value == sample.result && result.count == UInt64(sample.measurements.count))
        try await simulation.stop()
        try sides.remove()
    }
}
#endif
