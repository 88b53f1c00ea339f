// Spec: VDAF §8.2.6. Each type encodes itself; what is here needs the instance to decode.
extension Poplar1 {
    /// Decodes a public share.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.paddingNotZero`, `.nonCanonicalFieldElement`.
    ///
    /// Spec: VDAF §8.2.6.1.
    public func decodePublicShare(_ bytes: [UInt8]) throws(VDAFError) -> IdpfPublicShare {
        try IdpfPublicShare(decoding: bytes.span, bits: bits)
    }

    package func decodeInputShare(_ bytes: [UInt8]) throws(VDAFError) -> Poplar1InputShare {
        try Poplar1InputShare(decoding: bytes.span, bits: bits)
    }

    /// Decodes an aggregation parameter; order and uniqueness of candidates are `isValid`'s to check.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.levelOutOfRange`, `.paddingNotZero`.
    ///
    /// Spec: VDAF §8.2.6.6.
    public func decodeAggregationParameter(_ bytes: [UInt8]) throws(VDAFError) -> Poplar1AggregationParameter {
        try Poplar1AggregationParameter(decoding: bytes.span, bits: bits)
    }

    /// The share that comes with, or after, `state`: three elements in the first round, one in the second.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    ///
    /// Spec: VDAF §8.2.6.3.
    public func decodeVerifierShare(_ bytes: [UInt8], state: Poplar1VerifyState) throws(VDAFError) -> FieldVec {
        let count = state.step == .revealSketch ? Self.verdictLength : Self.sketchLength
        return try FieldVec(decoding: bytes.span, isLeaf: isLeaf(state.level), count: count)
    }

    /// The message that `state` awaits: three elements in the first round, nothing in the second.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    ///
    /// Spec: VDAF §8.2.6.4.
    public func decodeVerifierMessage(_ bytes: [UInt8], state: Poplar1VerifyState) throws(VDAFError) -> FieldVec? {
        guard state.step == .revealSketch else {
            return try FieldVec(decoding: bytes.span, isLeaf: isLeaf(state.level), count: Self.sketchLength)
        }
        guard bytes.isEmpty else { throw .trailingBytes }
        return nil
    }

    /// The message in bytes: three elements in the first round, none in the second.
    ///
    /// Spec: VDAF §8.2.6.4.
    public func encodeVerifierMessage(_ message: FieldVec?) -> [UInt8] { message?.encode() ?? [] }

    /// Decodes an output share: one element a candidate, in candidate order.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    public func decodeOutputShare(
        _ bytes: [UInt8], _ aggregationParameter: Poplar1AggregationParameter
    ) throws(VDAFError) -> FieldVec {
        try FieldVec(
            decoding: bytes.span, isLeaf: isLeaf(aggregationParameter.level),
            count: aggregationParameter.prefixes.count)
    }

    /// Decodes an aggregate share: one element a candidate, in candidate order.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    ///
    /// Spec: VDAF §8.2.6.5.
    public func decodeAggregateShare(
        _ bytes: [UInt8], _ aggregationParameter: Poplar1AggregationParameter
    ) throws(VDAFError) -> FieldVec {
        try decodeOutputShare(bytes, aggregationParameter)
    }
}
