// What Poplar1 has as static members, or without the arguments that it does not need.
extension Poplar1: Vdaf, RunTimeVdaf {
    /// The algorithm identifier, 6.
    ///
    /// Spec: VDAF §10.
    public var id: UInt32 { Self.id }
    /// Aggregators: 2.
    public var shares: Int { Self.shares }
    /// Rounds of verification: 2.
    public var rounds: Int { Self.rounds }
    /// Bytes of a nonce: 16.
    public var nonceSize: Int { Self.nonceSize }
    /// Bytes of what `shard` takes as randomness: 128.
    public var randSize: Int { Self.randSize }
    /// Bytes of a verification key: 32.
    public var verifyKeySize: Int { Self.verifyKeySize }

    /// The message of a round from both verifier shares, the Leader's first: the sum of the sketches, then nil for a sketch that
    /// verifies.
    ///
    /// - Throws: `.verificationFailed`, `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §8.2.2 (`verifier_shares_to_message`).
    public func verifierSharesToMessage(
        ctx: [UInt8], aggregationParameter: Poplar1AggregationParameter, verifierShares: [FieldVec]
    ) throws(VDAFError) -> FieldVec? {
        try verifierSharesToMessage(aggregationParameter: aggregationParameter, verifierShares: verifierShares)
    }

    /// Takes the message of a round: the next share, of one element, or the output share.
    ///
    /// - Throws: `.unexpectedMessage`, `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §8.2.2 (`verify_next`).
    public func verifyNext(
        ctx: [UInt8], state: Poplar1VerifyState, verifierMessage: FieldVec?
    ) throws(VDAFError) -> VerifyTransition<Poplar1VerifyState, FieldVec, FieldVec> {
        try verifyNext(state: state, verifierMessage: verifierMessage)
    }

    /// Bytes of an encoded input share, the same for both aggregators.
    ///
    /// Spec: VDAF §8.2.6.2.
    public func inputShareSize(aggregatorID: Int) -> Int { inputShareSize }

    /// The public share in `publicShareSize` bytes.
    ///
    /// Spec: VDAF §8.2.6.1.
    public func encodePublicShare(_ publicShare: IdpfPublicShare) -> [UInt8] { publicShare.encode() }
    /// The input share in bytes, which are secret.
    ///
    /// Spec: VDAF §8.2.6.2.
    public func encodeInputShare(_ inputShare: Poplar1InputShare) -> [UInt8] { inputShare.encode() }
    /// The verifier share in bytes: three elements in the first round, one in the second.
    ///
    /// Spec: VDAF §8.2.6.3.
    public func encodeVerifierShare(_ verifierShare: FieldVec) -> [UInt8] { verifierShare.encode() }
    /// The aggregation parameter in bytes: level, number of candidates, candidates.
    ///
    /// Spec: VDAF §8.2.6.6.
    public func encodeAggregationParameter(_ aggregationParameter: Poplar1AggregationParameter) -> [UInt8] {
        aggregationParameter.encode()
    }

    /// The output share in secret bytes, one element a candidate, in candidate order.
    public func encodeOutputShare(_ outputShare: FieldVec) -> [UInt8] { outputShare.encode() }
    /// The aggregate share in secret bytes, one element a candidate, in candidate order.
    ///
    /// Spec: VDAF §8.2.6.5.
    public func encodeAggregateShare(_ aggregateShare: FieldVec) -> [UInt8] { aggregateShare.encode() }

    /// Decodes an input share, which has one form for both aggregators.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    ///
    /// Spec: VDAF §8.2.6.2.
    public func decodeInputShare(_ bytes: [UInt8], aggregatorID: Int) throws(VDAFError) -> Poplar1InputShare {
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
