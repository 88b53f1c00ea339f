import PopulusVDAF
import Testing

/// What one aggregator sees says nothing of the input.
@Suite struct SecrecyTests {
    /// Over many reports, each bit of one aggregator's view is as often set for the input 00… as for 11….
    ///
    /// A prototype of this scheme clears the bits of a seed that hold the control bits before it reads them: shares
    /// still reconstruct, but the control bits' corrections spell the input. Here that is a bit that is set always for
    /// one input and never for the other.
    @Test(arguments: [0, 1])
    func oneViewIsIndependentOfTheInput(aggregatorID: Int) throws {
        let (size, reports) = (3, 3000)
        let low = try frequencies(Prefix(bits: Array(repeating: false, count: size)), aggregatorID, reports, "low")
        let high = try frequencies(Prefix(bits: Array(repeating: true, count: size)), aggregatorID, reports, "high")
        #expect(low.count == high.count && low.count > 4000)
        // The difference of two such counts has a standard deviation of at most sqrt(reports / 2).
        let bound = 6 * (Double(reports) / 2).squareRoot()
        for (position, (a, b)) in zip(low, high).enumerated() where Double(abs(a - b)) > bound {
            Issue.record("bit \(position) of aggregator \(aggregatorID)'s view: \(a) against \(b) of \(reports)")
        }
    }

    /// How often each bit is set of: public share, input share, output and sketch shares at every node of every level.
    private func frequencies(
        _ measurement: Prefix, _ aggregatorID: Int, _ reports: Int, _ name: String
    ) throws -> [Int] {
        var stream = try TestStream("secrecy \(name)")
        let vdaf = try Poplar1(bits: measurement.bitCount)
        let ctx = Array("secrecy".utf8)
        let parameters = try (0..<vdaf.bits).map { try allPrefixes(level: $0) }
        let verifyKey = stream.bytes(Poplar1.verifyKeySize)
        var counts: [Int] = []
        for _ in 0..<reports {
            let (nonce, rand) = (stream.bytes(Poplar1.nonceSize), stream.bytes(Poplar1.randSize))
            let report = try vdaf.shard(ctx: ctx, measurement: measurement, nonce: nonce, rand: rand)
            var view = report.publicShare.encode() + report.inputShares[aggregatorID].encode()
            for parameter in parameters {
                let (state, share) = try vdaf.verifyInit(
                    verifyKey: verifyKey, ctx: ctx, aggregatorID: aggregatorID, aggregationParameter: parameter,
                    nonce: nonce, publicShare: report.publicShare, inputShare: report.inputShares[aggregatorID])
                view += state.outputShare.encode() + share.encode()
            }
            if counts.isEmpty { counts = Array(repeating: 0, count: 8 * view.count) }
            for (i, byte) in view.enumerated() {
                for bit in 0..<8 { counts[8 * i + bit] += Int(byte >> UInt8(bit) & 1) }
            }
        }
        return counts
    }

    @Test func descriptionsShowNoSecret() throws {
        let run = try TestRun(vdaf: try Poplar1(bits: 2), measurements: [bits("10")])
        let (state, share) = try run.verifyInit(
            run.reports[0], nonce: run.nonces[0], aggregatorID: 0, try parameter("0", "1"))
        #expect("\(run.reports[0].inputShares[0])" == "Poplar1InputShare(redacted)")
        #expect("\(state)" == "Poplar1VerifyState(level 0, aggregator 0)")
        #expect("\(share)" == "inner(3 elements)")
        var dumped = ""
        dump([run.reports[0].inputShares[0]], to: &dumped)
        dump(state, to: &dumped)
        dump(share, to: &dumped)
        #expect(!dumped.contains("value") && !dumped.contains("low"))
    }
}
