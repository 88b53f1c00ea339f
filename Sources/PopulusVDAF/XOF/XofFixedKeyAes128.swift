import PopulusKernels

/// The XOF that hashes seed and block number with AES under a key that is fixed for all seeds of one report.
///
/// The IDPF, which evaluates it for very many seeds, calls the kernel with the key and never makes this.
///
/// Spec: VDAF §6.2.2.
package struct XofFixedKeyAes128: Xof, ~Copyable {
    package static let seedSize = 16
    /// Bytes of the AES key.
    package static let keySize = 16

    private let key: AES128FixedKey
    private let seed: Block
    private var position = 0

    /// The AES key, 16 bytes, that all seeds share.
    ///
    /// Public.
    ///
    /// - Throws: `.contextTooLong`.
    package static func fixedKey(dst: [UInt8], binder: [UInt8]) throws(VDAFError) -> [UInt8] {
        var sponge = TurboShake128()
        let tag = try tagPrefix(dst)
        sponge.absorb(tag.span)
        sponge.absorb(binder.span)
        sponge.finish(domain: 2)
        return sponge.squeeze(keySize)
    }

    /// The IDPF's key for a usage, expanded.
    ///
    /// Public.
    ///
    /// - Throws: `.contextTooLong`.
    static func fixedKey(
        _ usage: IdpfBBCGGI21.Usage, ctx: [UInt8], nonce: [UInt8]
    ) throws(VDAFError) -> AES128FixedKey {
        var sponge = TurboShake128()
        try sponge.absorbTag(.idpf, algorithm: IdpfBBCGGI21.id, usage: usage.rawValue, ctx: ctx)
        sponge.absorb(nonce.span)
        sponge.finish(domain: 2)
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        var output = bytes.mutableSpan
        sponge.squeeze(into: &output)
        return AES128FixedKey(bytes.span)
    }

    package init(seed: Span<UInt8>, dst: [UInt8], binder: [UInt8]) throws(VDAFError) {
        guard seed.count == Self.seedSize else { throw .wrongSize }
        let keyBytes = try Self.fixedKey(dst: dst, binder: binder)
        key = AES128FixedKey(keyBytes.span)
        self.seed = Block(seed)
    }

    package mutating func next(into output: inout MutableSpan<UInt8>) {
        var written = 0
        while written < output.count {
            var block = [seed]
            var span = block.mutableSpan
            key.hash(inPlace: &span, tweak: UInt64(position / 16))
            let start = position % 16
            let count = min(16 - start, output.count - written)
            let bytes = block[0].bytes
            for i in 0..<count { output[written + i] = bytes[start + i] }
            written += count
            position += count
        }
    }
}
