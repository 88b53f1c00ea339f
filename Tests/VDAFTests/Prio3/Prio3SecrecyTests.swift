import PopulusVDAF
import Testing

/// What one aggregator sees says nothing of the measurement.
@Suite struct Prio3SecrecyTests {
    /// Over many reports, each bit of one aggregator's view is as often set for one measurement as for another.
    @Test(arguments: [0, 1])
    func oneViewIsIndependentOfTheMeasurement(aggregatorID: Int) throws {
        try compare(Prio3Instances.count(), .integer(0), .integer(1), aggregatorID)
        try compare(Prio3Instances.sum(), .integer(0), .integer(100), aggregatorID)
        try compare(
            Prio3<SumVec<Field128>>(length: 2, maxMeasurement: 3, chunkLength: 3), .vector([0, 0]), .vector([3, 3]),
            aggregatorID)
        try compare(Prio3<Histogram>(length: 3, chunkLength: 2), .integer(0), .integer(2), aggregatorID)
        try compare(
            Prio3<MultihotCountVec>(length: 3, maxWeight: 3, chunkLength: 2), .vector([0, 0, 0]), .vector([1, 1, 1]),
            aggregatorID)
    }

    private func compare<C>(
        _ vdaf: Prio3<C>, _ first: VdafMeasurement, _ second: VdafMeasurement, _ aggregatorID: Int
    ) throws {
        let reports = 1500
        let low = try frequencies(vdaf, first, aggregatorID, reports, "first")
        let high = try frequencies(vdaf, second, aggregatorID, reports, "second")
        #expect(low.count == high.count && low.count > 200)
        // The difference of two such counts has a standard deviation of at most sqrt(reports / 2).
        let bound = 6 * (Double(reports) / 2).squareRoot()
        for (position, (a, b)) in zip(low, high).enumerated() where Double(abs(a - b)) > bound {
            Issue.record("\(vdaf.id): bit \(position) of aggregator \(aggregatorID)'s view: \(a) against \(b)")
        }
    }

    /// How often each bit is set of: public share, input share, output and verifier shares of one aggregator.
    private func frequencies<C>(
        _ vdaf: Prio3<C>, _ measurement: VdafMeasurement, _ aggregatorID: Int, _ reports: Int, _ name: String
    ) throws -> [Int] {
        var stream = try TestStream("prio3 secrecy \(vdaf.id) \(name)")
        var counts: [Int] = []
        for _ in 0..<reports {
            let run = Prio3Run(vdaf, &stream)
            let report = try run.shard(measurement)
            let (state, share) = try vdaf.verifyInit(
                verifyKey: run.verifyKey, ctx: run.ctx, aggregatorID: aggregatorID, aggregationParameter: .init(),
                nonce: run.nonce, publicShare: report.publicShare, inputShare: report.inputShares[aggregatorID])
            let view =
                vdaf.encodePublicShare(report.publicShare) + vdaf.encodeInputShare(report.inputShares[aggregatorID])
                + vdaf.encodeVerifierShare(share) + state.outputShare.encode()
            if counts.isEmpty { counts = Array(repeating: 0, count: 8 * view.count) }
            for (i, byte) in view.enumerated() {
                for bit in 0..<8 { counts[8 * i + bit] += Int(byte >> UInt8(bit) & 1) }
            }
        }
        return counts
    }

    @Test func descriptionsShowNoSecret() throws {
        var stream = try TestStream("prio3 descriptions")
        let run = Prio3Run(try Prio3Instances.histogram(), &stream)
        let report = try run.shard(.integer(3))
        let (state, share) = try run.vdaf.verifyInit(
            verifyKey: run.verifyKey, ctx: run.ctx, aggregatorID: 0, aggregationParameter: .init(), nonce: run.nonce,
            publicShare: report.publicShare, inputShare: report.inputShares[0])
        let output = Prio3OutputShare(state.outputShare)
        #expect("\(report.inputShares[0])" == "Prio3InputShare(redacted)")
        #expect("\(report.inputShares[1])" == "Prio3InputShare(redacted)")
        #expect("\(state)" == "Prio3VerifyState(redacted)")
        #expect("\(share)" == "Prio3VerifierShare(redacted)")
        #expect("\(output)" == "Prio3OutputShare(7 elements)")
        #expect("\(VdafMeasurement.integer(3))" == "integer")
        var dumped = ""
        dump(report.inputShares, to: &dumped)
        dump(state, to: &dumped)
        dump(share, to: &dumped)
        dump(output, to: &dumped)
        dump(VdafMeasurement.vector([3]), to: &dumped)
        #expect(!dumped.contains("montgomery") && !dumped.contains("value") && !dumped.contains("UInt"))
    }
}
