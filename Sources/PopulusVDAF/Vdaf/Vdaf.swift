import PopulusKernels

/// A verifiable distributed aggregation function: what clients, aggregators and the collector compute.
///
/// Spec: VDAF §5.
package protocol Vdaf: Sendable {
    associatedtype Measurement: Sendable
    associatedtype AggregationParameter: Hashable, Sendable
    associatedtype PublicShare: Hashable, Sendable
    associatedtype InputShare: Hashable, Sendable, Wipeable
    associatedtype VerifyState: Hashable, Sendable
    associatedtype VerifierShare: Hashable, Sendable
    associatedtype VerifierMessage: Hashable, Sendable
    associatedtype OutputShare: Hashable, Sendable
    associatedtype AggregateShare: Hashable, Sendable
    associatedtype AggregateResult: Sendable

    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    var id: UInt32 { get }
    /// Aggregators.
    var shares: Int { get }
    var rounds: Int { get }
    /// Bytes of a nonce.
    var nonceSize: Int { get }
    /// Bytes of what `shard` takes as randomness.
    var randSize: Int { get }
    /// Bytes of a verification key.
    var verifyKeySize: Int { get }

    /// Spec: VDAF §5.1.
    func shard(
        ctx: [UInt8], measurement: Measurement, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> VdafReport<PublicShare, InputShare>

    /// Spec: VDAF §5.2.
    func verifyInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregatorID: Int, aggregationParameter: AggregationParameter,
        nonce: [UInt8], publicShare: PublicShare, inputShare: InputShare
    ) throws(VDAFError) -> (state: VerifyState, verifierShare: VerifierShare)

    /// Takes the verifier shares in the order of the aggregators.
    ///
    /// Spec: VDAF §5.2.
    func verifierSharesToMessage(
        ctx: [UInt8], aggregationParameter: AggregationParameter, verifierShares: [VerifierShare]
    ) throws(VDAFError) -> VerifierMessage

    /// Spec: VDAF §5.2.
    func verifyNext(
        ctx: [UInt8], state: VerifyState, verifierMessage: VerifierMessage
    ) throws(VDAFError) -> VerifyTransition<VerifyState, VerifierShare, OutputShare>

    /// Spec: VDAF §5.3.
    func isValid(aggregationParameter: AggregationParameter, previous: [AggregationParameter]) -> Bool

    /// Spec: VDAF §5.4.
    func aggregateInit(_ aggregationParameter: AggregationParameter) -> AggregateShare

    /// Spec: VDAF §5.4.
    func aggregateUpdate(_ aggregateShare: inout AggregateShare, outputShare: OutputShare) throws(VDAFError)

    /// Spec: VDAF §5.4.
    func merge(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare]
    ) throws(VDAFError) -> AggregateShare

    /// Spec: VDAF §5.5.
    func unshard(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare], reportCount: Int
    ) throws(VDAFError) -> AggregateResult

    /// Adds a sample of noise to each number of an aggregate share, in their order.
    func addNoise(to aggregateShare: inout AggregateShare, _ sample: () -> Int64)

    /// The sums of aggregate shares to which the aggregators added noise: the integers nearest to zero, which may be
    /// negative or more than the reports can come to.
    func signedSums(
        _ aggregationParameter: AggregationParameter, aggregateShares: [AggregateShare]
    ) throws(VDAFError) -> [Int128]

    // Encodings. Decoding takes the whole of its bytes.

    /// Bytes of an encoded public share.
    var publicShareSize: Int { get }
    /// Bytes of an encoded input share.
    func inputShareSize(aggregatorID: Int) -> Int

    func encodePublicShare(_ publicShare: PublicShare) -> [UInt8]
    func decodePublicShare(_ bytes: [UInt8]) throws(VDAFError) -> PublicShare
    func encodeInputShare(_ inputShare: InputShare) -> [UInt8]
    func decodeInputShare(_ bytes: [UInt8], aggregatorID: Int) throws(VDAFError) -> InputShare
    func encodeVerifierShare(_ verifierShare: VerifierShare) -> [UInt8]
    /// The share that comes with, or after, `state`.
    func decodeVerifierShare(_ bytes: [UInt8], state: VerifyState) throws(VDAFError) -> VerifierShare
    func encodeVerifierMessage(_ message: VerifierMessage) -> [UInt8]
    /// The message that `state` awaits.
    func decodeVerifierMessage(_ bytes: [UInt8], state: VerifyState) throws(VDAFError) -> VerifierMessage
    func decodeAggregationParameter(_ bytes: [UInt8]) throws(VDAFError) -> AggregationParameter
    func encodeOutputShare(_ outputShare: OutputShare) -> [UInt8]
    func decodeOutputShare(
        _ bytes: [UInt8], _ aggregationParameter: AggregationParameter
    ) throws(VDAFError) -> OutputShare
    func encodeAggregateShare(_ aggregateShare: AggregateShare) -> [UInt8]
    func decodeAggregateShare(
        _ bytes: [UInt8], _ aggregationParameter: AggregationParameter
    ) throws(VDAFError) -> AggregateShare

    // What all VDAFs have in common for programs that choose one at run time.

    /// - Throws: `.measurementOutOfRange`.
    func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> Measurement
    func result(_ result: AggregateResult) -> VdafResult
}

/// What a client makes of one measurement.
package struct VdafReport<PublicShare: Hashable & Sendable, InputShare: Hashable & Sendable>: Hashable, Sendable {
    package let publicShare: PublicShare
    /// One share an aggregator, the Leader's first.
    package private(set) var inputShares: [InputShare]

    package init(publicShare: PublicShare, inputShares: [InputShare]) {
        self.publicShare = publicShare
        self.inputShares = inputShares
    }
}

extension VdafReport where InputShare: Wipeable {
    /// Wipes the input shares, for the client that has sealed them.
    package mutating func wipeInputShares() {
        for index in inputShares.indices { inputShares[index].wipe() }
    }
}

/// What follows a round of verification.
package enum VerifyTransition<State: Hashable & Sendable, Share: Hashable & Sendable, OutputShare: Hashable & Sendable>:
    Hashable, Sendable
{
    case next(State, verifierShare: Share)
    case finished(outputShare: OutputShare)
}
