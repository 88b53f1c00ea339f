/// A VDAF with two aggregators whose every value is encoded, for programs that choose the VDAF at run time.
///
/// States have no encoding: an aggregator that restarts computes them again from what it was given.
package protocol EncodedVdaf: Sendable {
    /// The algorithm identifier.
    ///
    /// Spec: VDAF §10.
    var id: UInt32 { get }
    /// Bytes of a verification key.
    var verifyKeySize: Int { get }
    /// Bytes of a nonce.
    var nonceSize: Int { get }
    /// Bytes of what `shard` takes as randomness.
    var randSize: Int { get }
    var rounds: Int { get }
    /// Bytes of an encoded public share, exactly.
    var publicShareSize: Int { get }
    /// Bytes of an encoded input share, exactly.
    func inputShareSize(aggregatorID: Int) -> Int

    /// Whether `shard` takes the measurement.
    ///
    /// - Throws: `.measurementOutOfRange`, which says what would be in range.
    func check(_ measurement: VdafMeasurement) throws(VDAFError)

    /// Splits a measurement between the Leader and the Helper.
    ///
    /// - Throws: `.measurementOutOfRange`, `.wrongSize`, `.contextTooLong`.
    func shard(
        ctx: [UInt8], measurement: VdafMeasurement, nonce: [UInt8], rand: [UInt8]
    ) throws(VDAFError) -> (publicShare: [UInt8], inputShares: [[UInt8]])

    /// Decodes an aggregation parameter, empty for Prio3, and checks that it is valid as the first one.
    func checkAggregationParameter(_ encoded: [UInt8]) throws(VDAFError)

    /// Whether an aggregator's shares of a report decode.
    func checkShares(publicShare: [UInt8], inputShare: [UInt8], aggregatorID: Int) throws(VDAFError)

    /// Spec: VDAF §5.7.1 (`ping_pong_leader_init`).
    func pingPongLeaderInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregationParameter: [UInt8], report: PingPongReport
    ) throws(VDAFError) -> EncodedPingPongState

    /// Spec: VDAF §5.7.1 (`ping_pong_helper_init`).
    func pingPongHelperInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregationParameter: [UInt8], report: PingPongReport,
        inbound: PingPongMessage
    ) throws(VDAFError) -> EncodedPingPongState

    /// Takes the state of a `.continued` that this VDAF made, which knows its ctx.
    ///
    /// Spec: VDAF §5.7.1 (`ping_pong_continued`).
    func pingPongContinued(
        aggregationParameter: [UInt8], state: any Sendable, inbound: PingPongMessage
    ) throws(VDAFError) -> EncodedPingPongState

    /// The aggregate share of no report.
    func emptyAggregateShare(aggregationParameter: [UInt8]) throws(VDAFError) -> [UInt8]

    /// The sum of aggregate shares; an output share counts as the aggregate share of one report.
    func merge(_ aggregateShares: [[UInt8]], aggregationParameter: [UInt8]) throws(VDAFError) -> [UInt8]

    /// The result of `count` reports from both aggregators' shares.
    func unshard(
        aggregationParameter: [UInt8], aggregateShares: [[UInt8]], count: Int
    ) throws(VDAFError) -> VdafResult

    /// An aggregate share with a sample of noise added to each of its numbers, in their order.
    func addNoise(
        to aggregateShare: [UInt8], aggregationParameter: [UInt8], _ sample: () -> Int64
    ) throws(VDAFError) -> [UInt8]

    /// The sums of both aggregators' shares with noise: the integers nearest to zero, which may be negative or more than the
    /// reports can come to.
    func signedSums(aggregationParameter: [UInt8], aggregateShares: [[UInt8]]) throws(VDAFError) -> [Int128]
}

extension EncodedVdaf {
    /// The sum of two aggregate shares; an output share counts as the aggregate share of one report.
    package func merge(
        _ a: [UInt8], _ b: [UInt8], aggregationParameter: [UInt8]
    ) throws(VDAFError) -> [UInt8] {
        try merge([a, b], aggregationParameter: aggregationParameter)
    }
}

/// Where one aggregator stands with one report.
///
/// Spec: VDAF §5.7.1 (`State`).
package enum EncodedPingPongState: Sendable {
    /// `outbound` goes to the peer, whose answer goes to `pingPongContinued` with `state`.
    case continued(state: any Sendable, outbound: PingPongMessage)
    /// Done, and the peer still awaits `outbound`.
    case finishedWithOutbound(outputShare: [UInt8], outbound: PingPongMessage)
    /// Done.
    case finished(outputShare: [UInt8])
}

extension EncodedPingPongState: CustomStringConvertible, CustomReflectable {
    /// The kind alone: the rest is shares.
    package var description: String {
        switch self {
        case .continued: "continued"
        case .finishedWithOutbound: "finished with outbound"
        case .finished: "finished"
        }
    }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
