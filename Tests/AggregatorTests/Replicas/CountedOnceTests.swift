import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What two processes have found out at the same time is done once, and said once.
@Suite struct CountedOnceTests {
    /// Two Leaders find the same reports that do not open, and both come to refuse them.
    @Test func reportsThatDoNotOpen() async throws {
        let simulation = try Simulation(try TestTask(minBatchSize: 10))
        let replicas = try await simulation.replicate()
        replicas.ignoreClaims()
        let other = try TestTask()
        try await simulation.upload([Int](repeating: 7, count: 4))
        try await simulation.upload(try (0..<6).map { _ in try simulation.factory.report(7, sealedFor: other) })
        let refusing = "refuse reports that do not open"
        let first = Gate(refusing, "collection failed", of: try replicas.leader("l1").store)
        let second = Gate(refusing, of: try replicas.leader("l2").store)
        let parameter = try simulation.level3()
        let collector = Task { await problem { _ = try await simulation.collect(.random(), 0, parameter) } }
        try await first.arrivals()
        try await second.arrivals()
        first.openOnce()
        try await first.arrivals(2)
        second.open()
        try await second.refused()
        first.open()
        #expect(await collector.value == .invalidBatchSize)
        #expect(
            try await replicas.leader("l1").aggregator.reportCounts() == [
                ReportCount(error: .hpkeDecryptError, point: .opening, count: 6)
            ])
        try await replicas.stop()
    }

    /// Two Helpers sum one share: the second one comes when what is summed is erased, and gives the first one's answer.
    @Test func anAggregateShare() async throws {
        let sample = Sample.prio3[0]
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected))
        let replicas = try await simulation.replicate()
        let asked = AsyncStream.makeStream(of: [UInt8].self)
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .share else { return .none }
                asked.continuation.yield(body)
                return .loseRequest
            }
        }
        try await simulation.upload(sample.measurements)
        let id = try await simulation.create(parameter: sample.parameter)
        var requests = asked.stream.makeAsyncIterator()
        let request = try #require(await requests.next())
        let (h1, h2) = (try replicas.helper("h1"), try replicas.helper("h2"))
        let (isThere, isOver) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        h2.store.beforeRead.withLock {
            $0 = { name, _ in
                guard name == "sum of a batch" else { return }
                isThere.continuation.yield()
                for await _ in isOver.stream { break }
            }
        }
        let late = Task {
            try await h2.aggregator.createAggregateShare(mediaType: .aggregateShareReq, body: request)
        }
        for await _ in isThere.stream { break }
        let answer = try await h1.aggregator.createAggregateShare(mediaType: .aggregateShareReq, body: request)
        isOver.continuation.finish()
        #expect(try await late.value == answer)
        simulation.peer.set { $0 = FaultyPeer.Hooks() }
        let result = try simulation.open(try await simulation.ready(id), nil, sample.parameter)
        #expect(result.value == sample.result)
        try await replicas.stop()
    }
}
