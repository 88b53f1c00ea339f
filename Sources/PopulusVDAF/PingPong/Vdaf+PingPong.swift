import PopulusKernels
import PopulusWireCodec

/// Where one aggregator stands with one report.
///
/// A report that cannot be processed is not a state here: the step that finds it throws. Secret, as the state and the
/// output share are.
///
/// Spec: VDAF §5.7.1 (`State`).
public enum PingPongState<V: Vdaf>: Sendable {
    /// `outbound` goes to the peer, whose answer goes to `pingPongContinued`.
    case continued(V.VerifyState, outbound: PingPongMessage)
    /// Done, and the peer still awaits `outbound`.
    case finishedWithOutbound(outputShare: V.OutputShare, outbound: PingPongMessage)
    /// Done.
    case finished(outputShare: V.OutputShare)
}

/// What an aggregator knows of one report before it starts.
///
/// Says nothing of the shares when printed.
public struct PingPongReport: Sendable {
    /// `nonceSize` bytes.
    public let nonce: [UInt8]
    /// The encoded public share.
    public let publicShare: [UInt8]
    /// The encoded input share of this aggregator, a secret.
    public let inputShare: [UInt8]

    /// A report as one aggregator has it, all of it encoded.
    public init(nonce: [UInt8], publicShare: [UInt8], inputShare: [UInt8]) {
        self.nonce = nonce
        self.publicShare = publicShare
        self.inputShare = inputShare
    }
}

extension PingPongReport: CustomStringConvertible {
    /// Nothing of the shares.
    public var description: String { "PingPongReport(redacted)" }
}

#if !hasFeature(Embedded)
extension PingPongReport: CustomReflectable {
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
#endif

// With two rounds, as Poplar1 has, the Leader initializes, the Helper continues, the Leader finishes. With one, as Prio3
// has, the Helper finishes.
extension Vdaf {
    /// The Leader's first step, for a VDAF of two aggregators.
    ///
    /// - Throws: what decoding and `verifyInit` throw.
    ///
    /// Spec: VDAF §5.7.1 (`ping_pong_leader_init`).
    public func pingPongLeaderInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregationParameter: AggregationParameter, report: PingPongReport
    ) throws(VDAFError) -> PingPongState<Self> {
        var inputShare = try decodeInputShare(report.inputShare, aggregatorID: 0)
        defer { inputShare.wipe() }
        let (state, share) = try verifyInit(
            verifyKey: verifyKey, ctx: ctx, aggregatorID: 0, aggregationParameter: aggregationParameter,
            nonce: report.nonce, publicShare: decodePublicShare(report.publicShare),
            inputShare: inputShare)
        return .continued(state, outbound: .initialize(verifierShare: encodeVerifierShare(share)))
    }

    /// The Helper's first step, on the Leader's `inbound`, for a VDAF of two aggregators.
    ///
    /// - Throws: what decoding and `verifyInit` throw, `.verificationFailed`, `.unexpectedMessage`.
    ///
    /// Spec: VDAF §5.7.1 (`ping_pong_helper_init`).
    public func pingPongHelperInit(
        verifyKey: [UInt8], ctx: [UInt8], aggregationParameter: AggregationParameter, report: PingPongReport,
        inbound: PingPongMessage
    ) throws(VDAFError) -> PingPongState<Self> {
        guard case .initialize(let encodedLeaderShare) = inbound else { throw .unexpectedMessage }
        var inputShare = try decodeInputShare(report.inputShare, aggregatorID: 1)
        defer { inputShare.wipe() }
        let (state, share) = try verifyInit(
            verifyKey: verifyKey, ctx: ctx, aggregatorID: 1, aggregationParameter: aggregationParameter,
            nonce: report.nonce, publicShare: decodePublicShare(report.publicShare),
            inputShare: inputShare)
        let leaderShare = try decodeVerifierShare(encodedLeaderShare, state: state)
        return try pingPongTransition(
            ctx: ctx, aggregationParameter: aggregationParameter, state: state, verifierShares: [leaderShare, share])
    }

    /// Either aggregator's later step, on the peer's `inbound`.
    ///
    /// Takes the state of a `.continued` of this aggregator, and the `ctx` and parameter with which it was made.
    ///
    /// - Throws: what decoding throws, `.verificationFailed`, `.unexpectedMessage`.
    ///
    /// Spec: VDAF §5.7.1 (`ping_pong_continued`).
    public func pingPongContinued(
        isLeader: Bool, ctx: [UInt8], aggregationParameter: AggregationParameter, state: VerifyState,
        inbound: PingPongMessage
    ) throws(VDAFError) -> PingPongState<Self> {
        switch inbound {
        case .initialize: throw .unexpectedMessage
        case .finish(let encodedMessage):
            let message = try decodeVerifierMessage(encodedMessage, state: state)
            guard
                case .finished(let outputShare) = try verifyNext(ctx: ctx, state: state, verifierMessage: message)
            else { throw .unexpectedMessage }
            return .finished(outputShare: outputShare)
        case .continue(let encodedMessage, let encodedPeerShare):
            let message = try decodeVerifierMessage(encodedMessage, state: state)
            guard
                case .next(let next, let share) = try verifyNext(ctx: ctx, state: state, verifierMessage: message)
            else { throw .unexpectedMessage }
            let peerShare = try decodeVerifierShare(encodedPeerShare, state: next)
            return try pingPongTransition(
                ctx: ctx, aggregationParameter: aggregationParameter, state: next,
                verifierShares: isLeader ? [share, peerShare] : [peerShare, share])
        }
    }

    private func pingPongTransition(
        ctx: [UInt8], aggregationParameter: AggregationParameter, state: VerifyState, verifierShares: [VerifierShare]
    ) throws(VDAFError) -> PingPongState<Self> {
        let message = try verifierSharesToMessage(
            ctx: ctx, aggregationParameter: aggregationParameter, verifierShares: verifierShares)
        let encodedMessage = encodeVerifierMessage(message)
        switch try verifyNext(ctx: ctx, state: state, verifierMessage: message) {
        case .next(let next, let share):
            return .continued(
                next, outbound: .continue(verifierMessage: encodedMessage, verifierShare: encodeVerifierShare(share)))
        case .finished(let outputShare):
            return .finishedWithOutbound(
                outputShare: outputShare, outbound: .finish(verifierMessage: encodedMessage))
        }
    }
}
