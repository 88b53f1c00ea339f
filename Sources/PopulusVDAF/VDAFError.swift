/// What can be wrong with what comes to a VDAF from outside.
///
/// No case carries shares, seeds, keys or measurements.
package enum VDAFError: Error, Hashable, Sendable {
    /// An encoded value ends too early.
    case truncated
    /// Bytes are left over after an encoded value.
    case trailingBytes
    /// Bits that pad a byte are not zero.
    case paddingNotZero
    /// An encoded field element is not below the modulus.
    case nonCanonicalFieldElement
    /// A level is not below the number of bits.
    case levelOutOfRange
    /// A prefix or measurement has the wrong number of bits.
    case wrongBitCount
    /// Prefixes are not unique.
    case duplicatePrefixes
    /// A nonce, key, seed or random input has the wrong size.
    case wrongSize
    /// The application context is too long for a domain separation tag.
    case contextTooLong
    /// An aggregator ID is neither 0 nor 1.
    case aggregatorIDOutOfRange
    /// There are not two verifier shares or not the expected number of field elements.
    case wrongElementCount
    /// A vector is over the inner field where the leaf field is needed, or the reverse.
    case wrongField
    /// The sketch does not verify: the report is invalid.
    case verificationFailed
    /// A verifier or ping-pong message does not fit the state.
    case unexpectedMessage
    /// The parameter that would make an instance of a VDAF, and what would be allowed.
    case parameterOutOfRange(String, allowed: String)
    /// A measurement is not one that the VDAF takes; `allowed` says which it takes.
    case measurementOutOfRange(allowed: String)
    /// An aggregation parameter is not one with which to begin.
    case invalidAggregationParameter
}
