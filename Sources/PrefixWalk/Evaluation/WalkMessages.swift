import PopulusKernels
import PopulusVDAF

/// The sponge messages of one segment under one verification key.
///
/// Spec: VDAF §6.2.1 (the XOF's framing), §8.2.2 (Poplar1's usages and binders), §8.3 (the IDPF's).
struct WalkMessages: Sendable {
    /// a, b, c of the inner levels: seed, then nonce.
    let correlatedInner: WalkMessage
    /// a, b, c of the leaf level.
    let correlatedLeaf: WalkMessage
    /// The leaf's `extend` and `convert`: seed, then nonce.
    let extend: WalkMessage
    let convert: WalkMessage
    private let verifyRandHead: [UInt8]

    /// - Throws: `.wrongSize` for a key of another size, `.contextTooLong`.
    init(ctx: [UInt8], verifyKey: [UInt8], aggregatorID: Int) throws(VDAFError) {
        guard verifyKey.count == Poplar1.verifyKeySize else { throw .wrongSize }
        func head(_ usage: Poplar1.Usage) throws(VDAFError) -> [UInt8] {
            try XofTurboShake128.head(
                dst: Poplar1.domainSeparationTag(usage, ctx: ctx), seedSize: XofTurboShake128.seedSize)
        }
        func head(_ usage: IdpfBBCGGI21.Usage) throws(VDAFError) -> [UInt8] {
            try XofTurboShake128.head(
                dst: IdpfBBCGGI21.domainSeparationTag(usage, ctx: ctx), seedSize: IdpfBBCGGI21.keySize)
        }
        let aggregator = [UInt8(aggregatorID)]
        correlatedInner = WalkMessage(head: try head(.correlatedInner), middle: aggregator)
        correlatedLeaf = WalkMessage(head: try head(.correlatedLeaf), middle: aggregator)
        extend = WalkMessage(head: try head(.extend))
        convert = WalkMessage(head: try head(.convert))
        verifyRandHead = try head(.verifyRandomness) + verifyKey
    }

    /// Verification randomness of one level: nonce in the hole.
    func verifyRand(level: Int) -> WalkMessage {
        WalkMessage(head: verifyRandHead, tail: Poplar1.encodedLevel(level))
    }
}
