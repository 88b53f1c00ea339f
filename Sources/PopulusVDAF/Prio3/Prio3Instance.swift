/// A public face over `Prio3` with one circuit, which the face hides: circuits and proofs are this package's own.
///
/// Conforming types are public, and so are the members that they get here; circuits must not show in their signatures.
package protocol Prio3Instance: RunTimeVdaf
where
    Measurement == Circuit.Measurement, AggregateResult == Circuit.AggregateResult, Field == Circuit.Field,
    PublicShare == Prio3PublicShare, InputShare == Prio3InputShare<Field>,
    VerifyState == Prio3VerifyState<Field>, VerifierShare == Prio3VerifierShare<Field>, VerifierMessage == [UInt8]?,
    OutputShare == Prio3OutputShare<Field>, AggregateShare == Prio3OutputShare<Field>,
    AggregationParameter == Prio3AggregationParameter
{
    associatedtype Circuit: Valid
    associatedtype Field

    /// What does the work.
    var core: Prio3<Circuit> { get }
}

extension Prio3Instance {
    /// This VDAF by encoded values alone, without the face in between.
    ///
    /// - Throws: `.parameterOutOfRange` unless there are two aggregators.
    package func encoded() throws(VDAFError) -> any EncodedVdaf { try core.encoded() }

    package func addNoise(to aggregateShare: inout AggregateShare, _ sample: () -> Int64) {
        core.addNoise(to: &aggregateShare, sample)
    }

    package func signedSums(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare]
    ) throws(VDAFError) -> [Int128] { try core.signedSums(aggregationParameter, aggregateShares: aggregateShares) }

    package func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> Measurement {
        try core.measurement(measurement)
    }

    package func result(_ result: AggregateResult) -> VdafResult { core.result(result) }
}

extension Prio3Instance {
    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    public var id: UInt32 { core.id }
    /// Aggregators.
    public var shares: Int { core.shares }
    /// Rounds of verification: 1.
    public var rounds: Int { core.rounds }
    /// Bytes of a nonce: 16.
    public var nonceSize: Int { core.nonceSize }
    /// Bytes of what `shard` takes as randomness: 32 an aggregator, 64 where the circuit has joint randomness.
    public var randSize: Int { core.randSize }
    /// Bytes of a verification key: 32.
    public var verifyKeySize: Int { core.verifyKeySize }

    /// Splits a measurement between the aggregators.
    ///
    /// Constant-time in the measurement, once it is found to be in range, and in `rand`, but for the rejection of random
    /// numbers at or above the modulus.
    ///
    /// - Throws: `.measurementOutOfRange`, `.wrongSize`, `.contextTooLong`.
    ///
    /// Spec: VDAF §7.2.1.
    public func shard(
        ctx: [UInt8], measurement: Measurement, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> VdafReport<PublicShare, InputShare> {
        try core.shard(ctx: ctx, measurement: measurement, nonce: nonce, rand: rand)
    }

    /// Checks one aggregator's share of the proofs: the state to keep, and what to tell the others.
    ///
    /// - Throws: `.wrongSize`, `.aggregatorIDOutOfRange`, `.wrongElementCount`, `.contextTooLong`,
    ///   `.verificationFailed` for a test point that chance hardly ever chooses.
    ///
    /// Spec: VDAF §7.2.2 (`verify_init`).
    public func verifyInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregatorID: Int, aggregationParameter: AggregationParameter,
        nonce: [UInt8], publicShare: PublicShare, inputShare: InputShare
    ) throws(VDAFError) -> (state: VerifyState, verifierShare: VerifierShare) {
        try core.verifyInit(
            verifyKey: verifyKey, ctx: ctx, aggregatorID: aggregatorID, aggregationParameter: aggregationParameter,
            nonce: nonce, publicShare: publicShare, inputShare: inputShare)
    }

    /// Decides from all aggregators' shares: the joint randomness seed, nil where there is none.
    ///
    /// - Throws: `.verificationFailed`, `.wrongElementCount`.
    ///
    /// Spec: VDAF §7.2.2 (`verifier_shares_to_message`).
    public func verifierSharesToMessage(
        ctx: [UInt8], aggregationParameter: AggregationParameter, verifierShares: [VerifierShare]
    ) throws(VDAFError) -> VerifierMessage {
        try core.verifierSharesToMessage(
            ctx: ctx, aggregationParameter: aggregationParameter, verifierShares: verifierShares)
    }

    /// The output share, if the verifier message bears out the joint randomness.
    ///
    /// - Throws: `.verificationFailed`.
    ///
    /// Spec: VDAF §7.2.2 (`verify_next`).
    public func verifyNext(
        ctx: [UInt8], state: VerifyState, verifierMessage: VerifierMessage
    ) throws(VDAFError) -> VerifyTransition<VerifyState, VerifierShare, OutputShare> {
        try core.verifyNext(ctx: ctx, state: state, verifierMessage: verifierMessage)
    }

    /// Whether `previous` is empty: each report is aggregated once.
    ///
    /// Spec: VDAF §7.2.3 (`is_valid`).
    public func isValid(aggregationParameter: AggregationParameter, previous: [AggregationParameter]) -> Bool {
        core.isValid(aggregationParameter: aggregationParameter, previous: previous)
    }

    /// The aggregate share of no report.
    ///
    /// Spec: VDAF §7.2.4 (`agg_init`).
    public func aggregateInit(_ aggregationParameter: AggregationParameter) -> AggregateShare {
        core.aggregateInit(aggregationParameter)
    }

    /// Adds an output share.
    ///
    /// - Throws: `.wrongElementCount`.
    ///
    /// Spec: VDAF §7.2.4 (`agg_update`).
    public func aggregateUpdate(
        _ aggregateShare: inout AggregateShare, outputShare: OutputShare
    ) throws(VDAFError) { try core.aggregateUpdate(&aggregateShare, outputShare: outputShare) }

    /// The sum of aggregate shares.
    ///
    /// - Throws: `.wrongElementCount`.
    ///
    /// Spec: VDAF §7.2.4 (`merge`).
    public func merge(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare]
    ) throws(VDAFError) -> AggregateShare { try core.merge(aggregationParameter, aggregateShares: aggregateShares) }

    /// The result of `reportCount` reports.
    ///
    /// - Throws: `.wrongElementCount`, `.verificationFailed` for sums that so many valid reports cannot have, which
    ///   honest aggregators never produce.
    ///
    /// Spec: VDAF §7.2.5 (`unshard`).
    public func unshard(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare], reportCount: Int
    ) throws(VDAFError) -> AggregateResult {
        try core.unshard(aggregationParameter, aggregateShares: aggregateShares, reportCount: reportCount)
    }
}
