import PopulusVDAF
import Testing

/// What is not a valid report, or was changed on the way, does not verify.
@Suite struct Prio3ForgeryTests {
    /// Honest proofs of encoded measurements that the circuits must refuse.
    @Test func invalidMeasurements() throws {
        try refuse(Prio3Instances.count(), [2])
        try refuse(Prio3Instances.count(), [Field64.modulus - 1])
        // 100 takes seven elements.
        for i in 0..<7 { try refuse(Prio3Instances.sum(), (0..<7).map { $0 == i ? 2 : 0 }) }
        for i in 0..<20 {
            let encoded = (0..<20).map { $0 == i ? UInt64.max : UInt64($0 % 2) }
            try refuse(Prio3Instances.sumVec(), encoded)
            try refuse(Prio3Instances.multiproof(), encoded)
        }
        try refuse(Prio3Instances.histogram(), [0, 0, 0, 0, 0, 0, 0])
        try refuse(Prio3Instances.histogram(), [0, 1, 0, 0, 0, 0, 1])
        try refuse(Prio3Instances.histogram(), [0, 0, 2, 0, 0, 0, 0])
        // Six places, then the weight, of up to three, as 1 and 2.
        try refuse(Prio3Instances.multihot(), [1, 1, 1, 1, 0, 0, 1, 1])
        try refuse(Prio3Instances.multihot(), [1, 1, 0, 0, 0, 0, 1, 0])
        try refuse(Prio3Instances.multihot(), [2, 0, 0, 0, 0, 0, 0, 1])
        try refuse(Prio3Instances.multihot(), [1, 1, 1, 1, 0, 0, 4, 0])
    }

    private func refuse<C>(_ vdaf: Prio3<C>, _ encoded: [UInt64]) throws {
        var stream = try TestStream("forged \(vdaf.id) \(encoded)")
        let run = Prio3Run(vdaf, &stream)
        let report = try run.shard(encoded: encoded)
        #expect(throws: VDAFError.verificationFailed, "\(vdaf.id) \(encoded)") { try run.verify(report) }
    }

    @Test func changedReports() throws {
        try changeEverything(Prio3Instances.count(), .integer(1))
        try changeEverything(Prio3Instances.sum(shares: 3), .integer(77))
        try changeEverything(Prio3Instances.sumVec(), .vector([1, 2, 3, 9, 0]))
        try changeEverything(Prio3Instances.multiproof(), .vector([1, 2, 3, 9, 0]))
        try changeEverything(Prio3Instances.histogram(shares: 3), .integer(6))
        try changeEverything(Prio3Instances.multihot(), .vector([1, 0, 1, 0, 0, 1]))
    }

    /// Each thing that an aggregator holds, changed for that aggregator alone.
    private func changeEverything<C>(_ vdaf: Prio3<C>, _ measurement: VdafMeasurement) throws {
        var stream = try TestStream("changed \(vdaf.id)")
        let run = Prio3Run(vdaf, &stream)
        let report = try run.shard(measurement)
        _ = try run.verify(report)
        for target in 0..<vdaf.shares {
            try fails("verification key") { $0.verifyKey[3] ^= 1 }
            try fails("nonce") { $0.nonce[15] ^= 0x80 }
            // The Leader of a circuit without joint randomness meets the ctx in the query randomness alone.
            try fails("context") { $0.ctx.append(0) }
            for byte in stride(from: 0, to: vdaf.inputShareSize(aggregatorID: target), by: 13) {
                try fails("input share \(byte)") { $0.inputShare[byte] ^= 1 }
            }
            for byte in 0..<vdaf.publicShareSize where byte / 32 != target {
                try fails("public share \(byte)") { $0.publicShare[byte] ^= 1 }
            }
            func fails(_ what: Comment, _ change: (inout Prio3Run<C>.View) -> Void) throws {
                #expect(throws: VDAFError.self, "aggregator \(target), \(what)") {
                    try run.verify(report, changing: { id, view in if id == target { change(&view) } })
                }
            }
            let size = run.verifierShareSize
            for byte in stride(from: 0, to: size, by: 7) {
                #expect(throws: VDAFError.self, "verifier share \(byte) of \(target)") {
                    try run.verify(
                        report, changingVerifierShare: { id, share in if id == target { share[byte] ^= 1 } })
                }
            }
        }
    }

    /// An aggregator's own part of the public share does not count: it computes it itself, and the other finds out.
    @Test func ownPartOfThePublicShare() throws {
        var stream = try TestStream("own part")
        let run = Prio3Run(try Prio3Instances.histogram(), &stream)
        let report = try run.shard(.integer(3))
        _ = try run.verify(report) { id, view in view.publicShare[id * 32] ^= 1 }
        #expect(throws: VDAFError.verificationFailed) {
            try run.verify(report) { _, view in view.publicShare[0] ^= 1 }
        }
    }

    /// With joint randomness, a report does not verify under another nonce or context that all agree on; without, the
    /// context binds it through the shares that helpers expand.
    @Test func otherNonceOrContextForAll() throws {
        var stream = try TestStream("other nonce")
        let histogram = Prio3Run(try Prio3Instances.histogram(), &stream)
        let report = try histogram.shard(.integer(3))
        #expect(throws: VDAFError.verificationFailed) { try histogram.verify(report) { $1.nonce[0] ^= 1 } }
        #expect(throws: VDAFError.verificationFailed) { try histogram.verify(report) { $1.ctx[0] ^= 1 } }
        let count = Prio3Run(try Prio3Instances.count(), &stream)
        let bare = try count.shard(.integer(1))
        _ = try count.verify(bare) { $1.nonce[0] ^= 1 }
        #expect(throws: VDAFError.verificationFailed) { try count.verify(bare) { $1.ctx[0] ^= 1 } }
    }

    @Test func sharesOfTheWrongAggregatorOrSize() throws {
        var stream = try TestStream("wrong aggregator")
        let run = Prio3Run(try Prio3Instances.histogram(), &stream)
        let report = try run.shard(.integer(3))
        func verifyInit(
            _ id: Int, _ share: Prio3InputShare<Field128>, publicShare: Prio3PublicShare? = nil
        ) throws {
            _ = try run.vdaf.verifyInit(
                verifyKey: run.verifyKey, ctx: run.ctx, aggregatorID: id, aggregationParameter: .init(),
                nonce: run.nonce, publicShare: publicShare ?? report.publicShare, inputShare: share)
        }
        let (leader, helper) = (report.inputShares[0], report.inputShares[1])
        try verifyInit(1, helper)
        #expect(throws: VDAFError.aggregatorIDOutOfRange) { try verifyInit(0, helper) }
        #expect(throws: VDAFError.aggregatorIDOutOfRange) { try verifyInit(1, leader) }
        #expect(throws: VDAFError.aggregatorIDOutOfRange) { try verifyInit(2, helper) }
        #expect(throws: VDAFError.aggregatorIDOutOfRange) { try verifyInit(-1, helper) }
        let seed = [UInt8](repeating: 0, count: 32)
        #expect(throws: VDAFError.wrongSize) { try verifyInit(1, .helper(seed: [1], blind: seed)) }
        #expect(throws: VDAFError.wrongSize) { try verifyInit(1, .helper(seed: seed, blind: nil)) }
        #expect(throws: VDAFError.wrongSize) { try verifyInit(1, .helper(seed: seed, blind: [1])) }
        #expect(throws: VDAFError.wrongSize) { try verifyInit(1, helper, publicShare: .init(jointRandParts: [])) }
        #expect(throws: VDAFError.wrongElementCount) {
            try verifyInit(0, .leader(measurementShare: [.one], proofsShare: [], blind: seed))
        }
    }
}

extension Prio3Run {
    var verifierShareSize: Int {
        vdaf.flp.verifierLength * vdaf.proofs * C.Field.encodedSize + (vdaf.hasJointRand ? 32 : 0)
    }
}
