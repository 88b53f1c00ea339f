import Aggregator
import DAP
import Foundation
import Testing
import VDAF

/// Noise is drawn once for a walk and step, also by a store that was put back to an earlier state (rule 9).
@Suite struct NoiseRollbackTests {
    private static func task() throws -> TestTask {
        try TestTask(
            bounds: TestTask.Bounds(noise: .discreteLaplace(scaleNumerator: 1_000_000, scaleDenominator: 1)))
    }

    /// The Leader's share of a step, opened: sum and noise.
    private func leadersShare(_ simulation: Simulation, _ request: CollectionJobReq) async throws -> [UInt8] {
        let id = try await simulation.leader.createCollectionJob(body: request.encoded())
        let response = try WalkCollectionJobResp(decoding: try await simulation.ready(id))
        let aad = response.aggregateShareAad(
            base: AggregateShareAad(
                taskID: simulation.task.id, taskConfiguration: simulation.task.configuration,
                collectionJobReq: request))
        return try simulation.task.collectorKey.open(
            response.result.leaderEncryptedAggregateShare, label: .aggregateShare(sender: .leader),
            associatedData: aad.encoded())
    }

    /// All files of the Leader's store.
    private func copyLeader(from source: String, to target: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: target) where name.hasPrefix("leader.sqlite") {
            try files.removeItem(atPath: target + "/" + name)
        }
        for name in try files.contentsOfDirectory(atPath: source) where name.hasPrefix("leader.sqlite") {
            try files.copyItem(atPath: source + "/" + name, toPath: target + "/" + name)
        }
    }

    @Test func aLeaderThatIsPutBackComesToTheSameNoise() async throws {
        let simulation = try Simulation(try Self.task())
        try await simulation.upload(RestartTests.values)
        let stuck = AsyncStream.makeStream(of: Void.self)
        simulation.peer.set { hooks in
            hooks.onRequest = { asked, _ in
                guard asked == .share else { return .none }
                stuck.continuation.yield()
                return .loseRequest
            }
        }
        let request = simulation.request(.random(), 0, try simulation.level3())
        _ = try await simulation.leader.createCollectionJob(body: request.encoded())
        for await _ in stuck.stream { break }
        try await simulation.stopLeader()
        let copy = simulation.folder + "-copy"
        try copyLeader(from: simulation.folder, to: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try simulation.startLeader()
        let first = try await leadersShare(simulation, request)
        try await simulation.stopLeader()
        try copyLeader(from: copy, to: simulation.folder)
        // A Helper that is another implementation does not notice.
        simulation.tellsOfStores = false
        try simulation.startLeader()
        #expect(try await leadersShare(simulation, request) == first)
    }

    @Test func anotherWalkHasOtherNoise() async throws {
        let shares = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let simulation = try Simulation(try Self.task())
                    try await simulation.upload(RestartTests.values)
                    return try await leadersShare(
                        simulation, simulation.request(.random(), 0, try simulation.level3()))
                }
            }
            return try await group.reduce(into: [[UInt8]]()) { $0.append($1) }
        }
        #expect(shares[0] != shares[1])
    }
}
