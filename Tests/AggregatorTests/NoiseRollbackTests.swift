import Aggregator
import Foundation
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusVDAF
import Testing

/// Noise is drawn once for a walk and step, also by a store that was put back to an earlier state (rule 9).
@Suite struct NoiseRollbackTests {
    /// Each mechanism, with so much noise that no sum comes out as it went in.
    static let mechanisms: [WalkNoise] = {
        let laplace = WalkNoise.discreteLaplace(scaleNumerator: 1 << 30, scaleDenominator: 1)
        guard let variance = NoiseVariance(numerator: 1 << 60, denominator: 1),
            let noise = WalkGaussianNoise(inner: variance, leaf: variance, inverseDelta: 100_000_000)
        else { return [laplace] }
        return [laplace, .discreteGaussian(noise)]
    }()

    private static func task(_ noise: WalkNoise) throws -> TestTask {
        try TestTask(bounds: TestTask.Bounds(noise: noise))
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

    /// All files of an aggregator's store.
    private func copy(_ role: Role, from source: String, to target: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: target) where name.hasPrefix("\(role).sqlite") {
            try files.removeItem(atPath: target + "/" + name)
        }
        for name in try files.contentsOfDirectory(atPath: source) where name.hasPrefix("\(role).sqlite") {
            try files.copyItem(atPath: source + "/" + name, toPath: target + "/" + name)
        }
    }

    @Test(arguments: mechanisms) func aLeaderThatIsPutBackComesToTheSameNoise(_ noise: WalkNoise) async throws {
        let simulation = try Simulation(try Self.task(noise))
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
        try self.copy(.leader, from: simulation.folder, to: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        try simulation.startLeader()
        let first = try await leadersShare(simulation, request)
        try await simulation.stopLeader()
        try self.copy(.leader, from: copy, to: simulation.folder)
        // A Helper that is another implementation does not notice.
        simulation.tellsOfStores = false
        try simulation.startLeader()
        #expect(try await leadersShare(simulation, request) == first)
    }

    /// The Helper is asked for its share, put back to before that, and asked again.
    @Test(arguments: mechanisms) func aHelperThatIsPutBackComesToTheSameNoise(_ noise: WalkNoise) async throws {
        let simulation = try Simulation(try Self.task(noise))
        try await simulation.upload(RestartTests.values)
        let stuck = AsyncStream.makeStream(of: [UInt8].self)
        simulation.peer.set { hooks in
            hooks.onRequest = { asked, body in
                guard asked == .share else { return .none }
                stuck.continuation.yield(body)
                return .loseRequest
            }
        }
        let request = simulation.request(.random(), 0, try simulation.level3())
        _ = try await simulation.leader.createCollectionJob(body: request.encoded())
        var bodies = stuck.stream.makeAsyncIterator()
        let body = try #require(await bodies.next())
        try await simulation.stopLeader()
        try simulation.stopHelper()
        let copy = simulation.folder + "-copy"
        try self.copy(.helper, from: simulation.folder, to: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        func answer() async throws -> [UInt8] {
            try await simulation.helper.createAggregateShare(mediaType: .walkAggregateShareReq, body: body).body
        }
        try simulation.startHelper()
        let first = try await answer()
        // Who asks again gets the same bytes.
        #expect(try await answer() == first)
        try simulation.stopHelper()
        try self.copy(.helper, from: copy, to: simulation.folder)
        try simulation.startHelper()
        let second = try await answer()
        let asked = try WalkAggregateShareReq(decoding: body)
        #expect(try opened(first, asked, simulation.task) == opened(second, asked, simulation.task))
        #expect(first != second)
    }

    /// The Helper's share of a step, opened: sum and noise.
    private func opened(_ answer: [UInt8], _ asked: WalkAggregateShareReq, _ task: TestTask) throws -> [UInt8] {
        let base = AggregateShareAad(
            taskID: task.id, taskConfiguration: task.configuration, collectionJobReq: asked.request.collectionJobReq)
        let aad = WalkAggregateShareAad(
            base: base, batchSelector: asked.request.batchSelector, reportCount: asked.request.reportCount,
            checksum: asked.request.checksum, lateRejections: asked.lateRejections)
        return try task.collectorKey.open(
            try AggregateShare(decoding: answer).encryptedAggregateShare, label: .aggregateShare(sender: .helper),
            associatedData: aad.encoded())
    }

    @Test(arguments: mechanisms) func anotherWalkHasOtherNoise(_ noise: WalkNoise) async throws {
        let shares = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let simulation = try Simulation(try Self.task(noise))
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
