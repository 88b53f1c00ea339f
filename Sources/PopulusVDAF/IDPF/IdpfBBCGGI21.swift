import PopulusKernels

/// The incremental distributed point function of BBCGGI21, with values of two elements.
///
/// Spec: VDAF §8.3.
package struct IdpfBBCGGI21: Sendable {
    /// The algorithm identifier.
    package static let id: UInt32 = 0
    package static let shares = 2
    /// Bytes of a key, and of a seed.
    package static let keySize = XofFixedKeyAes128.seedSize
    /// Elements of a node's value.
    package static let valueLength = 2
    package static let randSize = 2 * keySize
    package static let nonceSize = 16

    /// What a hash of the IDPF is for.
    package enum Usage: UInt16, Sendable {
        case extend = 0
        case convert = 1
    }

    /// Spec: VDAF §6.2.3 (`format_dst`).
    package static func domainSeparationTag(_ usage: Usage, ctx: [UInt8]) -> [UInt8] {
        VDAFSpecification.domainSeparationTag(.idpf, algorithm: id, usage: usage.rawValue, ctx: ctx)
    }

    /// Bits of an input, at least 1.
    package let bits: Int

    /// The modulus of Field64, unless a test lowers it to force rejected draws.
    let samplingLimit: UInt64

    /// Whether key generation may take the C code that some machines have for it; tests compare both ways.
    let usesKernel: Bool

    /// - Precondition: `bits > 0`.
    package init(bits: Int, samplingLimit: UInt64 = Field64.modulus, usesKernel: Bool = true) {
        precondition(bits > 0)
        self.bits = bits
        self.usesKernel = usesKernel
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
        guard betaInner.count == bits - 1 else { throw .wrongElementCount }
        var generation = try IdpfGeneration(self, alpha: alpha, ctx: ctx, nonce: nonce, rand: rand)
        generation.descend()
        return (try generation.publicShare(betaInner: betaInner, betaLeaf: betaLeaf), generation.keys)
    }
}
