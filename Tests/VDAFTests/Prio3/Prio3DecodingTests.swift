import PopulusVDAF
import Testing

/// Every message is of one size, and of canonical field elements.
@Suite struct Prio3DecodingTests {
    @Test func everyVariant() throws {
        try check(Prio3Instances.count(), .integer(1))
        try check(Prio3Instances.sum(), .integer(99))
        try check(Prio3Instances.sumVec(), .vector([9, 0, 9, 0, 1]))
        try check(Prio3Instances.multiproof(), .vector([9, 0, 9, 0, 1]))
        try check(Prio3Instances.histogram(), .integer(0))
        try check(Prio3Instances.multihot(), .vector([1, 1, 1, 0, 0, 0]))
    }

    private func check<C>(_ vdaf: Prio3<C>, _ measurement: VdafMeasurement) throws {
        var stream = try TestStream("decoding \(vdaf.id)")
        let run = Prio3Run(vdaf, &stream)
        let report = try run.shard(measurement)
        let elements = vdaf.flp.measurementLength + vdaf.flp.proofLength * vdaf.proofs
        try check(vdaf.encodePublicShare(report.publicShare), elements: 0, of: C.Field.self) {
            vdaf.encodePublicShare(try vdaf.decodePublicShare($0))
        }
        try check(vdaf.encodeInputShare(report.inputShares[0]), elements: elements, of: C.Field.self) {
            vdaf.encodeInputShare(try vdaf.decodeInputShare($0, aggregatorID: 0))
        }
        try check(vdaf.encodeInputShare(report.inputShares[1]), elements: 0, of: C.Field.self) {
            vdaf.encodeInputShare(try vdaf.decodeInputShare($0, aggregatorID: 1))
        }
        let (state, share) = try vdaf.verifyInit(
            verifyKey: run.verifyKey, ctx: run.ctx, aggregatorID: 0, aggregationParameter: .init(), nonce: run.nonce,
            publicShare: report.publicShare, inputShare: report.inputShares[0])
        try check(
            vdaf.encodeVerifierShare(share), elements: vdaf.flp.verifierLength * vdaf.proofs, of: C.Field.self
        ) { vdaf.encodeVerifierShare(try vdaf.decodeVerifierShare($0, state: state)) }
        let message = [UInt8](repeating: 7, count: vdaf.hasJointRand ? 32 : 0)
        try check(message, elements: 0, of: C.Field.self) {
            vdaf.encodeVerifierMessage(try vdaf.decodeVerifierMessage($0, state: state))
        }
        let output = try run.verify(report)[0]
        try check(vdaf.encodeOutputShare(output), elements: vdaf.flp.outputLength, of: C.Field.self) {
            vdaf.encodeOutputShare(try vdaf.decodeOutputShare($0, .init()))
        }
        try check(vdaf.encodeAggregateShare(output), elements: vdaf.flp.outputLength, of: C.Field.self) {
            vdaf.encodeAggregateShare(try vdaf.decodeAggregateShare($0, .init()))
        }
        try check([], elements: 0, of: C.Field.self) {
            _ = try vdaf.decodeAggregationParameter($0)
            return []
        }
    }

    /// - Parameters:
    ///   - elements: How many field elements `bytes` begins with.
    ///   - recode: Decodes and encodes again.
    private func check<F: NTTFriendlyField>(
        _ bytes: [UInt8], elements: Int, of field: F.Type, recode: ([UInt8]) throws -> [UInt8]
    ) throws {
        #expect(try recode(bytes) == bytes)
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 50)) {
            #expect(throws: VDAFError.truncated) { try recode(Array(bytes[..<count])) }
        }
        if !bytes.isEmpty { #expect(throws: VDAFError.truncated) { try recode(Array(bytes.dropLast())) } }
        #expect(throws: VDAFError.trailingBytes) { try recode(bytes + [0]) }
        #expect(throws: VDAFError.trailingBytes) { try recode(bytes + bytes + [0]) }
        // The modulus itself, and all ones.
        let minusOne = [-F.one].encode()
        let modulus = [minusOne[0] + 1] + minusOne.dropFirst()
        let allOnes = [UInt8](repeating: 0xff, count: F.encodedSize)
        for i in 0..<elements {
            var changed = bytes
            changed.replaceSubrange(i * F.encodedSize..<(i + 1) * F.encodedSize, with: minusOne)
            #expect(try recode(changed) == changed)
            for wrong in [modulus, allOnes] {
                changed.replaceSubrange(i * F.encodedSize..<(i + 1) * F.encodedSize, with: wrong)
                #expect(throws: VDAFError.nonCanonicalFieldElement, "element \(i)") { try recode(changed) }
            }
        }
    }
}
