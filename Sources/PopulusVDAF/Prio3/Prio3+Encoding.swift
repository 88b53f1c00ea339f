import PopulusKernels

// Spec: VDAF §7.2.7.
extension Prio3: RunTimeVdaf {
    private var blindSize: Int { hasJointRand ? Self.seedSize : 0 }

    package var publicShareSize: Int { hasJointRand ? shares * Self.seedSize : 0 }

    package func inputShareSize(aggregatorID: Int) -> Int {
        guard aggregatorID == 0 else { return Self.seedSize + blindSize }
        return (flp.measurementLength + flp.proofLength * proofs) * Field.encodedSize + blindSize
    }

    package func encodePublicShare(_ publicShare: Prio3PublicShare) -> [UInt8] { publicShare.jointRandParts }

    /// - Throws: `.truncated`, `.trailingBytes`.
    package func decodePublicShare(_ bytes: [UInt8]) throws(VDAFError) -> Prio3PublicShare {
        try Self.check(bytes.count, is: publicShareSize)
        return Prio3PublicShare(jointRandParts: bytes)
    }

    package func encodeInputShare(_ inputShare: Prio3InputShare<Field>) -> [UInt8] {
        var bytes: [UInt8] = []
        // No part of it stays behind where the array would have grown.
        bytes.reserveCapacity(inputShareSize(aggregatorID: inputShare.isLeaders ? 0 : 1))
        switch inputShare.parts {
        case .leader(let measurement, let proofs, let blind):
            for elements in [measurement, proofs] {
                var part = elements.encode()
                bytes += part
                part.wipe()
            }
            bytes += blind ?? []
        case .helper(let seed, let blind):
            bytes += seed
            bytes += blind ?? []
        }
        return bytes
    }

    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    package func decodeInputShare(
        _ bytes: [UInt8], aggregatorID: Int
    ) throws(VDAFError) -> Prio3InputShare<Field> {
        try Self.check(bytes.count, is: inputShareSize(aggregatorID: aggregatorID))
        let blind = hasJointRand ? Array(bytes[(bytes.count - blindSize)...]) : nil
        guard aggregatorID == 0 else { return .helper(seed: Array(bytes[..<Self.seedSize]), blind: blind) }
        let span = bytes.span
        let proofs = flp.measurementLength * Field.encodedSize
        return .leader(
            measurementShare: try Array(decoding: span.extracting(..<proofs)),
            proofsShare: try Array(decoding: span.extracting(proofs..<bytes.count - blindSize)), blind: blind)
    }

    package func encodeVerifierShare(_ verifierShare: Prio3VerifierShare<Field>) -> [UInt8] {
        verifierShare.verifiers.encode() + (verifierShare.jointRandPart ?? [])
    }

    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    package func decodeVerifierShare(
        _ bytes: [UInt8], state: Prio3VerifyState<Field>
    ) throws(VDAFError) -> Prio3VerifierShare<Field> { try decodeVerifierShare(bytes) }

    /// Needs no state, for every report has the same form.
    package func decodeVerifierShare(_ bytes: [UInt8]) throws(VDAFError) -> Prio3VerifierShare<Field> {
        let size = flp.verifierLength * proofs * Field.encodedSize
        try Self.check(bytes.count, is: size + blindSize)
        return Prio3VerifierShare(
            verifiers: try Array(decoding: bytes.span.extracting(..<size)),
            jointRandPart: hasJointRand ? Array(bytes[size...]) : nil)
    }

    package func encodeVerifierMessage(_ message: [UInt8]?) -> [UInt8] { message ?? [] }

    /// - Throws: `.truncated`, `.trailingBytes`.
    package func decodeVerifierMessage(
        _ bytes: [UInt8], state: Prio3VerifyState<Field>
    ) throws(VDAFError) -> [UInt8]? {
        try Self.check(bytes.count, is: blindSize)
        return hasJointRand ? bytes : nil
    }

    package func encodeAggregationParameter(_ aggregationParameter: Prio3AggregationParameter) -> [UInt8] { [] }

    /// - Throws: `.trailingBytes`.
    package func decodeAggregationParameter(_ bytes: [UInt8]) throws(VDAFError) -> Prio3AggregationParameter {
        try Self.check(bytes.count, is: 0)
        return Prio3AggregationParameter()
    }

    package func encodeOutputShare(_ outputShare: Prio3OutputShare<Field>) -> [UInt8] {
        outputShare.elements.encode()
    }

    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    package func decodeOutputShare(
        _ bytes: [UInt8], _ aggregationParameter: Prio3AggregationParameter
    ) throws(VDAFError) -> Prio3OutputShare<Field> {
        try Self.check(bytes.count, is: flp.outputLength * Field.encodedSize)
        return Prio3OutputShare(try Array(decoding: bytes.span))
    }

    package func encodeAggregateShare(_ aggregateShare: Prio3OutputShare<Field>) -> [UInt8] {
        aggregateShare.elements.encode()
    }

    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    package func decodeAggregateShare(
        _ bytes: [UInt8], _ aggregationParameter: Prio3AggregationParameter
    ) throws(VDAFError) -> Prio3OutputShare<Field> { try decodeOutputShare(bytes, aggregationParameter) }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> Circuit.Measurement {
        try circuit.measurement(measurement)
    }

    package func result(_ result: Circuit.AggregateResult) -> VdafResult { circuit.result(result) }

    private static func check(_ count: Int, is size: Int) throws(VDAFError) {
        guard count >= size else { throw .truncated }
        guard count == size else { throw .trailingBytes }
    }
}
