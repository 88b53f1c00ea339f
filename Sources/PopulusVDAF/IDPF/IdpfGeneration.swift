import PopulusKernels

/// Key generation in two steps, since what the shares are to add up to is needed in the second alone.
///
/// Constant-time in the input, in the values and in `rand`.
///
/// Spec: VDAF §8.3 (`gen`).
struct IdpfGeneration: ~Copyable {
    let keys: InlineArray<2, Block>
    private let usesKernel: Bool
    private let alpha: Prefix
    private let hasher: IdpfNodeHasher
    private var path: KeyPath
    private var share: IdpfPublicShare
    /// Whether an inner level's value is negated: 0 or 1.
    private var negated: [UInt8]

    /// - Throws: `.wrongBitCount`, `.wrongSize`, `.contextTooLong`.
    init(
        _ idpf: IdpfBBCGGI21, alpha: Prefix, ctx: [UInt8], nonce: [UInt8], rand: Span<UInt8>
    ) throws(VDAFError) {
        guard alpha.bitCount == idpf.bits else { throw .wrongBitCount }
        guard rand.count == IdpfBBCGGI21.randSize, nonce.count == IdpfBBCGGI21.nonceSize else { throw .wrongSize }
        let hasher = try IdpfNodeHasher(ctx: ctx, nonce: nonce, samplingLimit: idpf.samplingLimit)
        self.hasher = hasher
        usesKernel = idpf.usesKernel
        self.alpha = alpha
        keys = [Block(rand, at: 0), Block(rand, at: 16)]
        path = KeyPath(seeds: keys)
        share = IdpfPublicShare(zeros: idpf.bits)
        negated = Array(repeating: 0, count: idpf.bits - 1)
    }

    /// Goes down the inner levels.
    mutating func descend() {
        guard usesKernel, hasher.hasKernel else { return descendByLevels() }
        var descent = path.descent(below: hasher.samplingLimit)
        descent.descend(
            along: alpha.bytes, extend: hasher.extendKey, convert: hasher.convertKey, seeds: &share.seeds,
            controls: &share.controlBits, values: &share.inner, negated: &negated)
        path = KeyPath(descent)
    }

    /// Goes down the inner levels, and squeezes `streams` besides.
    mutating func descend(squeezing streams: inout TurboShake128Lanes) {
        guard usesKernel, hasher.hasKernel else {
            streams.squeeze()
            return descendByLevels()
        }
        var descent = path.descent(below: hasher.samplingLimit)
        descent.descend(
            along: alpha.bytes, extend: hasher.extendKey, convert: hasher.convertKey, seeds: &share.seeds,
            controls: &share.controlBits, values: &share.inner, negated: &negated, squeezing: &streams)
        path = KeyPath(descent)
    }

    /// The public share, given what the servers' shares are to add up to on the path.
    ///
    /// - Precondition: `descend`; `betaInner` has a value an inner level.
    mutating func publicShare(
        betaInner: [IdpfValue<Field64>], betaLeaf: IdpfValue<Field255>
    ) throws(VDAFError) -> IdpfPublicShare {
        precondition(betaInner.count == negated.count)
        ShardKernels.add(betaInner, to: &share.inner, negated: negated)
        let (children0, children1) = (
            try hasher.extendLeaf(path.seeds[0]), try hasher.extendLeaf(path.seeds[1])
        )
        let leaf = negated.count
        path.descend(children0, children1, bit: alpha.bitAsWord(leaf), at: leaf, recording: &share)
        let (leaf0, leaf1) = (try hasher.convertLeaf(path.seeds[0]), try hasher.convertLeaf(path.seeds[1]))
        share.leaf = path.correction(betaLeaf - leaf0 + leaf1)
        negated.wipe()
        return share
    }

    /// The reference for the kernel, and the way of machines that have none.
    private mutating func descendByLevels() {
        for level in negated.indices {
            let (children0, children1) = hasher.extend(path.seeds)
            path.descend(children0, children1, bit: alpha.bitAsWord(level), at: level, recording: &share)
            let (node0, node1) = hasher.convert(path.seeds)
            path.seeds = [node0.seed, node1.seed]
            share.inner[level] = path.correction(node1.value - node0.value)
            negated[level] = UInt8(truncatingIfNeeded: path.control1)
        }
    }
}

/// Both servers' node on the path to the input, as key generation walks it.
private struct KeyPath {
    var seeds: InlineArray<2, Block>
    /// The control bits, 0 or 1.
    var control0: UInt64 = 0
    var control1: UInt64 = 1

    init(seeds: InlineArray<2, Block>) { self.seeds = seeds }

    /// Where the kernel's way ends.
    init(_ descent: IdpfDescent) {
        seeds = descent.seeds
        (control0, control1) = descent.controls
    }

    /// The kernel's way from here on.
    func descent(below limit: UInt64) -> IdpfDescent {
        IdpfDescent(seeds: seeds, controls: (control0, control1), bound: limit)
    }

    /// Records the level's correction word, but for its value, and goes to the children that `bit` names.
    mutating func descend(
        _ s0: IdpfNodeHasher.Children, _ s1: IdpfNodeHasher.Children, bit: UInt64, at level: Int,
        recording publicShare: inout IdpfPublicShare
    ) {
        let right = constantTimeMask(bit)
        let left = ~right
        let lose = ((s0.left ^ s1.left) & right) ^ ((s0.right ^ s1.right) & left)
        let leftControl = s0.leftControl ^ s1.leftControl ^ bit ^ 1
        let rightControl = s0.rightControl ^ s1.rightControl ^ bit
        publicShare.seeds[level] = lose
        publicShare.controlBits[level] = UInt8(truncatingIfNeeded: leftControl | rightControl << 1)
        let keepControl = (leftControl & left) ^ (rightControl & right)
        let keep0 = (s0.left & left) ^ (s0.right & right)
        let keep1 = (s1.left & left) ^ (s1.right & right)
        seeds = [keep0 ^ (lose & constantTimeMask(control0)), keep1 ^ (lose & constantTimeMask(control1))]
        control0 = (s0.leftControl & left) ^ (s0.rightControl & right) ^ (keepControl & control0)
        control1 = (s1.leftControl & left) ^ (s1.rightControl & right) ^ (keepControl & control1)
    }

    /// `value`, negated where server 1 has the control bit.
    func correction<F: FieldElement>(_ value: IdpfValue<F>) -> IdpfValue<F> {
        let negate = constantTimeMask(control1)
        return (value & ~negate) + (-value & negate)
    }
}

extension Prefix {
    /// Bit `i` as 0 or 1, without a branch.
    fileprivate func bitAsWord(_ i: Int) -> UInt64 { UInt64(bytes[i / 8] >> UInt8(7 - i % 8) & 1) }
}
