import Aggregator
import PopulusDAP
import PopulusDifferentialPrivacy
import PopulusVDAF
import Testing

/// A batch's noise is drawn once, also by a store that was put back to an earlier state (rule 9).
@Suite struct NoisyBatchRollbackTests {
    private func fixture() throws -> BatchFixture {
        try BatchFixture(.count, noise: try NoisyBatchTests.noise())
    }

    /// Aggregates reports and asks for their sum: the Helper's share, opened, and its noise.
    private func share(
        _ fixture: BatchFixture, _ entries: [BatchFixture.Entry], sum: Int128
    ) async throws -> (share: [UInt8], noise: Int128) {
        let job = try await fixture.aggregate(entries)
        #expect(job.shares.count == entries.count)
        let request = try fixture.shareRequest(entries.map(\.id))
        let answer = try await fixture.createShare(request.body)
        #expect(try await fixture.createShare(request.body) == answer)
        let share = try fixture.open(answer, request.collection)
        let leader = try fixture.vdaf.merge(Array(job.shares.values), aggregationParameter: [])
        let sums = try fixture.vdaf.signedSums(aggregationParameter: [], aggregateShares: [leader, share])
        return (share, sums[0] - sum)
    }

    @Test func theSameReportsGetTheSameNoise() async throws {
        let fixture = try fixture()
        let entries = try fixture.entries([1, 0, 1, 1])
        try fixture.copyStore(to: "before")
        let first = try await share(fixture, entries, sum: 3)
        #expect(first.noise != 0)
        try fixture.copyStore(from: "before")
        let second = try await share(fixture, entries, sum: 3)
        #expect(first.share == second.share && first.noise == second.noise)
    }

    /// As many reports of the same time, and even with the same checksum: what was measured is another.
    @Test func otherReportsGetOtherNoise() async throws {
        let fixture = try fixture()
        let ids = (0..<4).map { _ in ReportID.random() }
        let entries = try ids.map { id in try fixture.entry(1) { $0.id = id } }
        let others = try ids.map { id in try fixture.entry(1) { $0.id = id } }
        try fixture.copyStore(to: "before")
        let first = try await share(fixture, entries, sum: 4)
        try fixture.copyStore(from: "before")
        let second = try await share(fixture, others, sum: 4)
        #expect(first.noise != second.noise)
    }

    /// The very bytes again, from memory and after a restart.
    @Test func theSameQuestionGetsTheSameBytes() async throws {
        let simulation = try BatchSimulation(try NoisyBatchTests.task(.prio3Count, try NoisyBatchTests.noise()))
        try await simulation.upload(Sample.count.measurements)
        let id = try await simulation.create()
        let first = try await simulation.ready(id)
        #expect(try await simulation.create() == id)
        #expect(try await simulation.ready(id) == first)
        try await simulation.restartLeader()
        try await simulation.restartHelper()
        #expect(try await simulation.create() == id)
        #expect(try await simulation.ready(id) == first)
    }

    /// The Helper's answer gets lost again and again: the Leader asks with the same bytes, and gets one answer.
    @Test func lostMessagesDrawNoFreshNoise() async throws {
        let simulation = try BatchSimulation(try NoisyBatchTests.task(.prio3Count, try NoisyBatchTests.noise()))
        let counter = SeenBefore()
        simulation.peer.set { hooks in
            hooks.onRequest = { call, body in
                guard call == .share else { return .none }
                return counter.next(body) < 3 ? .loseAnswer : .none
            }
        }
        try await simulation.upload(Sample.count.measurements)
        let response = try CollectionJobResp(decoding: try await simulation.ready(try await simulation.create()))
        let sums = try simulation.vdaf.signedSums(
            aggregationParameter: [], aggregateShares: try simulation.shares(response))
        #expect(abs(Double(sums[0])) < 14 * NoisyBatchTests.sigma)
        let asked = Set(simulation.peer.sent.withLock { $0.filter { $0.call == .share }.map(\.body) })
        #expect(asked.count == 1)
    }
}
