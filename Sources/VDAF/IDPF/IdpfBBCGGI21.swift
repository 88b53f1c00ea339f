import Kernels

/// The incremental distributed point function of BBCGGI21, with values of two elements.
///
/// Spec: VDAF §8.3.
package struct IdpfBBCGGI21: Sendable {
    package static let shares = 2
    package static let keySize = 16
    package static let randSize = 2 * keySize
    package static let nonceSize = 16

    /// Bits of an input, at least 1.
    package let bits: Int

    /// The modulus of Field64, unless a test lowers it to force rejected draws.
    let samplingLimit: UInt64

    /// - Precondition: `bits > 0`.
    package init(bits: Int, samplingLimit: UInt64 = Field64.modulus) {
        precondition(bits > 0)
        self.bits = bits
        self.samplingLimit = samplingLimit
    }

    /// The public share and both keys for the input `alpha`.
    ///
    /// Constant-time in `alpha`, `betaInner`, `betaLeaf`, `rand`.
    ///
    /// `betaInner` has one value per level but the last.
    ///
    /// - Throws: `.wrongBitCount`, `.wrongElementCount`, `.wrongSize`, `.contextTooLong`.
    package func gen(
        alpha: Prefix, betaInner: [IdpfValue<Field64>], betaLeaf: IdpfValue<Field255>, ctx: [UInt8], nonce: [UInt8],
        rand: Span<UInt8>
    ) throws(VDAFError) -> (publicShare: IdpfPublicShare, keys: InlineArray<2, Block>) {
        guard alpha.bitCount == bits else { throw .wrongBitCount }
        guard betaInner.count == bits - 1 else { throw .wrongElementCount }
        guard rand.count == Self.randSize, nonce.count == Self.nonceSize else { throw .wrongSize }
        let hasher = try IdpfNodeHasher(ctx: ctx, nonce: nonce, samplingLimit: samplingLimit)
        let keys: InlineArray<2, Block> = [Block(rand, at: 0), Block(rand, at: 16)]
        var publicShare = IdpfPublicShare(empty: bits)
        var path = KeyPath(seeds: keys)
        for level in 0..<bits - 1 {
            let (children0, children1) = hasher.extend(path.seeds)
            path.descend(children0, children1, bit: alpha.bitAsWord(level), recording: &publicShare)
            let (node0, node1) = hasher.convert(path.seeds)
            path.seeds = [node0.seed, node1.seed]
            publicShare.inner.append(path.correction(betaInner[level] - node0.value + node1.value))
        }
        let (children0, children1) = (try hasher.extendLeaf(path.seeds[0]), try hasher.extendLeaf(path.seeds[1]))
        path.descend(children0, children1, bit: alpha.bitAsWord(bits - 1), recording: &publicShare)
        let (leaf0, leaf1) = (try hasher.convertLeaf(path.seeds[0]), try hasher.convertLeaf(path.seeds[1]))
        publicShare.leaf = path.correction(betaLeaf - leaf0.value + leaf1.value)
        return (publicShare, keys)
    }

    /// Both servers' node on the path to the input, as key generation walks it.
    private struct KeyPath {
        var seeds: InlineArray<2, Block>
        /// The control bits, 0 or 1.
        var control0: UInt64 = 0
        var control1: UInt64 = 1

        /// Appends the level's correction word, but for its value, and goes to the children that `bit` names.
        mutating func descend(
            _ s0: IdpfNodeHasher.Children, _ s1: IdpfNodeHasher.Children, bit: UInt64,
            recording publicShare: inout IdpfPublicShare
        ) {
            let right = 0 &- bit
            let left = ~right
            let lose = ((s0.left ^ s1.left) & right) ^ ((s0.right ^ s1.right) & left)
            let leftControl = s0.leftControl ^ s1.leftControl ^ bit ^ 1
            let rightControl = s0.rightControl ^ s1.rightControl ^ bit
            publicShare.seeds.append(lose)
            publicShare.controlBits.append(UInt8(truncatingIfNeeded: leftControl | rightControl << 1))
            let keepControl = (leftControl & left) ^ (rightControl & right)
            let keep0 = (s0.left & left) ^ (s0.right & right)
            let keep1 = (s1.left & left) ^ (s1.right & right)
            seeds = [keep0 ^ (lose & (0 &- control0)), keep1 ^ (lose & (0 &- control1))]
            control0 = (s0.leftControl & left) ^ (s0.rightControl & right) ^ (keepControl & control0)
            control1 = (s1.leftControl & left) ^ (s1.rightControl & right) ^ (keepControl & control1)
        }

        /// `value`, negated where server 1 has the control bit.
        func correction<F: FieldElement>(_ value: IdpfValue<F>) -> IdpfValue<F> {
            let negate = 0 &- control1
            return (value & ~negate) + (-value & negate)
        }
    }
}

extension Prefix {
    /// Bit `i` as 0 or 1, without a branch.
    fileprivate func bitAsWord(_ i: Int) -> UInt64 { UInt64(bytes[i / 8] >> UInt8(7 - i % 8) & 1) }
}
