import Kernels

/// The XOF that is TurboSHAKE128 over tag, seed and binder, domain byte 1.
///
/// Spec: VDAF §6.2.1.
package struct XofTurboShake128: Xof, Sendable {
    package static let seedSize = 32
    package static let domain: UInt8 = 1

    private var sponge = TurboShake128()

    /// - Throws: `.wrongSize` for a seed of 256 bytes or more (the IDPF's leaf uses seeds of 16), `.contextTooLong`.
    package init(seed: Span<UInt8>, dst: [UInt8], binder: [UInt8]) throws(VDAFError) {
        guard let seedLength = UInt8(exactly: seed.count) else { throw .wrongSize }
        let prefix = try tagPrefix(dst) + [seedLength]
        sponge.absorb(prefix.span)
        sponge.absorb(seed)
        sponge.absorb(binder.span)
        sponge.finish(domain: Self.domain)
    }

    package mutating func next(into output: inout MutableSpan<UInt8>) { sponge.squeeze(into: &output) }
}

/// What both XOFs absorb first: the tag's length in two little-endian bytes, then the tag.
///
/// - Throws: `.contextTooLong`.
func tagPrefix(_ dst: [UInt8]) throws(VDAFError) -> [UInt8] {
    guard let length = UInt16(exactly: dst.count) else { throw .contextTooLong }
    return [UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)] + dst
}
