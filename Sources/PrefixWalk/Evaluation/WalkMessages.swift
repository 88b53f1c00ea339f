import Kernels
import VDAF

/// The sponge messages of one segment under one verification key.
///
/// Spec: VDAF §6.2.1 (the XOF's framing), §8.2.2 (usages), §8.3 (the IDPF's usages).
struct WalkMessages: Sendable {
    private let ctx: [UInt8]
    private let verifyKey: [UInt8]
    private let aggregatorID: UInt8
    /// a, b, c of the inner levels: seed, then nonce.
    let correlatedInner: WalkMessage
    /// a, b, c of the leaf level.
    let correlatedLeaf: WalkMessage
    /// The leaf's `extend` and `convert`: seed, then nonce.
    let extend: WalkMessage
    let convert: WalkMessage

    init(ctx: [UInt8], verifyKey: [UInt8], aggregatorID: Int) {
        self.ctx = ctx
        self.verifyKey = verifyKey
        self.aggregatorID = UInt8(aggregatorID)
        correlatedInner = WalkMessage(
            head: Self.poplar1(usage: 2, ctx: ctx) + [32], middle: [self.aggregatorID])
        correlatedLeaf = WalkMessage(
            head: Self.poplar1(usage: 3, ctx: ctx) + [32], middle: [self.aggregatorID])
        extend = WalkMessage(head: Self.framed(.idpf, 0, usage: 0, ctx: ctx) + [16])
        convert = WalkMessage(head: Self.framed(.idpf, 0, usage: 1, ctx: ctx) + [16])
    }

    /// Verification randomness of one level: nonce in the hole.
    func verifyRand(level: Int) -> WalkMessage {
        WalkMessage(
            head: Self.poplar1(usage: 4, ctx: ctx) + [UInt8(verifyKey.count)] + verifyKey,
            tail: [UInt8(truncatingIfNeeded: level >> 8), UInt8(truncatingIfNeeded: level)])
    }

    private static func poplar1(usage: UInt16, ctx: [UInt8]) -> [UInt8] {
        framed(.vdaf, 6, usage: usage, ctx: ctx)
    }

    private static func framed(
        _ algorithmClass: VDAFSpecification.AlgorithmClass, _ algorithm: UInt32, usage: UInt16, ctx: [UInt8]
    ) -> [UInt8] {
        let tag = VDAFSpecification.domainSeparationTag(algorithmClass, algorithm: algorithm, usage: usage, ctx: ctx)
        return [UInt8(truncatingIfNeeded: tag.count), UInt8(truncatingIfNeeded: tag.count >> 8)] + tag
    }
}
