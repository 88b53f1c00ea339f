import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// What a client could learn of a walk's candidates from what is counted of its reports.
@Suite struct CandidateSecrecyTests {
    private static let level = 3

    /// Step 0 over honest reports, and one that fails exactly if its prefix is a candidate.
    private func began(
        asking candidates: [Int]
    ) async throws -> (simulation: Simulation, walk: WalkID, parameter: Poplar1AggregationParameter) {
        let simulation = try Simulation(try TestTask())
        try await simulation.upload([Int](repeating: 0x1234, count: 9))
        let forged = try simulation.factory.report(0xABCD) { share, _ in
            share.inner[Self.level].authenticator += .one
        }
        try await simulation.upload([forged])
        let walk = WalkID.random()
        let prefixes = candidates.sorted().map { simulation.factory.path($0).ancestor(level: Self.level) }
        let parameter = try Poplar1AggregationParameter(level: Self.level, prefixes: prefixes)
        let result = try await simulation.collect(walk, 0, parameter)
        #expect(result.reportCount == (candidates.contains(0xABCD) ? 9 : 10))
        return (simulation, walk, parameter)
    }

    private func counts(_ simulation: Simulation) async throws -> [[ReportCount]] {
        [try await simulation.leader.reportCounts(), try await simulation.helper.reportCounts()]
    }

    /// While the walk lives nothing differs; afterwards step and level are there.
    @Test func countsDoNotTellWhereTheCandidatesAre() async throws {
        let (there, walk, parameter) = try await began(asking: [0x1234, 0xABCD])
        let (elsewhere, _, _) = try await began(asking: [0x1234, 0x5678])
        #expect(try await counts(there) == counts(elsewhere))
        #expect(try await counts(there) == [[], []])

        let request = there.request(walk, 0, parameter)
        let id = try await there.leader.createCollectionJob(body: request.encoded())
        try await there.leader.deleteCollectionJob(id: id)
        let rejection = ReportCount(
            error: .vdafVerifyError, point: .verification(step: 0, level: Self.level), count: 1)
        for _ in 0..<1000 where try await counts(there).contains(where: { !$0.contains(rejection) }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        for counts in try await counts(there) { #expect(counts.contains(rejection), "\(counts)") }
    }
}
