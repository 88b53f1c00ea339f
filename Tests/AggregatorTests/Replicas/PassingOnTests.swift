import Aggregator
import Foundation
import PopulusDAP
import Testing

/// A process that stands still holds nobody's request beyond its life, and what it had in memory is made again elsewhere.
@Suite struct PassingOnTests {
    /// Connects, and never answers.
    private struct Silent: ReplicaLink {
        func forward(
            _ request: JobRequest, task: TaskID, to address: String
        ) async throws(AggregatorError) -> AggregationJobAnswer {
            do { try await Task.sleep(for: .seconds(600)) } catch { throw .elsewhere("no longer waited for") }
            throw .elsewhere("too late")
        }
    }

    @Test(arguments: ReplicaKind.allCases)
    func whoStandsStillIsWaitedForAsLongAsItLives(on kind: ReplicaKind) async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let replicas = try await simulation.replicate(on: kind, helpers: ["h1"])
        try await simulation.upload(WholeWalkTests.values)
        _ = try await simulation.collect(.random(), 0, try simulation.level3())
        let sent = simulation.peer.sent.withLock { $0 }
        let created = try #require(sent.first { $0.call == .create })
        let continued = try #require(sent.first { $0.call == .post(.aggregationJobContinueReq) })
        let (id, mediaType) = (try #require(continued.job), MediaType.aggregationJobContinueReq)
        let owner = try replicas.helper("h1")
        let begun = try await owner.aggregator.createAggregationJob(body: created.body)
        let answer = try await owner.aggregator.postAggregationJob(id: id, mediaType: mediaType, body: continued.body)

        let folder = simulation.folder + "/other"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let task = try replicas.task.aggregator(.helper)
        let store = try await replicas.helperDisk.open(task, as: "h2", folder: folder)
        let other = try Helper(
            task: task, store: store, settings: simulation.settings, machine: .forTests(clock: simulation.helperClock),
            link: Silent())
        @Sendable func ask() async -> AggregatorError? {
            do throws(AggregatorError) {
                _ = try await other.postAggregationJob(id: id, mediaType: mediaType, body: continued.body)
                return nil
            } catch { return error }
        }
        let asked = Task { await ask() }
        try await eventually { other.moved.numbers.passedOn == 1 }
        try await Task.sleep(for: .milliseconds(100))
        #expect(other.moved.numbers.lost == 0, "given up while its owner lives")
        try replicas.helperDisk.expire(owner.store.replica.id)
        let refusal = await asked.value
        guard case .elsewhere? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(other.moved.numbers.lost == 1 && other.moved.numbers.takenOver == 0)

        #expect(try await other.createAggregationJob(body: created.body) == begun)
        #expect(try await other.postAggregationJob(id: id, mediaType: mediaType, body: continued.body) == answer)
        let moved = other.moved.numbers
        #expect(moved.passedOn == 1 && moved.takenOver == 1 && moved.rebuilding > .zero, "\(moved)")
        try store.close()
        try await replicas.stop()
    }

    /// What was passed on under a name that its bytes do not have creates nothing.
    @Test func aJobHasTheNameOfItsMessage() async throws {
        let simulation = try Simulation(try TestTask(), shardReports: 100)
        let replicas = try await simulation.replicate(helpers: ["h1"])
        let helper = try replicas.helper("h1").aggregator
        let found = await problem {
            _ = try await helper.answer(forwarded: JobRequest(kind: .create, id: .random(), body: [1, 2, 3]))
        }
        #expect(found == .invalidMessage)
        try await replicas.stop()
    }
}
