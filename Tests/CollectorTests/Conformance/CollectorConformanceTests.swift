import Foundation
import PopulusCollector
import PopulusDAP
import PopulusStringCodec
import Testing

/// What a Collector sends (DAP §4.6.2).
@Suite struct CollectorConformanceTests {
    /// In strictly increasing order, and only such as the Leader of the task knows.
    @Test func requestsCarryTheirExtensionsInOrder() async throws {
        let task = try DiscoveryTask.sample()
        let strings = WalkPlannerTests.corpus(seed: 7, size: 60, longest: 4)
        let leader = FakeLeader(
            try PlaintextOracle(strings: strings, bits: task.bits, encoding: task.encoding), task)
        let path = FileManager.default.temporaryDirectory.path + "/conformance-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let discovery = Discovery(task: task, jobs: leader, statePath: path, now: { 0 }) { _ in }
        _ = try await discovery.run(from: discovery.newState(DiscoveryOptions(threshold: "4")))
        let requests = leader.state.withLock { $0.requests }
        #expect(requests.count > 1)
        for bytes in requests {
            let request = try CollectionJobReq(decoding: bytes)
            #expect(request.extensions.isStrictlyIncreasing)
            #expect(request.extensions.map(\.type) == [task.codePoints.collectionJob])
            #expect(request.encoded() == bytes)
        }
    }
}
