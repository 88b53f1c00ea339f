import PopulusKernels

/// The correction words of all levels, in columns, as they are on the wire: Poplar1's public share.
///
/// Not secret. `Poplar1` makes, encodes and decodes it.
///
/// Spec: VDAF §8.2.6.1.
public struct IdpfPublicShare: Hashable, Sendable {
    /// Bits of an input, and levels of the tree.
    public let bits: Int
    /// The control bits of each level: the left child's is bit 0, the right child's bit 1.
    package var controlBits: [UInt8]
    /// The seed of each level.
    package var seeds: [Block]
    /// The values of levels 0 to `bits - 2`.
    package var inner: [IdpfValue<Field64>]
    /// The value of level `bits - 1`.
    package var leaf: IdpfValue<Field255>

    /// The columns of `bits` levels, all zero; `IdpfBBCGGI21.gen` fills them.
    init(zeros bits: Int) {
        self.bits = bits
        controlBits = Array(repeating: 0, count: bits)
        seeds = Array(repeating: .zero, count: bits)
        inner = Array(repeating: IdpfValue(data: .zero, authenticator: .zero), count: bits - 1)
        leaf = IdpfValue(data: .zero, authenticator: .zero)
    }

    /// Levels whose control bits share a byte, two bits each from the lowest on.
    package static let controlPairsPerByte = 4

    /// Bytes that so many pairs of control bits take.
    package static func controlSize(pairs: Int) -> Int { (pairs + controlPairsPerByte - 1) / controlPairsPerByte }

    /// Where the columns of an encoded public share begin; the first are the control bits.
    package struct Layout: Sendable {
        package let bits: Int
        package let seeds: Int
        package let inner: Int
        package let leaf: Int
        /// Bytes of the whole.
        package let size: Int

        package init(bits: Int) {
            self.bits = bits
            seeds = IdpfPublicShare.controlSize(pairs: bits)
            inner = seeds + IdpfBBCGGI21.keySize * bits
            leaf = inner + Poplar1.LevelSizes.inner.value * (bits - 1)
            size = leaf + Poplar1.LevelSizes.leaf.value
        }

        /// Whether the bits that fill the last byte of control bits are zero.
        ///
        /// - Precondition: `encoded.count == size`.
        package func isPaddingZero(in encoded: Span<UInt8>) -> Bool {
            let pairs = bits % IdpfPublicShare.controlPairsPerByte
            return pairs == 0 || encoded[seeds - 1] >> UInt8(2 * pairs) == 0
        }
    }

    package func encode() -> [UInt8] {
        let layout = Layout(bits: bits)
        var bytes = [UInt8](repeating: 0, count: layout.size)
        var span = bytes.mutableSpan
        for level in 0..<bits { span[level / 4] |= controlBits[level] << UInt8(2 * (level % 4)) }
        span.storeWords(seeds.span, at: layout.seeds)
        span.storeWords(inner.span, at: layout.inner)
        leaf.data.store(into: &span, at: layout.leaf)
        leaf.authenticator.store(into: &span, at: layout.leaf + Field255.encodedSize)
        return bytes
    }

    /// Decodes the whole of `bytes`.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.paddingNotZero`, `.nonCanonicalFieldElement`.
    package init(decoding bytes: Span<UInt8>, bits: Int) throws(VDAFError) {
        let layout = Layout(bits: bits)
        guard bytes.count >= layout.size else { throw .truncated }
        guard bytes.count == layout.size else { throw .trailingBytes }
        guard layout.isPaddingZero(in: bytes) else { throw .paddingNotZero }
        self.init(zeros: bits)
        for level in 0..<bits {
            controlBits[level] = bytes[level / 4] >> UInt8(2 * (level % 4)) & 3
            seeds[level] = Block(bytes, at: layout.seeds + 16 * level)
        }
        for level in 0..<bits - 1 {
            guard let data = Field64(bytes, at: layout.inner + 16 * level),
                let authenticator = Field64(bytes, at: layout.inner + 16 * level + 8)
            else { throw .nonCanonicalFieldElement }
            inner[level] = IdpfValue(data: data, authenticator: authenticator)
        }
        guard let data = Field255(bytes, at: layout.leaf),
            let authenticator = Field255(bytes, at: layout.leaf + Field255.encodedSize)
        else { throw .nonCanonicalFieldElement }
        leaf = IdpfValue(data: data, authenticator: authenticator)
    }

    package init(decoding bytes: [UInt8], bits: Int) throws(VDAFError) {
        try self.init(decoding: bytes.span, bits: bits)
    }
}
