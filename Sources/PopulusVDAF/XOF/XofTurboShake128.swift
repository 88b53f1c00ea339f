import PopulusKernels

/// The XOF that is TurboSHAKE128 over tag, seed and binder, domain byte 1.
///
/// Spec: VDAF §6.2.1.
package struct XofTurboShake128: Xof, Sendable {
    package static let seedSize = 32
    package static let domain: UInt8 = 1

    private(set) var sponge = TurboShake128()

    /// - Throws: `.wrongSize` for a seed of 256 bytes or more (the IDPF's leaf uses seeds of 16), `.contextTooLong`.
    package init(seed: Span<UInt8>, dst: [UInt8], binder: [UInt8]) throws(VDAFError) {
        let head = try Self.head(dst: dst, seedSize: seed.count)
        sponge.absorb(head.span)
        sponge.absorb(seed)
        sponge.absorb(binder.span)
        sponge.finish(domain: Self.domain)
    }

    /// What the sponge takes before the seed: the tag with its length, and the seed's length.
    ///
    /// - Throws: `.wrongSize` for a seed of 256 bytes or more, `.contextTooLong`.
    package static func head(dst: [UInt8], seedSize: Int) throws(VDAFError) -> [UInt8] {
        guard let seedLength = UInt8(exactly: seedSize) else { throw .wrongSize }
        return try tagPrefix(dst) + [seedLength]
    }

    fileprivate init(finished sponge: TurboShake128) { self.sponge = sponge }

    package mutating func next(into output: inout MutableSpan<UInt8>) { sponge.squeeze(into: &output) }

    /// The next element of the stream, as `nextVec` gives it.
    mutating func nextField255() -> Field255 {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        while true {
            var output = bytes.mutableSpan
            sponge.squeeze(into: &output)
            if let element = Field255(sampling: bytes.span, at: 0) { return element }
        }
    }
}

/// What `XofTurboShake128` takes, piece by piece, so that nothing is laid end to end beforehand.
package struct XofTurboShake128Input: Sendable {
    private var sponge = TurboShake128()

    /// Takes the seed, and the domain separation tag by its parts.
    ///
    /// - Throws: `.wrongSize` for a seed of 256 bytes or more, `.contextTooLong`.
    ///
    /// Spec: VDAF §6.2.3 (`format_dst`).
    package init(
        seed: Span<UInt8>, _ algorithmClass: VDAFSpecification.AlgorithmClass, algorithm: UInt32, usage: UInt16,
        ctx: [UInt8]
    ) throws(VDAFError) {
        guard let seedLength = UInt8(exactly: seed.count) else { throw .wrongSize }
        try sponge.absorbTag(algorithmClass, algorithm: algorithm, usage: usage, ctx: ctx)
        sponge.absorb(UInt64(seedLength), byteCount: 1)
        sponge.absorb(seed)
    }

    package init(
        seed: [UInt8], _ algorithmClass: VDAFSpecification.AlgorithmClass, algorithm: UInt32, usage: UInt16,
        ctx: [UInt8]
    ) throws(VDAFError) {
        try self.init(seed: seed.span, algorithmClass, algorithm: algorithm, usage: usage, ctx: ctx)
    }

    /// Takes a seed of the IDPF, and the domain separation tag by its parts.
    ///
    /// - Throws: `.contextTooLong`.
    init(
        seed: Block, _ algorithmClass: VDAFSpecification.AlgorithmClass, algorithm: UInt32, usage: UInt16,
        ctx: [UInt8]
    ) throws(VDAFError) {
        try sponge.absorbTag(algorithmClass, algorithm: algorithm, usage: usage, ctx: ctx)
        sponge.absorb(16, byteCount: 1)
        sponge.absorb(seed.low, byteCount: 8)
        sponge.absorb(seed.high, byteCount: 8)
    }

    /// Continues the binder with a byte.
    package mutating func absorb(_ byte: UInt8) { sponge.absorb(UInt64(byte), byteCount: 1) }

    /// Continues the binder.
    package mutating func absorb(_ bytes: [UInt8]) { sponge.absorb(bytes.span) }

    /// Continues the binder with encoded elements.
    package mutating func absorb<F: NTTFriendlyField>(_ elements: [F]) {
        F.kernels.encode(elements.span, inPieces: { sponge.absorb($0) })
    }

    /// The XOF of all that was absorbed.
    package consuming func finish() -> XofTurboShake128 {
        sponge.finish(domain: XofTurboShake128.domain)
        return XofTurboShake128(finished: sponge)
    }
}

extension TurboShake128 {
    /// Absorbs what both XOFs do first: the tag's length in two little-endian bytes, then the tag.
    ///
    /// - Throws: `.contextTooLong`.
    ///
    /// Spec: VDAF §6.2.3 (`format_dst`).
    mutating func absorbTag(
        _ algorithmClass: VDAFSpecification.AlgorithmClass, algorithm: UInt32, usage: UInt16, ctx: [UInt8]
    ) throws(VDAFError) {
        guard let tagLength = UInt16(exactly: VDAFSpecification.tagSize + ctx.count) else { throw .contextTooLong }
        absorb(UInt64(tagLength), byteCount: 2)
        absorb(
            UInt64(VDAFSpecification.version) | UInt64(algorithmClass.rawValue) << 8
                | UInt64(algorithm.byteSwapped) << 16 | UInt64(usage.byteSwapped) << 48, byteCount: 8)
        absorb(ctx.span)
    }
}

/// What both XOFs absorb first: the tag's length in two little-endian bytes, then the tag.
///
/// - Throws: `.contextTooLong`.
func tagPrefix(_ dst: [UInt8]) throws(VDAFError) -> [UInt8] {
    guard let length = UInt16(exactly: dst.count) else { throw .contextTooLong }
    return [UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)] + dst
}
