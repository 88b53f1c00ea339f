/// A verifiable distributed aggregation function: what clients, aggregators and the collector compute.
///
/// A client calls `shard`. Each aggregator calls `verifyInit`, and then once a round `verifierSharesToMessage` and
/// `verifyNext`, until it has an output share. It adds output shares with `aggregateInit` and `aggregateUpdate`. The
/// collector calls `unshard`. `Poplar1`, `Prio3Count`, `Prio3Sum`, `Prio3SumVec`, `Prio3Histogram` and
/// `Prio3MultihotCountVec` are the VDAFs.
///
/// A value of a VDAF is immutable. One value serves all reports, on any number of threads.
///
/// Three arguments are the same throughout:
///
/// - `ctx`: the application context, at most `VDAFSpecification.greatestContextSize` bytes, which all parties must have
///   alike. It is public.
/// - `nonce`: `nonceSize` bytes, unique to the report, public. DAP takes the report ID.
/// - `aggregatorID`: 0 for the Leader, then 1 up to `shares - 1`.
///
/// Nothing that comes from outside traps: what is wrong with it is thrown as a `VDAFError`. What is done in constant time
/// stands at each function. Comparing two messages with `==` is not constant-time.
///
/// This protocol is for calling, not for other types to conform to: later minor versions may add requirements.
///
/// Spec: VDAF §5.
public protocol Vdaf: Sendable {
    /// What one client has.
    associatedtype Measurement: Sendable
    /// What aggregators and collector agree on before verification.
    ///
    /// Candidate prefixes for Poplar1, nothing for Prio3.
    associatedtype AggregationParameter: Hashable, Sendable
    /// What all aggregators see of a report.
    ///
    /// Not secret, but it belongs to the report.
    associatedtype PublicShare: Hashable, Sendable
    /// What one aggregator alone sees of a report.
    ///
    /// Secret: all input shares together are the measurement.
    associatedtype InputShare: Hashable, Sendable, Wipeable
    /// What an aggregator keeps of a report between rounds.
    ///
    /// Secret. It has no encoding: after a restart, begin again.
    associatedtype VerifyState: Hashable, Sendable
    /// What an aggregator sends to the others in a round.
    associatedtype VerifierShare: Hashable, Sendable
    /// What the verifier shares of a round come to, the same for all aggregators.
    associatedtype VerifierMessage: Hashable, Sendable
    /// An aggregator's share of what is added of a report.
    ///
    /// Secret.
    associatedtype OutputShare: Hashable, Sendable
    /// The sum of an aggregator's output shares.
    ///
    /// Secret: all aggregate shares together are the result.
    associatedtype AggregateShare: Hashable, Sendable
    /// What the collector learns.
    associatedtype AggregateResult: Sendable

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    var id: UInt32 { get }
    /// Aggregators.
    var shares: Int { get }
    /// Rounds of verification: 2 for Poplar1, 1 for Prio3.
    var rounds: Int { get }
    /// Bytes of a nonce.
    var nonceSize: Int { get }
    /// Bytes of what `shard` takes as randomness.
    var randSize: Int { get }
    /// Bytes of a verification key, which the aggregators share and clients must not know.
    var verifyKeySize: Int { get }

    /// Splits a measurement between the aggregators.
    ///
    /// Constant-time in the measurement, once it is found to be in range, and in `rand`, but for the rejection of random
    /// numbers at or above the modulus.
    ///
    /// - Parameter rand: `randSize` bytes from a cryptographic source, fresh for each report, and never used again.
    /// - Returns: The public share, and one input share an aggregator in the order of their IDs.
    /// - Throws: `.measurementOutOfRange`, for Poplar1 `.wrongBitCount`; `.wrongSize` for nonce or `rand`;
    ///   `.contextTooLong`.
    ///
    /// Spec: VDAF §5.1.
    func shard(
        ctx: [UInt8], measurement: Measurement, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> VdafReport<PublicShare, InputShare>

    /// Begins verification of one report: the state to keep, and the first verifier share.
    ///
    /// Before this, check with `isValid` that the report may be aggregated with this parameter.
    ///
    /// Constant-time in input share and verification key, but for the rejection of random numbers at or above the
    /// modulus. Not constant-time in the aggregation parameter, which is public.
    ///
    /// - Throws: `.wrongSize` for key or nonce, `.aggregatorIDOutOfRange`, `.levelOutOfRange`, `.wrongBitCount`,
    ///   `.duplicatePrefixes`, `.wrongElementCount` for shares of another instance, `.contextTooLong`; for Prio3
    ///   `.verificationFailed` at a test point that chance hardly ever chooses.
    ///
    /// Spec: VDAF §5.2.
    func verifyInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregatorID: Int, aggregationParameter: AggregationParameter,
        nonce: [UInt8], publicShare: PublicShare, inputShare: InputShare
    ) throws(VDAFError) -> (state: VerifyState, verifierShare: VerifierShare)

    /// The message of a round from the verifier shares of all aggregators, in the order of their IDs.
    ///
    /// - Throws: `.verificationFailed` for a report that is invalid, `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §5.2.
    func verifierSharesToMessage(
        ctx: [UInt8], aggregationParameter: AggregationParameter, verifierShares: [VerifierShare]
    ) throws(VDAFError) -> VerifierMessage

    /// Takes the message of a round: gives the state and the verifier share of the next one, or the output share.
    ///
    /// - Throws: `.verificationFailed` for a report that is invalid, `.unexpectedMessage` for the message of another
    ///   round, `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §5.2.
    func verifyNext(
        ctx: [UInt8], state: VerifyState, verifierMessage: VerifierMessage
    ) throws(VDAFError) -> VerifyTransition<VerifyState, VerifierShare, OutputShare>

    /// Whether a report that was aggregated with `previous`, in this order, may be aggregated with this parameter.
    ///
    /// An aggregator that does not ask this loses the privacy of reports.
    ///
    /// Spec: VDAF §5.3.
    func isValid(aggregationParameter: AggregationParameter, previous: [AggregationParameter]) -> Bool

    /// The aggregate share of no report.
    ///
    /// Spec: VDAF §5.4 (`agg_init`).
    func aggregateInit(_ aggregationParameter: AggregationParameter) -> AggregateShare

    /// Adds the output share of one report, which must be of the same aggregation parameter.
    ///
    /// - Throws: `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §5.4 (`agg_update`).
    func aggregateUpdate(_ aggregateShare: inout AggregateShare, outputShare: OutputShare) throws(VDAFError)

    /// The sum of aggregate shares of one aggregator, over reports that must have none in common.
    ///
    /// - Throws: `.wrongElementCount`, `.wrongField`.
    ///
    /// Spec: VDAF §5.4 (`merge`).
    func merge(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare]
    ) throws(VDAFError) -> AggregateShare

    /// The result of `reportCount` reports, from one aggregate share an aggregator.
    ///
    /// - Throws: `.wrongElementCount`, `.wrongField`; `.verificationFailed` for sums that so many valid reports cannot
    ///   have, which honest aggregators never produce.
    ///
    /// Spec: VDAF §5.5.
    func unshard(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare], reportCount: Int
    ) throws(VDAFError) -> AggregateResult

    // Encodings. Decoding takes the whole of its bytes.

    /// Bytes of an encoded public share, exactly.
    var publicShareSize: Int { get }
    /// Bytes of an encoded input share, exactly.
    func inputShareSize(aggregatorID: Int) -> Int

    /// The public share in `publicShareSize` bytes.
    func encodePublicShare(_ publicShare: PublicShare) -> [UInt8]
    /// Decodes a public share.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.paddingNotZero`, `.nonCanonicalFieldElement`.
    func decodePublicShare(_ bytes: [UInt8]) throws(VDAFError) -> PublicShare
    /// The input share in as many bytes as `inputShareSize` says.
    ///
    /// They are secret: wipe them after use.
    func encodeInputShare(_ inputShare: InputShare) -> [UInt8]
    /// Decodes the input share of an aggregator.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    func decodeInputShare(_ bytes: [UInt8], aggregatorID: Int) throws(VDAFError) -> InputShare
    /// The verifier share in bytes.
    func encodeVerifierShare(_ verifierShare: VerifierShare) -> [UInt8]
    /// Decodes the verifier share of another aggregator that comes with, or after, `state`.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    func decodeVerifierShare(_ bytes: [UInt8], state: VerifyState) throws(VDAFError) -> VerifierShare
    /// The message in bytes, which are none for a message that only says that verification goes well.
    func encodeVerifierMessage(_ message: VerifierMessage) -> [UInt8]
    /// Decodes the message that `state` awaits.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    func decodeVerifierMessage(_ bytes: [UInt8], state: VerifyState) throws(VDAFError) -> VerifierMessage
    /// The aggregation parameter in bytes, none for Prio3.
    func encodeAggregationParameter(_ aggregationParameter: AggregationParameter) -> [UInt8]
    /// Decodes an aggregation parameter.
    ///
    /// Whether it may be used, `isValid` says.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.levelOutOfRange`, `.paddingNotZero`.
    func decodeAggregationParameter(_ bytes: [UInt8]) throws(VDAFError) -> AggregationParameter
    /// The output share in bytes, which are secret.
    ///
    /// The specification has no such encoding. This is the one of an aggregate share of one report.
    func encodeOutputShare(_ outputShare: OutputShare) -> [UInt8]
    /// Decodes an output share of this parameter.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    func decodeOutputShare(
        _ bytes: [UInt8], _ aggregationParameter: AggregationParameter
    ) throws(VDAFError) -> OutputShare
    /// The aggregate share in bytes, which are secret.
    func encodeAggregateShare(_ aggregateShare: AggregateShare) -> [UInt8]
    /// Decodes an aggregate share of this parameter.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    func decodeAggregateShare(
        _ bytes: [UInt8], _ aggregationParameter: AggregationParameter
    ) throws(VDAFError) -> AggregateShare
}

/// What a client makes of one measurement.
///
/// Spec: VDAF §5.1.
public struct VdafReport<PublicShare: Hashable & Sendable, InputShare: Hashable & Sendable>: Hashable, Sendable {
    /// What all aggregators see.
    public let publicShare: PublicShare
    /// One share an aggregator, the Leader's first.
    ///
    /// Each is for its aggregator alone: seal it.
    public private(set) var inputShares: [InputShare]

    package init(publicShare: PublicShare, inputShares: [InputShare]) {
        self.publicShare = publicShare
        self.inputShares = inputShares
    }
}

extension VdafReport where InputShare: Wipeable {
    /// Wipes the input shares, for the client that has sealed them.
    ///
    /// Copies that were made of them stay.
    public mutating func wipeInputShares() {
        for index in inputShares.indices { inputShares[index].wipe() }
    }
}

/// What follows a round of verification.
///
/// Spec: VDAF §5.2 (`verify_next`).
public enum VerifyTransition<State: Hashable & Sendable, Share: Hashable & Sendable, OutputShare: Hashable & Sendable>:
    Hashable, Sendable
{
    /// Another round: the state to keep, and the verifier share to send to the other aggregators.
    case next(State, verifierShare: Share)
    /// The report is valid: its output share, to be added.
    case finished(outputShare: OutputShare)
}
