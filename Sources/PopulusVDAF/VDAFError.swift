/// What can be wrong with what comes to a VDAF from outside.
///
/// No case carries shares, seeds, keys or measurements. A later minor version may have more cases: a `switch` outside this
/// package needs `@unknown default`.
@nonexhaustive
public enum VDAFError: Error, Hashable, Sendable {
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
    /// An aggregator ID is not one of the VDAF's, or not that of the input share.
    case aggregatorIDOutOfRange
    /// There are not as many verifier shares as aggregators, or not the expected number of field elements.
    case wrongElementCount
    /// A vector is over the inner field where the leaf field is needed, or the reverse.
    case wrongField
    /// The report is invalid; or the aggregate shares are not those of so many valid reports.
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
