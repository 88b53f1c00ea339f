import PopulusKernels

/// One aggregator's secret share of a report.
///
/// Says nothing when printed. `==` is not constant-time.
///
/// Spec: VDAF §8.2.6.2.
public struct Poplar1InputShare: Hashable, Sendable {
    /// The IDPF key.
    package var idpfKey: Block
    /// The seed, 32 bytes, of this aggregator's shares of `a`, `b` and `c`.
    package var correlatedSeed: [UInt8]
    /// The shares of `A` and `B` at the inner levels: those of level i at 2i and 2i + 1.
    package var correlatedInner: [Field64]
    /// The shares of `A` and `B` at the leaf level.
    package var correlatedLeaf: [Field255]

    /// Where the parts of an encoded input share begin; the first is the IDPF key.
    package struct Layout: Sendable {
        package let correlatedSeed = IdpfBBCGGI21.keySize
        package let inner: Int
        package let leaf: Int
        /// Bytes of the whole.
        package let size: Int

        package init(bits: Int) {
            inner = correlatedSeed + XofTurboShake128.seedSize
            leaf = inner + Poplar1.LevelSizes.inner.masks * (bits - 1)
            size = leaf + Poplar1.LevelSizes.leaf.masks
        }
    }

    package init(idpfKey: Block, correlatedSeed: [UInt8], correlatedInner: [Field64], correlatedLeaf: [Field255]) {
        self.idpfKey = idpfKey
        self.correlatedSeed = correlatedSeed
        self.correlatedInner = correlatedInner
        self.correlatedLeaf = correlatedLeaf
    }

    package func encode() -> [UInt8] {
        let layout = Layout(bits: correlatedInner.count / Poplar1.maskLength + 1)
        var bytes = [UInt8](repeating: 0, count: layout.size)
        var span = bytes.mutableSpan
        idpfKey.store(into: &span, at: 0)
        span.storeWords(correlatedSeed.span, at: layout.correlatedSeed)
        span.storeWords(correlatedInner.span, at: layout.inner)
        for (i, element) in correlatedLeaf.enumerated() {
            element.store(into: &span, at: layout.leaf + Field255.encodedSize * i)
        }
        return bytes
    }

    /// Decodes the whole of `bytes`; both aggregators' shares are of one form.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.nonCanonicalFieldElement`.
    package init(decoding bytes: Span<UInt8>, bits: Int) throws(VDAFError) {
        let layout = Layout(bits: bits)
        guard bytes.count >= layout.size else { throw .truncated }
        guard bytes.count == layout.size else { throw .trailingBytes }
        idpfKey = Block(bytes)
        correlatedSeed = (layout.correlatedSeed..<layout.inner).map { bytes[$0] }
        correlatedInner = try Array(decoding: bytes.extracting(layout.inner..<layout.leaf))
        correlatedLeaf = try Array(decoding: bytes.extracting(layout.leaf..<layout.size))
    }

    package init(decoding bytes: [UInt8], bits: Int) throws(VDAFError) {
        try self.init(decoding: bytes.span, bits: bits)
    }
}

extension Poplar1InputShare: Wipeable {
    /// Overwrites the secret with zeros and lets go of it: for an owner that shares it with nobody.
    public mutating func wipe() {
        idpfKey.wipe()
        correlatedSeed.wipe()
        correlatedInner.wipe()
        correlatedLeaf.wipe()
    }
}

extension Poplar1InputShare: CustomStringConvertible, CustomReflectable {
    /// Nothing of the secrets.
    public var description: String { "Poplar1InputShare(redacted)" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
