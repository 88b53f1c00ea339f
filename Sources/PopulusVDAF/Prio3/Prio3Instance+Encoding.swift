// Spec: VDAF §7.2.7.
extension Prio3Instance {
    /// Bytes of an encoded public share: 32 an aggregator where there is joint randomness, else none.
    public var publicShareSize: Int { core.publicShareSize }
    /// Bytes of an encoded input share: of many field elements for aggregator 0, of one or two seeds for any other.
    public func inputShareSize(aggregatorID: Int) -> Int { core.inputShareSize(aggregatorID: aggregatorID) }

    /// The public share in `publicShareSize` bytes.
    public func encodePublicShare(_ publicShare: PublicShare) -> [UInt8] { core.encodePublicShare(publicShare) }

    /// Decodes a public share.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`.
    public func decodePublicShare(_ bytes: [UInt8]) throws(VDAFError) -> PublicShare {
        try core.decodePublicShare(bytes)
    }

    /// The input share in bytes, which are secret.
    public func encodeInputShare(_ inputShare: InputShare) -> [UInt8] { core.encodeInputShare(inputShare) }

    /// Decodes the input share of an aggregator.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    public func decodeInputShare(_ bytes: [UInt8], aggregatorID: Int) throws(VDAFError) -> InputShare {
        try core.decodeInputShare(bytes, aggregatorID: aggregatorID)
    }

    /// The verifier share in bytes: the elements, then the part of the joint randomness where there is any.
    public func encodeVerifierShare(_ verifierShare: VerifierShare) -> [UInt8] {
        core.encodeVerifierShare(verifierShare)
    }

    /// Decodes a verifier share, which has one form for every report.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    public func decodeVerifierShare(_ bytes: [UInt8], state: VerifyState) throws(VDAFError) -> VerifierShare {
        try core.decodeVerifierShare(bytes, state: state)
    }

    /// The message in bytes: the joint randomness seed, or none.
    public func encodeVerifierMessage(_ message: VerifierMessage) -> [UInt8] { core.encodeVerifierMessage(message) }

    /// Decodes the message.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`.
    public func decodeVerifierMessage(_ bytes: [UInt8], state: VerifyState) throws(VDAFError) -> VerifierMessage {
        try core.decodeVerifierMessage(bytes, state: state)
    }

    /// No bytes.
    public func encodeAggregationParameter(_ aggregationParameter: AggregationParameter) -> [UInt8] {
        core.encodeAggregationParameter(aggregationParameter)
    }

    /// Takes no bytes.
    ///
    /// - Throws: `.trailingBytes`.
    public func decodeAggregationParameter(_ bytes: [UInt8]) throws(VDAFError) -> AggregationParameter {
        try core.decodeAggregationParameter(bytes)
    }

    /// The output share in bytes, which are secret.
    public func encodeOutputShare(_ outputShare: OutputShare) -> [UInt8] { core.encodeOutputShare(outputShare) }

    /// Decodes an output share.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    public func decodeOutputShare(
        _ bytes: [UInt8], _ aggregationParameter: AggregationParameter
    ) throws(VDAFError) -> OutputShare { try core.decodeOutputShare(bytes, aggregationParameter) }

    /// The aggregate share in bytes, which are secret.
    public func encodeAggregateShare(_ aggregateShare: AggregateShare) -> [UInt8] {
        core.encodeAggregateShare(aggregateShare)
    }

    /// Decodes an aggregate share.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    public func decodeAggregateShare(
        _ bytes: [UInt8], _ aggregationParameter: AggregationParameter
    ) throws(VDAFError) -> AggregateShare { try core.decodeAggregateShare(bytes, aggregationParameter) }
}
