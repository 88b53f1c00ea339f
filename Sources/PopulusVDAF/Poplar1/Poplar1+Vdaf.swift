// What Poplar1 has as static members, or without the arguments that it does not need.
extension Poplar1: Vdaf {
    package var id: UInt32 { Self.id }
    package var shares: Int { Self.shares }
    package var rounds: Int { Self.rounds }
    package var nonceSize: Int { Self.nonceSize }
    package var randSize: Int { Self.randSize }
    package var verifyKeySize: Int { Self.verifyKeySize }

    package func verifierSharesToMessage(
        ctx: [UInt8], aggregationParameter: Poplar1AggregationParameter, verifierShares: [FieldVec]
    ) throws(VDAFError) -> FieldVec? {
        try verifierSharesToMessage(aggregationParameter: aggregationParameter, verifierShares: verifierShares)
    }

    package func verifyNext(
        ctx: [UInt8], state: Poplar1VerifyState, verifierMessage: FieldVec?
    ) throws(VDAFError) -> Poplar1Transition {
        try verifyNext(state: state, verifierMessage: verifierMessage)
    }

    package func inputShareSize(aggregatorID: Int) -> Int { inputShareSize }

    package func encodePublicShare(_ publicShare: IdpfPublicShare) -> [UInt8] { publicShare.encode() }
    package func encodeInputShare(_ inputShare: Poplar1InputShare) -> [UInt8] { inputShare.encode() }
    package func encodeVerifierShare(_ verifierShare: FieldVec) -> [UInt8] { verifierShare.encode() }
    package func encodeOutputShare(_ outputShare: FieldVec) -> [UInt8] { outputShare.encode() }
    package func encodeAggregateShare(_ aggregateShare: FieldVec) -> [UInt8] { aggregateShare.encode() }

    package func decodeInputShare(_ bytes: [UInt8], aggregatorID: Int) throws(VDAFError) -> Poplar1InputShare {
        try decodeInputShare(bytes)
    }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> Prefix {
        guard case .bits(let prefix) = measurement, prefix.bitCount == bits else {
            throw .measurementOutOfRange(allowed: "\(bits) bits")
        }
        return prefix
    }

    package func result(_ result: [Int]) -> VdafResult { .vector(result.map { UInt128(clamping: $0) }) }
}
