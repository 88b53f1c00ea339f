import Aggregator
import PopulusDAP
import PopulusVDAF
import Testing

/// Reports of cheating clients in batch tasks: each is turned away, with its reason counted, and nobody else's counts.
@Suite struct BatchForgeryTests {
    @Test(arguments: Sample.all, Sample.modes) func areRejected(_ sample: Sample, _ mode: BatchMode) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: mode))
        try await simulation.upload(sample.measurements)
        let measurement = sample.measurements[0]
        // Verifies for nobody: the Helper's share is of another report.
        let swapped = try simulation.report(measurement) { _, shares in
            shares[1] = shares[1].indices.map { shares[1][$0] ^ ($0 == 3 ? 1 : 0) }
        }
        let truncatedHere = try simulation.report(measurement) { _, shares in shares[0].removeLast() }
        let truncatedThere = try simulation.report(measurement) { _, shares in shares[1].removeLast() }
        let foreign = try simulation.report(measurement, sealedFor: try TestTask(sample.vdaf, batchMode: mode))
        #expect(try await simulation.upload([swapped, truncatedHere, truncatedThere, foreign]) == [])

        let id = try await simulation.create(parameter: sample.parameter)
        let result = try simulation.open(try await simulation.ready(id), nil, sample.parameter)
        #expect(result.value == sample.result)
        #expect(result.count == UInt64(sample.measurements.count))
        let told = try CollectionJobRejections(decoding: try await simulation.leader.rejections(of: id))
        // Poplar1's last word is the Leader's, Prio3's the Helper's.
        let verifier = sample.parameter.isEmpty ? Role.helper : .leader
        #expect(
            told
                == CollectionJobRejections([
                    RejectedReports(party: .leader, reason: .hpkeDecryptError, count: 1),
                    RejectedReports(party: verifier, reason: .vdafVerifyError, count: 1),
                    RejectedReports(party: .leader, reason: .invalidMessage, count: 1),
                    RejectedReports(party: .helper, reason: .invalidMessage, count: 1),
                ]))
        let leader = try await simulation.leader.reportCounts()
        #expect(leader.filter { $0.error == .hpkeDecryptError }.map(\.count) == [1])
        #expect(leader.filter { $0.error == .invalidMessage }.map(\.count) == [2])
        #expect(leader.filter { $0.error == .vdafVerifyError }.map(\.count) == [1])
        #expect(leader.map(\.count).reduce(0, +) == 4)
    }

    @Test(arguments: [Sample.count, Sample.poplar1[0]]) func nothingButForgeries(_ sample: Sample) async throws {
        let simulation = try BatchSimulation(try TestTask(sample.vdaf, batchMode: .leaderSelected), jobReports: 3)
        let other = try TestTask(sample.vdaf, batchMode: .leaderSelected)
        let forged = try (0..<9).map { place in
            try simulation.report(sample.measurements[0], sealedFor: place < 3 ? other : nil) { _, shares in
                if place >= 3 { shares[place < 6 ? 0 : 1].removeLast() }
            }
        }
        #expect(try await simulation.upload(forged) == [])
        try await simulation.upload(sample.measurements)
        #expect(try await simulation.collect(parameter: sample.parameter).value == sample.result)
    }
}
