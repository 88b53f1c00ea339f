import PopulusVDAF
import Testing

@Suite struct Poplar1Tests {
    /// Sizes around a byte and the ends of the levels; with half of all draws rejected, too.
    @Test(arguments: [1, 2, 3, 8, 9, 17], [Field64.modulus, 1 << 63])
    func countsAreThoseOfThePlaintext(size: Int, samplingLimit: UInt64) throws {
        let vdaf = try Poplar1(bits: size, samplingLimit: samplingLimit)
        var stream = try TestStream("counts \(size)")
        let run = try TestRun(vdaf: vdaf, measurements: (0..<6).map { _ in stream.prefix(bits: size) })
        for level in 0..<size {
            let ancestors = run.measurements.map { $0.ancestor(level: level) }
            let siblings = ancestors.map { $0.ancestor(level: level - 1).appending(!$0.bit(level)) }
            let candidates = Set(ancestors + siblings).sorted()
            let parameter = try Poplar1AggregationParameter(level: level, prefixes: candidates)
            let counts = try run.counts(parameter)
            #expect(counts == candidates.map { prefix in ancestors.count { $0 == prefix } }, "level \(level)")
        }
    }

    @Test func sharesHaveTheSizesThatAreDerived() throws {
        for size in [1, 2, 3, 4, 5, 64, 255, 256, 1024] {
            let vdaf = try Poplar1(bits: size)
            let run = try TestRun(vdaf: vdaf, measurements: [Prefix(bits: Array(repeating: true, count: size))])
            #expect(run.reports[0].publicShare.encode().count == vdaf.publicShareSize)
            for share in run.reports[0].inputShares { #expect(share.encode().count == vdaf.inputShareSize) }
            let decoded = try vdaf.decodePublicShare(run.reports[0].publicShare.encode())
            #expect(decoded == run.reports[0].publicShare)
            #expect(try vdaf.decodeInputShare(run.reports[0].inputShares[1].encode()) == run.reports[0].inputShares[1])
        }
        // The figures for 256 bits are well known.
        let vdaf = try Poplar1(bits: 256)
        #expect(vdaf.publicShareSize == 8304 && vdaf.inputShareSize == 4192)
    }

    /// A report that another report's correction words, or another key, spoil.
    @Test func spoiledReportsAreRejected() throws {
        let vdaf = try Poplar1(bits: 5)
        let run = try TestRun(vdaf: vdaf, measurements: [bits("10110"), bits("10110")])
        for level in 0..<5 {
            let parameter = try allPrefixes(level: level)
            let swapped = Poplar1Report(
                publicShare: run.reports[1].publicShare, inputShares: run.reports[0].inputShares)
            #expect(throws: VDAFError.verificationFailed) {
                try run.outputShares(of: swapped, nonce: run.nonces[0], parameter)
            }
            #expect(throws: VDAFError.verificationFailed) {
                try run.outputShares(of: run.reports[0], nonce: run.nonces[1], parameter)
            }
            #expect(throws: Never.self) { try run.outputShares(of: run.reports[0], nonce: run.nonces[0], parameter) }
        }
    }

    @Test func wrongInputsAreErrors() throws {
        let vdaf = try Poplar1(bits: 4)
        let (nonce, rand) = ([UInt8](repeating: 0, count: 16), [UInt8](repeating: 0, count: Poplar1.randSize))
        #expect(throws: VDAFError.wrongBitCount) { try Poplar1(bits: 0) }
        #expect(throws: VDAFError.wrongBitCount) { try Poplar1(bits: 1 << 16 + 1) }
        #expect(throws: VDAFError.wrongBitCount) {
            try vdaf.shard(ctx: [], measurement: bits("101"), nonce: nonce, rand: rand)
        }
        #expect(throws: VDAFError.wrongSize) {
            try vdaf.shard(ctx: [], measurement: bits("1010"), nonce: [], rand: rand)
        }
        #expect(throws: VDAFError.wrongSize) {
            try vdaf.shard(ctx: [], measurement: bits("1010"), nonce: nonce, rand: Array(rand.dropLast()))
        }
        #expect(throws: VDAFError.contextTooLong) {
            let ctx = [UInt8](repeating: 0, count: 1 << 16 - 8)
            return try vdaf.shard(ctx: ctx, measurement: bits("1010"), nonce: nonce, rand: rand)
        }
        let run = try TestRun(vdaf: vdaf, measurements: [bits("1010")])
        #expect(throws: VDAFError.duplicatePrefixes) { try run.counts(parameter("10", "10")) }
        #expect(throws: VDAFError.levelOutOfRange) { try run.counts(parameter("10101")) }
        #expect(throws: VDAFError.wrongBitCount) {
            try Poplar1AggregationParameter(level: 2, prefixes: [bits("10")])
        }
    }

    @Test func unshardingRefusesImpossibleCounts() throws {
        let vdaf = try Poplar1(bits: 2)
        let parameter = try parameter("0", "1")
        #expect(
            try vdaf.unshard(
                parameter, aggregateShares: [.inner([.one, .zero]), .inner([.one, .zero])], reportCount: 2) == [2, 0])
        #expect(throws: VDAFError.verificationFailed) {
            try vdaf.unshard(parameter, aggregateShares: [.inner([.one, -.one])], reportCount: 2)
        }
        #expect(throws: VDAFError.wrongElementCount) {
            try vdaf.unshard(parameter, aggregateShares: [.inner([.one])], reportCount: 2)
        }
        #expect(throws: VDAFError.wrongField) {
            try vdaf.unshard(parameter, aggregateShares: [.leaf([.one, .one])], reportCount: 2)
        }
    }

    @Test func noisyCountsAreSigned() throws {
        let vdaf = try Poplar1(bits: 2)
        #expect(
            try vdaf.signedSums(
                try parameter("0", "1"), aggregateShares: [.inner([.one, .zero]), .inner([.one, -.one])]) == [2, -1])
        #expect(
            try vdaf.signedSums(
                try parameter("00", "01"), aggregateShares: [.leaf([.zero, -.one]), .leaf([.one, -.one])]) == [1, -2])
        let implausible = Field64(0x7369_2065_7369_6f6e)
        #expect(throws: VDAFError.verificationFailed) {
            try vdaf.signedSums(try parameter("0", "1"), aggregateShares: [.inner([implausible, .zero])])
        }
    }
}

/// Reports of some measurements, and what the aggregators make of them.
struct TestRun {
    let vdaf: Poplar1
    let measurements: [Prefix]
    let ctx = Array("tests".utf8)
    let verifyKey = [UInt8](repeating: 0x42, count: Poplar1.verifyKeySize)
    let nonces: [[UInt8]]
    let reports: [Poplar1Report]

    init(vdaf: Poplar1, measurements: [Prefix]) throws {
        var stream = try TestStream("run of \(vdaf.bits) bits")
        self.vdaf = vdaf
        self.measurements = measurements
        let nonces = measurements.map { _ in stream.bytes(Poplar1.nonceSize) }
        let ctx = ctx
        reports = try zip(measurements, nonces).map {
            try vdaf.shard(ctx: ctx, measurement: $0, nonce: $1, rand: stream.bytes(Poplar1.randSize))
        }
        self.nonces = nonces
    }

    func verifyInit(
        _ report: Poplar1Report, nonce: [UInt8], aggregatorID: Int, _ parameter: Poplar1AggregationParameter
    ) throws -> (state: Poplar1VerifyState, verifierShare: FieldVec) {
        try vdaf.verifyInit(
            verifyKey: verifyKey, ctx: ctx, aggregatorID: aggregatorID, aggregationParameter: parameter, nonce: nonce,
            publicShare: report.publicShare, inputShare: report.inputShares[aggregatorID])
    }

    func outputShares(
        of report: Poplar1Report, nonce: [UInt8], _ parameter: Poplar1AggregationParameter
    ) throws -> [FieldVec] {
        var steps = try (0..<2).map { try verifyInit(report, nonce: nonce, aggregatorID: $0, parameter) }
        for _ in 0..<Poplar1.rounds {
            let message = try vdaf.verifierSharesToMessage(
                aggregationParameter: parameter, verifierShares: steps.map(\.verifierShare))
            let transitions = try steps.map { try vdaf.verifyNext(state: $0.state, verifierMessage: message) }
            if case .finished(let first) = transitions[0], case .finished(let second) = transitions[1] {
                return [first, second]
            }
            steps = transitions.compactMap {
                guard case .next(let state, let share) = $0 else { return nil }
                return (state, share)
            }
        }
        return []
    }

    func counts(_ parameter: Poplar1AggregationParameter) throws -> [Int] {
        var shares = [vdaf.aggregateInit(parameter), vdaf.aggregateInit(parameter)]
        for (report, nonce) in zip(reports, nonces) {
            for (i, output) in try outputShares(of: report, nonce: nonce, parameter).enumerated() {
                try vdaf.aggregateUpdate(&shares[i], outputShare: output)
            }
        }
        return try vdaf.unshard(parameter, aggregateShares: shares, reportCount: reports.count)
    }
}
