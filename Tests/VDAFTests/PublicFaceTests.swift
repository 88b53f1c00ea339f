import PopulusVDAF
import Testing

/// What users of the library can do wrong with values that they hold: it throws, and never traps.
@Suite struct PublicFaceTests {
    /// A VDAF, one report of it, and the state and share of each aggregator.
    private struct Run<V: Vdaf> {
        let vdaf: V
        let parameter: V.AggregationParameter
        let report: VdafReport<V.PublicShare, V.InputShare>
        private(set) var begun: [(state: V.VerifyState, verifierShare: V.VerifierShare)] = []

        init(_ vdaf: V, _ measurement: V.Measurement, _ parameter: V.AggregationParameter) throws {
            self.vdaf = vdaf
            self.parameter = parameter
            report = try vdaf.shard(
                ctx: [1], measurement: measurement, nonce: Self.bytes(vdaf.nonceSize), rand: Self.bytes(vdaf.randSize))
            for id in 0..<vdaf.shares {
                begun.append(try verifyInit(report.publicShare, report.inputShares[id], id))
            }
        }

        func verifyInit(
            _ publicShare: V.PublicShare, _ inputShare: V.InputShare, _ id: Int,
            _ parameter: V.AggregationParameter? = nil
        ) throws(VDAFError) -> (state: V.VerifyState, verifierShare: V.VerifierShare) {
            try vdaf.verifyInit(
                verifyKey: Self.bytes(vdaf.verifyKeySize), ctx: [1], aggregatorID: id,
                aggregationParameter: parameter ?? self.parameter, nonce: Self.bytes(vdaf.nonceSize),
                publicShare: publicShare, inputShare: inputShare)
        }

        private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
    }

    /// What holds for any VDAF; `other` is an instance with other parameters.
    private func check<V: Vdaf>(_ run: Run<V>, _ other: Run<V>) throws {
        let report = run.report
        #expect(throws: VDAFError.self) { try run.verifyInit(report.publicShare, other.report.inputShares[0], 0) }
        #expect(throws: VDAFError.self) { try run.verifyInit(report.publicShare, report.inputShares[0], 1) }
        for id in [-1, run.vdaf.shares, Int.max] {
            #expect(throws: VDAFError.self) { try run.verifyInit(report.publicShare, report.inputShares[0], id) }
        }
        #expect(throws: VDAFError.self) { try message(run, []) }
        #expect(throws: VDAFError.self) { try message(run, [run.begun[0].verifierShare]) }
        #expect(throws: VDAFError.self) {
            try message(run, [run.begun[0].verifierShare, other.begun[1].verifierShare])
        }

        var wiped = report
        wiped.wipeInputShares()
        for id in 0..<run.vdaf.shares {
            #expect(throws: VDAFError.self) { try run.verifyInit(report.publicShare, wiped.inputShares[id], id) }
            // Whatever that is, it is not what it was.
            #expect(
                run.vdaf.encodeInputShare(wiped.inputShares[id]) != run.vdaf.encodeInputShare(report.inputShares[id]))
        }
        var sum = run.vdaf.aggregateInit(run.parameter)
        let otherSum = other.vdaf.aggregateInit(other.parameter)
        #expect(throws: VDAFError.self) {
            try run.vdaf.merge(run.parameter, aggregateShares: [sum, otherSum])
        }
        #expect(throws: VDAFError.self) {
            try run.vdaf.unshard(run.parameter, aggregateShares: [sum, otherSum], reportCount: 1)
        }
        sum = try run.vdaf.merge(run.parameter, aggregateShares: [sum, sum])
        #expect(throws: VDAFError.self) {
            try run.vdaf.unshard(run.parameter, aggregateShares: [sum, sum], reportCount: -1)
        }
        let encoded = run.vdaf.encodeAggregationParameter(run.parameter)
        #expect(try run.vdaf.decodeAggregationParameter(encoded) == run.parameter)
        #expect(throws: VDAFError.self) { try run.vdaf.decodeAggregationParameter(encoded + [0]) }
    }

    private func message<V: Vdaf>(_ run: Run<V>, _ shares: [V.VerifierShare]) throws(VDAFError) -> V.VerifierMessage {
        try run.vdaf.verifierSharesToMessage(ctx: [1], aggregationParameter: run.parameter, verifierShares: shares)
    }

    @Test func prio3() throws {
        let none = Prio3AggregationParameter()
        try check(
            Run(Prio3Histogram(length: 5, chunkLength: 2), 4, none),
            Run(Prio3Histogram(length: 9, chunkLength: 4), 4, none))
        try check(
            Run(Prio3SumVec(length: 3, maxMeasurement: 7, chunkLength: 3), [7, 0, 1], none),
            Run(Prio3SumVec(length: 4, maxMeasurement: 7, chunkLength: 5), [7, 0, 1, 2], none))
        try check(
            Run(Prio3MultihotCountVec(length: 3, maxWeight: 2, chunkLength: 2), [true, false, true], none),
            Run(Prio3MultihotCountVec(length: 8, maxWeight: 2, chunkLength: 3), Array(repeating: false, count: 8), none)
        )
    }

    @Test func poplar1() throws {
        let run = try Run(Poplar1(bits: 3), bits("101"), Poplar1AggregationParameter(level: 1, prefixes: [bits("10")]))
        let other = try Run(
            Poplar1(bits: 4), bits("1011"),
            Poplar1AggregationParameter(level: 3, prefixes: [bits("1010"), bits("1011")]))
        // An input share of Poplar1 does not say whose it is; what it leads to does not verify.
        let leader = try run.verifyInit(run.report.publicShare, run.report.inputShares[0], 0)
        #expect(leader.verifierShare == run.begun[0].verifierShare)
        #expect(throws: VDAFError.wrongBitCount) {
            try run.verifyInit(other.report.publicShare, run.report.inputShares[0], 0)
        }
        #expect(throws: VDAFError.levelOutOfRange) {
            try run.verifyInit(run.report.publicShare, run.report.inputShares[0], 0, other.parameter)
        }
        #expect(throws: VDAFError.wrongElementCount) {
            try run.verifyInit(run.report.publicShare, other.report.inputShares[0], 0)
        }
        #expect(throws: VDAFError.aggregatorIDOutOfRange) {
            try run.verifyInit(run.report.publicShare, run.report.inputShares[0], 2)
        }
        var wiped = run.report
        wiped.wipeInputShares()
        #expect(throws: VDAFError.wrongElementCount) { try run.verifyInit(wiped.publicShare, wiped.inputShares[0], 0) }
        #expect(throws: VDAFError.wrongElementCount) { try message(run, [run.begun[0].verifierShare]) }
        #expect(throws: VDAFError.wrongField) { try message(run, other.begun.map(\.verifierShare)) }
        #expect(throws: VDAFError.wrongField) {
            try run.vdaf.verifyNext(
                ctx: [1], state: run.begun[0].state, verifierMessage: message(other, other.begun.map(\.verifierShare)))
        }
    }

    @Test func constantsAreTheSpecifications() throws {
        #expect(
            [Prio3Count.id, Prio3Sum.id, Prio3SumVec.id, Prio3Histogram.id, Prio3MultihotCountVec.id, Poplar1.id]
                == [1, 2, 3, 4, 5, 6])
        let poplar1 = try Poplar1(bits: 8)
        #expect([poplar1.nonceSize, poplar1.randSize, poplar1.verifyKeySize] == [16, 128, 32])
        #expect([poplar1.rounds, poplar1.shares] == [2, 2])
        let count = try Prio3Count(shares: 3)
        #expect([count.nonceSize, count.randSize, count.verifyKeySize] == [16, 96, 32])
        #expect([count.rounds, count.shares] == [1, 3])
        let histogram = try Prio3Histogram(length: 5, chunkLength: 2)
        #expect([histogram.randSize, histogram.publicShareSize] == [128, 64])
        #expect((histogram.length, histogram.chunkLength) == (5, 2))
    }

    @Test func aReportSaysNothingOfItsShares() {
        let report = PingPongReport(nonce: [7], publicShare: [8], inputShare: [201])
        #expect("\(report)" == "PingPongReport(redacted)" && String(reflecting: report) == "PingPongReport(redacted)")
        #expect(Mirror(reflecting: report).children.isEmpty)
    }
}
